"""Every page as every role: the table below says who may open it, and a page without a line in it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.api import COMMIT, Api, junit, make_api
from tests.support.forms import forms_of
from tests.support.people import COOKIE, sign_in
from tests.support.stock import AIM, PLAN
from tidegate.domain.access import Role
from tidegate.domain.signing import SigningKey
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.pages import PageBlueprint

BROWSER = {"Accept": "text/html"}
ANYBODY = None
KNOWN = "known"
"""Whoever has signed in, with a role or without."""
LOWEST: dict[str, Role | str | None] = {
    "show_sign_in": ANYBODY,
    "sign_in": ANYBODY,
    "sign_out": ANYBODY,
    "show_passkey": ANYBODY,
    "sign_in_with_passkey": ANYBODY,
    "show_set_up": ANYBODY,
    "set_up": ANYBODY,
    "show_choose_password": ANYBODY,
    "choose_password": ANYBODY,
    "create_own_token": Role.VIEWER,
    "revoke_own_token": KNOWN,
    "show_own_password": KNOWN,
    "change_own_password": KNOWN,
    "list_people": Role.ADMINISTRATOR,
    "create_person": Role.ADMINISTRATOR,
    "show_person": Role.ADMINISTRATOR,
    "give_role": Role.ADMINISTRATOR,
    "withdraw_role": Role.ADMINISTRATOR,
    "disable_person": Role.ADMINISTRATOR,
    "enable_person": Role.ADMINISTRATOR,
    "offer_password": Role.ADMINISTRATOR,
    "end_sessions_of_person": Role.ADMINISTRATOR,
    "end_session_of_person": Role.ADMINISTRATOR,
    "list_groups": Role.ADMINISTRATOR,
    "create_group": Role.ADMINISTRATOR,
    "show_group": Role.ADMINISTRATOR,
    "add_member": Role.ADMINISTRATOR,
    "remove_member": Role.ADMINISTRATOR,
    "give_group_role": Role.ADMINISTRATOR,
    "withdraw_group_role": Role.ADMINISTRATOR,
    "list_tokens": Role.ADMINISTRATOR,
    "create_token": Role.ADMINISTRATOR,
    "rotate_token": Role.ADMINISTRATOR,
    "revoke_token": Role.ADMINISTRATOR,
    "list_publishers": Role.ADMINISTRATOR,
    "add_publisher": Role.ADMINISTRATOR,
    "remove_publisher": Role.ADMINISTRATOR,
    "begin_sign_on": ANYBODY,
    "finish_sign_on": ANYBODY,
    "list_targets": Role.VIEWER,
    "show_target": Role.VIEWER,
    "probe_target": Role.SUBMITTER,
    "show_account": KNOWN,
    "end_session": KNOWN,
    "end_all_sessions": KNOWN,
    "show_new_passkey": KNOWN,
    "add_passkey": KNOWN,
    "rename_passkey": KNOWN,
    "remove_passkey": KNOWN,
    "show_no_role": KNOWN,
    "show_proof": KNOWN,
    "begin_proof": KNOWN,
    "show_overview": Role.VIEWER,
    "search": Role.VIEWER,
    "show_component": Role.VIEWER,
    "show_revision": Role.VIEWER,
    "show_release": Role.VIEWER,
    "list_deployments": Role.VIEWER,
    "list_channels": Role.RELEASE_MANAGER,
    "show_channel": Role.RELEASE_MANAGER,
    "add_channel": Role.ADMINISTRATOR,
    "change_channel": Role.ADMINISTRATOR,
    "test_channel": Role.ADMINISTRATOR,
    "rotate_channel_secret": Role.ADMINISTRATOR,
    "remove_channel": Role.ADMINISTRATOR,
    "replay_channel": Role.RELEASE_MANAGER,
    "list_deliveries": Role.RELEASE_MANAGER,
    "replay_delivery": Role.RELEASE_MANAGER,
    "list_verdicts": Role.VIEWER,
    "show_verdict": Role.VIEWER,
    "replay_verdict": Role.VIEWER,
    "show_evidence": Role.VIEWER,
    "download_evidence": Role.VIEWER,
    "list_gates": Role.VIEWER,
    "show_gate": Role.VIEWER,
    "show_gate_version": Role.VIEWER,
    "show_health": Role.VIEWER,
    "show_try": Role.VIEWER,
    "make_try_token": Role.VIEWER,
    "follow_verdicts": Role.VIEWER,
    "show_question": Role.VIEWER,
    "explain_verdict": Role.VIEWER,
    "show_badge": ANYBODY,
    "list_incidents": Role.VIEWER,
    "show_incident": Role.VIEWER,
    "change_incident": Role.RELEASE_MANAGER,
    "list_maintenance": Role.VIEWER,
    "plan_maintenance": Role.RELEASE_MANAGER,
    "remove_maintenance": Role.RELEASE_MANAGER,
    "list_objectives": Role.VIEWER,
    "declare_objective": Role.RELEASE_MANAGER,
    "remove_objective": Role.RELEASE_MANAGER,
    "show_status_page": ANYBODY,
    "show_environment_status": Role.VIEWER,
    "list_parity_reports": Role.VIEWER,
    "create_parity_report": Role.VIEWER,
    "show_parity_report": Role.VIEWER,
    "download_parity_report": Role.VIEWER,
    "show_parity_row": Role.RELEASE_MANAGER,
    "handle_parity_row": Role.RELEASE_MANAGER,
    "list_parity_items": Role.VIEWER,
    "show_parity_item": Role.VIEWER,
    "change_parity_item": Role.RELEASE_MANAGER,
    "list_flags": Role.VIEWER,
    "set_flag": Role.ADMINISTRATOR,
    "unset_flag": Role.ADMINISTRATOR,
    "list_imports": Role.RELEASE_MANAGER,
    "upload_import": Role.RELEASE_MANAGER,
    "show_import": Role.RELEASE_MANAGER,
    "apply_import": Role.RELEASE_MANAGER,
    "undo_import": Role.RELEASE_MANAGER,
    "download_import": Role.RELEASE_MANAGER,
    "export_inventory": Role.VIEWER,
    "download_template": Role.VIEWER,
    "show_audit": Role.RELEASE_MANAGER,
    "show_jobs": Role.RELEASE_MANAGER,
    "retry_job": Role.RELEASE_MANAGER,
    "verify_audit": Role.RELEASE_MANAGER,
    "show_new_release": Role.RELEASE_MANAGER,
    "create_release": Role.RELEASE_MANAGER,
    "show_release_notes": Role.RELEASE_MANAGER,
    "correct_release_notes": Role.RELEASE_MANAGER,
    "download_attestation": Role.VIEWER,
    "download_summary": Role.VIEWER,
    "show_new_gate": Role.RELEASE_MANAGER,
    "register_gate": Role.RELEASE_MANAGER,
    "show_gate_document": Role.RELEASE_MANAGER,
    "change_gate": Role.RELEASE_MANAGER,
    "show_new_component": Role.RELEASE_MANAGER,
    "register_component": Role.RELEASE_MANAGER,
    "show_component_facts": Role.RELEASE_MANAGER,
    "change_component": Role.RELEASE_MANAGER,
    "list_environments": Role.VIEWER,
    "show_new_environment": Role.RELEASE_MANAGER,
    "register_environment": Role.RELEASE_MANAGER,
    "show_environment_facts": Role.RELEASE_MANAGER,
    "change_environment": Role.RELEASE_MANAGER,
}
"""The lowest role that may open a page."""
ORDER = [KNOWN, *Role]
SWITCHED_OFF = {"show_badge", "show_question", "begin_sign_on", "finish_sign_on", "begin_proof"}
"""What nobody finds unless a setting says otherwise."""
LEADS_ON = {"show_no_role", "show_proof"}
"""What is there for those alone whom it concerns, and leads others on."""


@pytest.fixture
def judged(database: Database, tmp_path: Path) -> Api:
    """An API with one of everything that a page shows, which signs its verdicts."""
    key = SigningKey.generate().private_pem()
    api = make_api(database, tmp_path / "api", SIGNING_KEY=key, STATUS_PAGES_PUBLIC="production")
    api.set_up()
    api.submit(junit())
    made = api.post("/components/harbour/releases", {"version": "1.0.0", "revision": COMMIT, "notes": ""})
    assert made.status_code == 201
    assert (
        api.put("/components/harbour/targets/production", {"base_url": "https://192.0.2.1"}).status_code
        == 201
    )
    assert api.post("/users", {"name": "grace"}).status_code == 201
    assert api.put("/groups/port/members/grace", None).status_code == 204
    assert api.post("/components/harbour/facts/declared", {"facts": {"port": 443}}).status_code == 200
    sides = {"left": {"side": "declared"}, "right": {"side": "observed"}}
    report = api.post("/parity-reports", sides).get_json()
    row = {"report": report["id"], "component": "harbour", "field": "port"}
    assert api.post("/parity-items", row).status_code == 201
    for side, port in (("declared", 1), ("observed", 2)):
        told = api.post(f"/components/harbour/facts/{side}?environment=production", {"facts": {"port": port}})
        assert told.status_code == 200
    left, right = ({"side": side, "environment": "production"} for side in ("declared", "observed"))
    assert api.post("/parity-reports", {"left": left, "right": right}).status_code == 201
    assert api.post("/maintenance-windows", PLAN).status_code == 201
    assert api.put("/components/harbour/targets/production/objectives/up", AIM).status_code == 201
    crew = {"name": "crew", "kind": "webhook", "url": "https://hooks.example.org/in"}
    assert api.post("/notification-channels", crew).status_code == 201
    assert api.post("/notification-channels/crew/tests", None).status_code == 200
    uploaded = api.client.post(
        "/api/v1/imports?name=estate.csv", data=b"component,environment,zone\nharbour,production,north\n"
    )
    assert uploaded.status_code == 201
    return api


def pages(api: Api, method: str = "GET") -> dict[str, str]:
    """Return the address of every page, filled with names that are there, by its view's name.

    Without a `method` they are those that are read; with POST those that forms are sent to.
    """
    known = {
        "component": "harbour",
        "revision": COMMIT,
        "provider": "oidc",
        "version": "1.0.0",
        "environment": "production",
        "session_id": "none",
        "user": "grace",
        "group": "port",
        "role_id": "none",
        "token_id": "none",
        "passkey_id": "none",
        "incident_id": api.get("/incidents").get_json()["items"][0]["id"],
        "window_id": api.get("/maintenance-windows").get_json()["items"][0]["id"],
        "objective": "up",
        "report_id": api.get("/parity-reports").get_json()["items"][-1]["id"],
        "item_id": api.get("/parity-items").get_json()["items"][0]["id"],
        "import_id": api.get("/imports").get_json()["items"][0]["id"],
        "field": "port",
        "channel": "crew",
        "delivery_id": api.get("/notification-deliveries").get_json()["items"][0]["id"],
        "gate": "production",
        "environment": "production",
        "digest": api.get("/gates/production").get_json()["digest"],
        "verdict_id": api.get("/verdicts").get_json()["items"][0]["id"],
        "evidence_id": api.get(f"/components/harbour/revisions/{COMMIT}/evidence").get_json()["items"][0][
            "id"
        ],
    }
    app = api.client.application
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        found = {
            rule.endpoint.partition(".")[2]: adapter.build(
                rule.endpoint, {name: known.get(name, "none") for name in rule.arguments}
            )
            for rule in app.url_map.iter_rules()
            if _of_pages(api, rule.endpoint) and method in (rule.methods or ())
        }
    # One thing that is found is shown at once, so nothing is looked for that is there.
    return found if method != "GET" else {**found, "search": "/search?q=nothing-of-this-name"}


def _of_pages(api: Api, endpoint: str) -> bool:
    return isinstance(api.client.application.blueprints.get(endpoint.partition(".")[0]), PageBlueprint)


class TestPages:
    def test_have_a_line_in_the_table_each(self, api: Api) -> None:
        rules = api.client.application.url_map.iter_rules()
        assert {one.endpoint.partition(".")[2] for one in rules if _of_pages(api, one.endpoint)} == set(
            LOWEST
        )

    @pytest.mark.parametrize("role", [None, *Role])
    def test_open_for_the_roles_of_the_table_alone(self, judged: Api, role: Role | None) -> None:
        addresses = pages(judged)
        del judged.client.environ_base["HTTP_AUTHORIZATION"]
        if role is not None:
            sign_in(judged.client, judged.database.engine, "ada", judged.clock.now(), role=role)
        expected, found = {}, {}
        for name, address in addresses.items():
            lowest = LOWEST[name]
            if lowest is ANYBODY:
                expected[name] = 404 if name in SWITCHED_OFF else 200
            elif role is None or name in LEADS_ON:
                expected[name] = 302
            elif ORDER.index(role) < ORDER.index(lowest):
                expected[name] = 403
            else:
                expected[name] = 404 if name in SWITCHED_OFF else 200
            found[name] = judged.client.get(address, headers=BROWSER).status_code
        assert found == expected

    @pytest.mark.parametrize("role", [None, *Role])
    def test_take_forms_of_the_roles_of_the_table_alone(self, judged: Api, role: Role | None) -> None:
        addresses = pages(judged, "POST")
        del judged.client.environ_base["HTTP_AUTHORIZATION"]
        if role is not None:
            sign_in(judged.client, judged.database.engine, "ada", judged.clock.now(), role=role)
        shown = judged.client.get("/sign-in", headers=BROWSER)
        token = next(fields for _, fields in forms_of(shown) if "csrf_token" in fields)["csrf_token"]
        for name, address in addresses.items():
            lowest = LOWEST[name]
            if lowest is ANYBODY or name == "end_all_sessions":
                continue
            sent = judged.client.post(address, data={"csrf_token": token}, headers=BROWSER)
            if role is None:
                assert (sent.status_code, sent.headers["Location"]) == (302, "/sign-in"), name
            elif ORDER.index(role) >= ORDER.index(lowest):
                assert sent.status_code in (200, 303, 404, 409, 412, 422, 428), (name, sent.text)
            else:
                assert sent.status_code == 403, name

    def test_take_no_form_without_its_token(self, judged: Api) -> None:
        sign_in(judged.client, judged.database.engine, "ada", judged.clock.now(), role=Role.ADMINISTRATOR)
        for name, address in pages(judged, "POST").items():
            assert judged.client.post(address, data={}, headers=BROWSER).status_code == 400, name

    @pytest.mark.parametrize("cookie", ["", "x" * 3_000, "'; DROP TABLE sessions; --", "\u00e9"])
    def test_open_for_no_cookie_that_was_not_given_out(self, judged: Api, cookie: str) -> None:
        judged.client.set_cookie(COOKIE, cookie)
        assert judged.client.get("/", headers=BROWSER).status_code == 302

    def test_show_who_has_no_role_their_own_account_alone(self, judged: Api) -> None:
        addresses = pages(judged)
        sign_in(judged.client, judged.database.engine, "eve", judged.clock.now())
        for name, address in addresses.items():
            shown = judged.client.get(address, headers=BROWSER)
            if name == "show_proof":
                assert (shown.status_code, shown.headers["Location"]) == (302, "/account")
            elif LOWEST[name] in (ANYBODY, KNOWN):
                assert shown.status_code == (404 if name in SWITCHED_OFF else 200), name
            else:
                assert (shown.status_code, shown.headers["Location"]) == (302, "/no-role"), name

    def test_take_no_form_but_of_their_own_account_of_who_has_no_role(self, judged: Api) -> None:
        addresses = pages(judged, "POST")
        sign_in(judged.client, judged.database.engine, "eve", judged.clock.now())
        shown = judged.client.get("/account", headers=BROWSER)
        token = next(fields for _, fields in forms_of(shown) if "csrf_token" in fields)["csrf_token"]
        for name, address in addresses.items():
            if LOWEST[name] is ANYBODY or name == "end_all_sessions":
                continue
            sent = judged.client.post(address, data={"csrf_token": token}, headers=BROWSER)
            if LOWEST[name] == KNOWN:
                assert sent.status_code in (200, 303, 404, 409, 422), name
            else:
                assert sent.status_code == 403 and "Sign out" in sent.text, name
