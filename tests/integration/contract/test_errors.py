"""Every error of the running application is one RFC 9457 problem, and says what it must."""

from __future__ import annotations

import json
import os
import re
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from scripts.serve import free_port
from tests.fakes.web import opened, settings_for
from tests.support.access import as_admin, headers_of, let_in, let_in_at, other_token
from tests.support.api import Api, junit, make_api
from tests.support.stock import Stock
from tidegate.app import create_app
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.openapi import document
from tidegate.kernel.http.problem_table import BY_SLUG
from tidegate.kernel.http.problems import MEDIA_TYPE

HARBOUR = "/api/v1/components/harbour"
RELEASE = f"{HARBOUR}/releases/1.0.0"
EVIDENCE = f"{HARBOUR}/revisions/{'2' * 40}/evidence"
FACTS = {"title": "Harbour", "owner": "somebody else"}
FORM = "multipart/form-data; boundary=x"
JSON = {"content_type": "application/json"}

Start = Callable[..., FlaskClient]

# slug, method, address, what is sent
CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("malformed", "PUT", HARBOUR, {"data": b"{", **JSON}),
    ("malformed", "PUT", HARBOUR, {"data": b'{"title": "\xff"}', **JSON}),
    ("malformed", "PUT", "/api/v1/gates/production", {"data": b"[]", **JSON}),
    ("malformed", "GET", "/api/v1/components?owner=%00", {}),
    ("malformed", "PATCH", RELEASE, {"json": {"notes": ""}, "headers": {"If-Match": '"1", "2"'}}),
    ("malformed", "GET", "/health", {"headers": {"Host": "elsewhere.example"}}),
    ("unauthenticated", "GET", HARBOUR, {"headers": {"Authorization": "Bearer tdg_no"}}),
    ("untrusted-origin", "PUT", HARBOUR, {"json": FACTS, "headers": {"Origin": "https://elsewhere.example"}}),
    ("not-found", "GET", "/no/such/page", {}),
    ("not-found", "GET", "/api/v1/no-such-route", {}),
    ("not-found", "GET", "/problems/no-such-problem", {}),
    ("not-found", "GET", "/api/v1/components/nobody", {}),
    ("not-found", "GET", "/api/v1/components/nobody/revisions", {}),
    ("not-found", "GET", f"{HARBOUR}/revisions/{'2' * 40}", {}),
    ("not-found", "GET", "/api/v1/environments/nowhere", {}),
    ("not-found", "GET", "/api/v1/gates/none", {}),
    ("not-found", "GET", f"/api/v1/gate-versions/sha256:{'0' * 64}", {}),
    ("not-found", "GET", f"/api/v1/evidence/{uuid.UUID(int=7)}", {}),
    ("not-found", "GET", f"/api/v1/evidence/{uuid.UUID(int=7)}/content", {}),
    ("not-found", "GET", f"/api/v1/verdicts/{uuid.UUID(int=7)}", {}),
    ("not-found", "GET", f"{HARBOUR}/releases/9.9.9", {}),
    ("method-not-allowed", "DELETE", HARBOUR, {}),
    ("method-not-allowed", "POST", "/health", {}),
    ("conflict", "POST", f"{HARBOUR}/releases", {"json": {"version": "1.0.0", "revision": "3" * 40}}),
    ("gate-closed", "POST", f"{HARBOUR}/releases", {"json": {"version": "1.1.0", "revision": "3" * 40}}),
    ("stale", "PUT", HARBOUR, {"json": FACTS, "headers": {"If-Match": '"7"'}}),
    ("stale", "PATCH", RELEASE, {"json": {"notes": ""}, "headers": {"If-Match": '"7"'}}),
    ("stale", "PATCH", RELEASE, {"json": {"notes": ""}, "headers": {"If-Match": '""'}}),
    ("unsupported-media-type", "PUT", HARBOUR, {"data": b"title: x", "content_type": "application/yaml"}),
    ("unsupported-media-type", "PUT", "/api/v1/gates/production", {"data": b"x", "content_type": "text/csv"}),
    ("unsupported-media-type", "POST", EVIDENCE + "?slot=a", {"data": b"--x--", "content_type": FORM}),
    ("unsupported-media-type", "POST", EVIDENCE + "?slot=a", {"headers": {"Content-Encoding": "br"}}),
    ("malformed", "POST", EVIDENCE + "?slot=a", {"data": b"x", "headers": {"Content-Encoding": "gzip"}}),
    ("invalid", "PUT", HARBOUR, {"json": {"title": "Harbour"}}),
    ("invalid", "PUT", "/api/v1/components/Harbour%0A", {"json": FACTS}),
    ("invalid", "PUT", f"{HARBOUR}/revisions/abc", {"json": {}}),
    ("invalid", "PUT", f"{HARBOUR}/revisions/{'3' * 40}", {"json": {"artifact": f"sha256:{'0' * 64}\n"}}),
    ("invalid", "GET", f"/api/v1/components/harbour/revisions?artifact=sha256:{'0' * 64}%0A", {}),
    ("invalid", "GET", "/api/v1/components?limit=0", {}),
    ("invalid", "GET", "/api/v1/components?limit=1&limit=2", {}),
    ("invalid", "GET", "/api/v1/components?no_such=1", {}),
    ("invalid", "POST", EVIDENCE, {"data": junit()}),
    ("invalid", "PUT", "/api/v1/gates/production", {"json": {"name": "production", "rules": []}}),
    ("precondition-required", "PUT", HARBOUR, {"json": FACTS}),
    ("precondition-required", "PATCH", RELEASE, {"json": {"notes": ""}}),
]


def problem(answer: TestResponse, slug: str) -> dict[str, Any]:
    """Return the body of an answer that must be this problem, whole."""
    assert answer.content_type == MEDIA_TYPE, answer.text
    body: dict[str, Any] = answer.get_json(force=True)
    expected = BY_SLUG[slug]
    assert (answer.status_code, body["status"]) == (expected.status, expected.status), body
    assert (body["type"], body["title"]) == (f"/problems/{slug}", expected.title), body
    assert body["detail"].strip()
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert answer.headers["Cache-Control"] == "no-store"
    return body


@pytest.mark.usefixtures("stock", "revision_without_evidence")
class TestTheTable:
    @pytest.fixture
    def revision_without_evidence(self, api: Api, stock: Stock) -> None:
        """Register a revision that no gate lets through."""
        path = f"/components/{stock.component}/revisions/{'3' * 40}"
        assert api.put(path, {}).status_code == 201

    def test_holds_for_every_wrong_request(self, api: Api) -> None:
        # In one test: a database of its own for each of forty requests would cost more than it shows.
        for slug, method, path, sent in CASES:
            answer = api.client.open(path, method=method, **sent)
            try:
                problem(answer, slug)
            except AssertionError as error:
                raise AssertionError(f"{method} {path} {sent}: {answer.text}") from error

    def test_documents_every_status_that_it_answers_with(self, api: Api) -> None:
        paths = document(api.client.application)["paths"]
        adapter = api.client.application.url_map.bind("localhost")
        for slug, method, path, sent in CASES:
            if slug in ("untrusted-origin", "method-not-allowed") or "Host" in sent.get("headers", {}):
                continue  # refused before any operation is chosen
            if path.startswith(("/no/", "/api/v1/no-such", "/problems")):
                continue
            rule = adapter.match(path.partition("?")[0], method=method, return_rule=True)[0].rule
            operation = paths[rule.replace("<", "{").replace(">", "}")][method.lower()]
            assert str(BY_SLUG[slug].status) in operation["responses"], (slug, method, path)

    def test_says_what_may_be_done_instead(self, api: Api) -> None:
        rules = tuple(api.client.application.url_map.iter_rules())
        deleting = {rule.rule for rule in rules if "DELETE" in (rule.methods or ())}
        assert deleting
        for rule in rules:
            if rule.arguments or rule.rule in deleting:
                continue
            answer = api.client.open(rule.rule, method="DELETE")
            assert problem(answer, "method-not-allowed")
            allowed = {method.strip() for method in answer.headers["Allow"].split(",")}
            assert "DELETE" not in allowed and allowed & {"GET", "POST"}

    def test_tells_where_each_fault_is(self, api: Api) -> None:
        faults = {
            f"/api/v1/components/{'x' * 101}": ("path", "/component"),
            f"{HARBOUR}/revisions/abc": ("path", "/revision"),
        }
        for path, expected in faults.items():
            body = problem(api.client.put(path, json=FACTS if "revisions" not in path else {}), "invalid")
            assert [(fault["in"], fault["pointer"]) for fault in body["errors"]] == [expected]

    def test_names_every_rule_that_blocks(self, api: Api) -> None:
        wanted = {"version": "1.1.0", "revision": "3" * 40}
        body = problem(api.client.post(f"{HARBOUR}/releases", json=wanted), "gate-closed")
        (fault,) = body["errors"]
        assert (fault["in"], fault["pointer"]) == ("gate", "production/tests-pass")
        assert fault["detail"].startswith("missing:")


class TestTooLarge:
    def test_reports_and_documents_have_their_limits(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path, MAX_REPORT_BYTES="2000", MAX_JSON_BYTES="1000")
        api.set_up()
        problem(api.submit(b"x" * 2001), "too-large")
        problem(api.put("/components/harbour", {"title": "x" * 1000, "owner": "port"}), "too-large")


class TestTooMany:
    @pytest.fixture
    def redis_url(self) -> Iterator[str]:
        """A real Redis; where there is none, the test is skipped by name, and fails in CI."""
        url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
        store = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        try:
            store.ping()
        except redis.RedisError as error:
            reason = f"NOT RUN with Redis: none at {url} ({type(error).__name__})"
            pytest.fail(reason) if os.environ.get("CI", "").lower() == "true" else pytest.skip(reason)
        yield url
        store.close()

    @pytest.fixture
    def caller(self, redis_url: str) -> Iterator[dict[str, str]]:
        """An address that nobody else calls from, so that its counters are the test's own."""
        address = f"127.{secrets.randbelow(255)}.{secrets.randbelow(255)}.{1 + secrets.randbelow(254)}"
        yield {"REMOTE_ADDR": address}
        with redis.Redis.from_url(redis_url) as store:
            for key in store.scan_iter(f"*{address}*"):
                store.delete(key)

    @pytest.mark.requirement("S1-26")
    @pytest.mark.requirement("S2-7")
    @pytest.mark.requirement("S3-20")
    def test_is_counted_by_each_process_alone_in_memory(self, database: Database, tmp_path: Path) -> None:
        limits = {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_PER_MINUTE": "2"}
        for api in [make_api(database, tmp_path, **limits) for _ in range(2)]:
            assert [api.get("/components").status_code for _ in range(2)] == [200, 200]
            self.refused(api.get("/components"))

    @pytest.mark.requirement("S1-26")
    @pytest.mark.requirement("S2-7")
    def test_is_counted_by_all_processes_together_in_redis(
        self, database: Database, tmp_path: Path, redis_url: str, caller: dict[str, str]
    ) -> None:
        limits = {"RATE_LIMIT_ENABLED": "true", "RATE_LIMIT_PER_MINUTE": "4", "REDIS_URL": redis_url}
        one, two = (make_api(database, tmp_path, **limits) for _ in range(2))
        # Counted by its name, wherever it calls from: one of its own, since Redis outlives the test.
        token = let_in(database.engine, other_token(), name=f"limited-{uuid.uuid4().hex}")
        own = headers_of(token)
        asked = [api.get("/components", headers=own) for api in (one, two, two, one)]
        assert [answer.status_code for answer in asked] == [200] * 4
        self.refused(one.get("/components", headers=own))
        self.refused(two.get("/components", headers=own))
        assert one.client.get("/healthz", environ_base=caller).status_code == 200

    def refused(self, answer: TestResponse) -> None:
        """Check that an answer is the refusal, with the time to wait."""
        problem(answer, "too-many-requests")
        assert 1 <= int(answer.headers["Retry-After"]) <= 60


class TestInternal:
    def test_shows_nothing_and_the_log_everything_under_the_same_id(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        api = make_api(database, tmp_path, LOG_FORMAT="json")
        with database.engine.begin() as connection:
            connection.execute(text("ALTER TABLE components RENAME TO elsewhere"))
        capsys.readouterr()

        answer = api.get("/components/harbour")

        body = problem(answer, "internal")
        assert not re.search(
            "elsewhere|components|select|traceback|sqlalchemy|psycopg|File ", answer.text, re.I
        )
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        failed = next(line for line in lines if line["event"] == "request.failed")
        assert failed["request_id"] == body["request_id"]
        assert failed["route"] == "/api/v1/components/<component>"
        assert "components" in failed["exception"] and "Traceback" in failed["exception"]
        request = next(line for line in lines if line["event"] == "request.finished")
        assert (request["request_id"], request["status"]) == (body["request_id"], 500)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the whole application with the settings that a test wants; it closes when the test is over."""
    with ExitStack() as stack:
        yield lambda **variables: as_admin(
            stack.enter_context(
                opened(create_app(settings_for(tmp_path, RATE_LIMIT_ENABLED="false", **variables)))
            ).test_client()
        )


class TestUnavailable:
    def test_says_that_postgresql_is_away(self, start: Start) -> None:
        nowhere = f"postgresql://someone:hunter2-hunter2@127.0.0.1:{free_port()}/none"
        client = start(DATABASE_URL=nowhere)
        answers = [
            client.get("/api/v1/components/harbour"),
            client.put("/api/v1/components/harbour", json=FACTS),
            client.get("/api/v1/audit/export"),
        ]
        for answer in answers:
            body = problem(answer, "unavailable")
            assert answer.headers["Retry-After"] == "1"
            assert "hunter2" not in answer.text and "someone" not in body["detail"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503

    def test_says_that_the_sqlite_file_is_locked(self, start: Start, tmp_path: Path) -> None:
        path = tmp_path / "locked.sqlite3"
        client = start(DATABASE_URL=f"sqlite:///{path}", DATABASE_TIMEOUT="0.2", AUTO_MIGRATE="true")
        let_in_at(f"sqlite:///{path}")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            began = perf_counter()
            answer = client.put("/api/v1/components/harbour", json=FACTS)
            assert perf_counter() - began < 5  # DATABASE_TIMEOUT counts, not the driver's own patience
            problem(answer, "unavailable")
            other.execute("ROLLBACK")
        assert client.put("/api/v1/components/harbour", json=FACTS).status_code == 201
