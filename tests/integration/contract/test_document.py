"""What the API's document promises, held against what the application does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator
from urllib3 import encode_multipart_formdata
from werkzeug.test import TestResponse

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, Api, flake8, junit
from tests.support.federation import PUBLISHER
from tests.support.stock import AIM, PLAN, Stock
from tidegate.cli import main
from tidegate.domain.principals import SERVER
from tidegate.kernel.http.openapi import operations
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.sessions import SessionService

ROOT = Path(__file__).resolve().parents[3]
HARBOUR = "/api/v1/components/harbour"


# What the server says is the same on both databases to the byte, as the first test shows.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def found(api: Api) -> dict[str, Any]:
    """Return the document as the application serves it."""
    document: dict[str, Any] = api.client.get("/openapi.json").get_json()
    return document


class TestTheDocument:
    def test_is_the_same_from_the_server_the_command_and_the_repository(self, api: Api) -> None:
        served = api.client.get("/openapi.json")
        assert served.content_type == "application/json"
        assert served.data == CliRunner().invoke(main, ["openapi"], catch_exceptions=False).stdout_bytes
        assert served.data == (ROOT / "docs/openapi.json").read_bytes()

    @on_one_database
    def test_is_valid_openapi(self, api: Api) -> None:
        assert list(OpenAPIV31SpecValidator(found(api)).iter_errors()) == []

    @on_one_database
    def test_holds_every_route_of_the_application(self, api: Api) -> None:
        routes = {
            (method.lower(), re.sub(r"<([^>]+)>", r"{\1}", rule.rule))
            for rule in api.client.application.url_map.iter_rules()
            if not rule.endpoint.startswith(("docs:", "assets:", "console."))
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        }
        assert routes == {(method, path) for method, path, _ in operations(found(api))}

    @on_one_database
    def test_has_patterns_that_every_engine_of_regular_expressions_reads(self, api: Api) -> None:
        # ECMA-262 knows no inline flags and no \A and \Z, and JSON Schema asks for ECMA-262.
        patterns = set(re.findall(r'"pattern": *"([^"]*)"', api.client.get("/openapi.json").text))
        assert patterns
        assert not [pattern for pattern in patterns if re.search(r"\(\?[aiLmsuxP]|\\\\[AZ]", pattern)]


class TestPages:
    def test_lead_to_the_end_of_every_list_without_repeats(self, api: Api, stock: Stock) -> None:
        self.fill(api)
        lists = [
            path
            for method, path, operation in operations(found(api))
            # One's own are empty for a machine; tests/integration/identity/test_api.py has a person's.
            if _is_list(operation) and not path.startswith("/api/v1/me/")
            # No import has cells that are bad and was undone as well: tests/integration/inventory.
            and not path.endswith(("/problems", "/conflicts"))
        ]
        assert len(lists) == 29
        for path in lists:
            address = stock.fill(path)
            whole = api.client.get(f"{address}?limit=200").get_json()
            assert whole["next_cursor"] is None
            items = list(self.walk(api, address))
            assert items == whole["items"], path
            assert len(items) > 2, path
            assert len({str(item) for item in items}) == len(items), path

    def test_keep_the_filter_on_the_way(self, api: Api, stock: Stock) -> None:
        self.fill(api)
        address = f"/api/v1/verdicts?component={stock.component}&revision={stock.revision}"
        items = list(self.walk(api, address))
        assert len(items) > 1
        assert {item["verdict"]["subject"]["revision"] for item in items} == {stock.revision}

    def walk(self, api: Api, address: str) -> Iterator[dict[str, Any]]:
        """Follow `Link: rel="next"` from page to page, one item each."""
        following = f"{address}{'&' if '?' in address else '?'}limit=1"
        for _ in range(200):
            page = api.client.get(following)
            assert page.status_code == 200, page.text
            yield from page.get_json()["items"]
            links = dict(re.findall(r'<([^>]+)>; rel="(\w+)"', page.headers["Link"]))
            by_relation = {relation: target for target, relation in links.items()}
            assert "first" in by_relation
            if "next" not in by_relation:
                assert page.get_json()["next_cursor"] is None
                return
            following = by_relation["next"]
        raise AssertionError("the pages do not end")

    def fill(self, api: Api) -> None:
        """Make three of everything."""
        report = api.get("/parity-reports").get_json()["items"][0]
        for field in ("region", "zone"):
            sides = {"left": {"side": "declared"}, "right": {"side": "observed"}}
            assert api.post("/parity-reports", sides).status_code == 201
            place = {"component": "harbour", "environment": "production", "field": field}
            assert api.post("/parity-items", {"report": report["id"], **place}).status_code == 201
        for number in (1, 2):
            api.put(f"/components/boat{number}", {"title": "Boat", "owner": "port"})
            changed = {**GATE, "title": f"Take {number}"}
            assert api.put("/gates/production", changed).status_code == 201
            assert api.put(f"/gates/spare{number}", {**GATE, "name": f"spare{number}"}).status_code == 201
            api.put(f"/environments/spare{number}", {"rank": number})
            api.put(f"/components/harbour/targets/spare{number}", {"interval": 60})
            self.let_incident_open(api, f"spare{number}")
            table = f"component,environment\nharbour,spare{number}\n"
            assert api.client.post("/api/v1/imports?name=estate.csv", data=table).status_code == 201
            api.put(f"/components/harbour/revisions/{str(number) * 40}", {})
            api.submit(flake8(f"{number}.py"), slot=f"{number}.txt")
            claims = {**PUBLISHER["claims"], "environment": f"spare{number}"}
            trusted = {**PUBLISHER, "name": f"spare{number}", "claims": claims}
            assert api.post("/publishers", trusted).status_code == 201
            release = {"version": f"1.{number}.0", "revision": COMMIT}
            assert api.post("/components/harbour/releases", release).status_code == 201
            deployment = {"environment": "production", "version": f"1.{number}.0"}
            assert api.post("/components/harbour/deployments", deployment).status_code == 201
            channel = {"name": f"spare{number}", "kind": "slack", "url": "https://hooks.example.org/in"}
            assert api.post("/notification-channels", channel).status_code == 201
            assert api.post(f"/notification-channels/spare{number}/tests", None).status_code == 200
            self.let_people_in(api, f"rower{number}")

    def let_incident_open(self, api: Api, environment: str) -> None:
        """Have something run that was not declared, plan a window, and declare an objective."""
        for side, port in (("declared", 1), ("observed", 2)):
            path = f"/components/harbour/facts/{side}?environment={environment}"
            assert api.post(path, {"facts": {"port": port}}).status_code == 200
        left, right = ({"side": side, "environment": environment} for side in ("declared", "observed"))
        assert api.post("/parity-reports", {"left": left, "right": right}).status_code == 201
        assert api.post("/maintenance-windows", {**PLAN, "environment": environment}).status_code == 201
        path = f"/components/harbour/targets/production/objectives/{environment}"
        assert api.put(path, AIM).status_code == 201

    def let_people_in(self, api: Api, name: str) -> None:
        """Make one more person, group, member, role, token, and session of grace."""
        assert api.post("/users", {"name": name}).status_code == 201
        for user in (name, "grace"):
            assert api.put(f"/groups/port/members/{user}", None).status_code == 204
        assert api.post("/roles", {"group": name, "role": "viewer"}).status_code == 201
        assert api.post("/tokens", {"name": name, "role": "viewer"}).status_code == 201
        work = api.client.application.extensions[EXTENSION].work(SERVER)
        for _ in range(2):
            work.use(SessionService).begin("grace", address="192.0.2.7")
        work.close()


def _is_list(operation: dict[str, Any]) -> bool:
    return "Link" in operation["responses"].get("200", {}).get("headers", {})


REPORT = {"data": junit(passed=5), "query_string": {"slot": "five.xml"}}
FORM = encode_multipart_formdata(
    [("report", ("six.xml", junit(passed=6))), ("report", ("a.txt", flake8("a.py")))]
)
# What each operation that makes something is sent. Sent again, it answers what was made the first time.
CREATES: dict[tuple[str, str], dict[str, Any]] = {
    ("put", "/api/v1/components/boat"): {"json": {"title": "Boat", "owner": "port"}},
    ("put", "/api/v1/environments/staging"): {"json": {"rank": 2}},
    ("put", f"{HARBOUR}/revisions/{OTHER_COMMIT}"): {"json": {"branch": "main"}},
    ("put", "/api/v1/gates/spare"): {"json": {**GATE, "name": "spare"}},
    ("post", f"{HARBOUR}/revisions/{COMMIT}/evidence"): REPORT,
    ("post", "/api/v1/imports"): {"data": b"component\nharbour\n", "query_string": {"name": "five.csv"}},
    ("put", f"{HARBOUR}/targets/staging"): {"json": {"base_url": "https://staging.example.org"}},
    ("post", f"{HARBOUR}/revisions/{COMMIT}/submissions"): {"data": FORM[0], "content_type": FORM[1]},
    ("post", f"{HARBOUR}/releases"): {"json": {"version": "2.0.0", "revision": COMMIT}},
    ("post", f"{HARBOUR}/deployments"): {
        "json": {"environment": "production", "revision": COMMIT, "outcome": "succeeded"},
        "headers": {"Idempotency-Key": "1"},
    },
    ("post", f"{HARBOUR}/revisions/{COMMIT}/verdicts"): {
        "json": {"environment": "production"},
    },
    ("post", "/api/v1/users"): {"json": {"name": "eve"}, "headers": {"Idempotency-Key": "1"}},
    ("post", "/api/v1/roles"): {"json": {"user": "grace", "role": "viewer"}},
    ("post", "/api/v1/parity-reports"): {
        "json": {"left": {"side": "declared"}, "right": {"side": "observed"}},
        "headers": {"Idempotency-Key": "2"},
    },
    ("post", "/api/v1/maintenance-windows"): {"json": PLAN, "headers": {"Idempotency-Key": "3"}},
    ("put", f"{HARBOUR}/targets/production/objectives/quick"): {"json": AIM},
}
# What is kept under a key is answered as it was.
KEYED = ("/verdicts", "/users", "/deployments", "/parity-reports", "/maintenance-windows")
# These are judged whenever they are asked, so that each answer brings a verdict of its own.
JUDGED = {
    path for _, path in CREATES if path.endswith(("/evidence", "/submissions", "/releases", "/verdicts"))
}
TARGET = "/api/v1/components/<component>/targets/<environment>"
# These say what holds from now on, whatever held before: there is no version that they could be held against.
SETS = {
    ("patch", "/api/v1/users/<user>"),
    ("put", "/api/v1/users/<user>/password"),
    ("put", "/api/v1/groups/<group>/members/<user>"),
    ("delete", "/api/v1/groups/<group>/members/<user>"),
    ("put", f"{TARGET}/objectives/<objective>"),
    ("delete", f"{TARGET}/objectives/<objective>"),
    ("delete", "/api/v1/roles/<role_id>"),
    ("delete", "/api/v1/tokens/<token_id>"),
    ("delete", "/api/v1/me/tokens/<token_id>"),
    ("put", "/api/v1/flags/<flag>"),
    ("delete", "/api/v1/flags/<flag>"),
    *(
        ("delete", f"/api/v1/{whose}/sessions{which}")
        for whose in ("me", "users/<user>")
        for which in ("", "/<session_id>")
    ),
}
# What is said to hold from now on holds already, what is asked again answers: integration/facts, probes.
FACTS = "/api/v1/components/<component>/facts"
PROBE = ("post", "/api/v1/components/<component>/targets/<environment>/probe")
HOLDS = {("post", f"{FACTS}/declared"), ("post", f"{FACTS}/observed"), PROBE}
# An import is applied or undone, once and for all: tests/integration/inventory.
ACTS = {("post", f"/api/v1/imports/<import_id>/{verb}") for verb in ("apply", "undo")}
# Each of these sends again: tests/integration/notifications.
SENDS = {
    ("post", "/api/v1/notification-channels/<channel>/tests"),
    ("post", "/api/v1/notification-channels/<channel>/replays"),
    ("post", "/api/v1/notification-deliveries/<delivery_id>/replays"),
}
# Handled again on the values of another report: tests/integration/parity.
HANDLES = {("post", "/api/v1/parity-items")}
# What is there already is changed, which TestConditions tries.
REPLACES = {("put", "/api/v1/maintenance-windows/<window_id>")}
# These tell a secret once. tests/integration/identity/test_api.py tries both kinds.
TELLS = {
    ("post", "/api/v1/users/<user>/password-code"),
    ("post", "/api/v1/tokens"),
    ("post", "/api/v1/tokens/<token_id>/rotation"),
    ("post", "/api/v1/me/tokens"),
    ("post", "/api/v1/notification-channels"),
    ("post", "/api/v1/notification-channels/<channel>/secrets"),
}
# These record nothing, so that they may be repeated as they are.
ASKS = {("post", "/api/v1/gate-lint"), ("post", "/api/v1/gate-trials")}
# Refused again, by the name that is taken or the token that was used: tests/integration/federation.
ONCE = {("post", "/api/v1/publishers"), ("post", "/api/v1/token-exchange")}


@pytest.mark.usefixtures("stock")
class TestRepeats:
    def test_are_answered_with_what_was_made_the_first_time(self, api: Api) -> None:
        for (method, path), sent in CREATES.items():
            first, again = (api.client.open(path, method=method.upper(), **sent) for _ in range(2))
            assert first.status_code == 201, first.text
            assert again.status_code == (201 if path.endswith(KEYED) else 200), again.text
            assert _made(again) == _made(first), path

    def test_record_no_change_but_the_verdict_of_now(self, api: Api) -> None:
        for (method, path), sent in CREATES.items():
            api.client.open(path, method=method.upper(), **sent)
            before = api.get("/audit/events?limit=1").get_json()["items"]
            api.client.open(path, method=method.upper(), **sent)
            newest, *more = api.get("/audit/events?limit=2").get_json()["items"]
            if path in JUDGED:
                assert newest["action"] == "verdict.given", path
                newest = more[0]
            assert [newest] == before, path

    @on_one_database
    def test_are_tried_here_for_every_operation_that_makes_something(self, api: Api) -> None:
        adapter = api.client.application.url_map.bind("localhost")
        tried = {
            (method, str(adapter.match(path, method=method.upper(), return_rule=True)[0].rule))
            for method, path in (*CREATES, *ASKS, *ONCE)
        }
        documented = {
            (method, re.sub(r"{([^}]+)}", r"<\1>", path))
            for method, path, _ in operations(found(api))
            if method in ("post", "put")
        }
        held = TELLS | HOLDS | ACTS | HANDLES | REPLACES | SENDS
        assert tried | held | {one for one in SETS if one[0] == "put"} == documented

    def test_of_questions_record_nothing(self, api: Api) -> None:
        before = api.get("/audit/events?limit=1").get_json()
        for body, path in ((GATE, "/gate-lint"), ({"gate": GATE}, "/gate-trials")):
            assert api.post(path, body).get_json() == api.post(path, body).get_json()
        assert api.get("/audit/events?limit=1").get_json() == before


def _made(answer: TestResponse) -> dict[str, Any]:
    """Return a body without what is judged anew, and without what tells a repeat from the first time."""
    body: dict[str, Any] = answer.get_json()
    anew = ("repeated", "verdicts") if "evidence" in body else ("id", "changed") if "changed" in body else ()
    made = {name: value for name, value in body.items() if name not in anew}
    if isinstance(made.get("evidence"), list):
        made["evidence"] = [{**one, "repeated": None} for one in made["evidence"]]
    return made


# What is changed with a condition, and a change of it.
CHANGES: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    ("put", "/api/v1/components/<component>"): (HARBOUR, {"title": "Harbour", "owner": "pilots"}),
    ("put", "/api/v1/environments/<environment>"): (
        "/api/v1/environments/production",
        {"rank": 4, "gate": "production"},
    ),
    ("put", "/api/v1/components/<component>/targets/<environment>"): (
        f"{HARBOUR}/targets/production",
        {"interval": 30},
    ),
    ("patch", "/api/v1/components/<component>/releases/<version>"): (
        f"{HARBOUR}/releases/1.0.0",
        {"notes": "And moored."},
    ),
    ("patch", "/api/v1/components/<component>/deployments/<deployment_id>"): (
        f"{HARBOUR}/deployments/{{deployment_id}}",
        {"outcome": "succeeded"},
    ),
    ("patch", "/api/v1/incidents/<incident_id>"): ("/api/v1/incidents/{incident_id}", {"note": "Moved."}),
    ("put", "/api/v1/maintenance-windows/<window_id>"): (
        "/api/v1/maintenance-windows/{window_id}",
        {**PLAN, "minutes": 30},
    ),
    ("patch", "/api/v1/parity-items/<item_id>"): ("/api/v1/parity-items/{item_id}", {"note": "Moved."}),
    ("patch", "/api/v1/notification-channels/<channel>"): (
        "/api/v1/notification-channels/{channel}",
        {"enabled": False},
    ),
}
# Nothing that is recorded is ever overwritten by these: facts are added, content makes a version of its own.
ADDS = {
    ("put", "/api/v1/components/<component>/revisions/<revision>"),
    ("put", "/api/v1/gates/<gate>"),
}
# What is removed is gone, whatever it was.
REMOVES = {
    ("delete", "/api/v1/notification-channels/<channel>"),
    ("delete", "/api/v1/publishers/<publisher>"),
    ("delete", "/api/v1/maintenance-windows/<window_id>"),
    ("delete", "/api/v1/components/<component>/targets/<environment>"),
    ("delete", f"{FACTS}/<field>/declared"),
    ("delete", f"{FACTS}/<field>/observed"),
}


@pytest.mark.usefixtures("stock")
class TestConditions:
    @pytest.mark.parametrize("operation", CHANGES, ids=lambda operation: operation[1].rpartition("<")[2][:-1])
    def test_guard_a_change(self, api: Api, stock: Stock, operation: tuple[str, str]) -> None:
        method, _ = operation
        path, change = CHANGES[operation]
        path = stock.fill(path)
        another = {**change, "owner" if "targets" in path else "description": "Again."}
        if "windows" in path:
            another = {**change, "minutes": 20}
        if method == "patch":
            another = (
                {"outcome": "rolled-back"}
                if "outcome" in change
                else (
                    {"enabled": True}
                    if "enabled" in change
                    else {"notes" if "releases" in path else "note": "Again."}
                )
            )

        def send(body: Any = change, **headers: str) -> TestResponse:
            return api.client.open(path, method=method.upper(), json=body, headers=headers)

        tag = api.client.get(path).headers["ETag"]
        assert api.client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert send().status_code == 428
        assert [send(**{"If-Match": wrong}).status_code for wrong in ('"77"', f"W/{tag}", '""')] == [412] * 3
        assert api.client.get(path).headers["ETag"] == tag

        changed = send(**{"If-Match": tag})
        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
        assert api.client.get(path).get_json() == changed.get_json()
        assert api.client.get(path, headers={"If-None-Match": tag}).status_code == 200

        assert send(another, **{"If-Match": tag}).status_code == 412
        assert send(another, **{"If-Match": "*"}).status_code == 200

    @on_one_database
    def test_are_tried_here_for_every_operation_that_changes_something(self, api: Api) -> None:
        documented = {
            (method, re.sub(r"{([^}]+)}", r"<\1>", path))
            for method, path, _ in operations(found(api))
            if method in ("put", "patch", "delete")
        }
        assert documented == CHANGES.keys() | ADDS | SETS | REMOVES

    @on_one_database
    def test_are_documented_where_they_count(self, api: Api) -> None:
        for method, path, operation in operations(found(api)):
            if (method, re.sub(r"{([^}]+)}", r"<\1>", path)) in CHANGES:
                assert "If-Match" in {parameter["name"] for parameter in operation["parameters"]}
                assert {"412", "428"} <= operation["responses"].keys()
                assert "ETag" in operation["responses"]["200"]["headers"]
