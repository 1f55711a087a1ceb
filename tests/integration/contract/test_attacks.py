"""Attacks on the running API that no schema knows of: what an attacker tries by hand, on both databases."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import COMMIT, GATE, Api, junit
from tests.support.stock import Stock
from tidegate.domain.access import Binding, Role

PATIENCE = 10.0
"""Seconds: what grows with the square of its input, or worse, takes minutes with these inputs."""

SPLIT = "harbour%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>alert(1)</script>"


class TestHeaderInjection:
    @pytest.mark.parametrize(
        "path",
        [
            f"/api/v1/components/{SPLIT}",
            f"/api/v1/components?cursor={SPLIT}",
            f"/api/v1/evidence/{SPLIT}/content",
            f"/problems/{SPLIT}",
            f"/{SPLIT}",
        ],
    )
    def test_by_an_address_adds_no_header(self, api: Api, path: str) -> None:
        answer = api.client.get(path)
        assert 400 <= answer.status_code < 500
        assert "X-Evil" not in answer.headers
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values())

    def test_by_a_request_id_is_not_echoed(self, api: Api) -> None:
        answer = api.get("/components", headers={"X-Request-ID": "a b; X-Evil=yes\t<script>"})
        assert "script" not in answer.headers["X-Request-ID"]


class TestClickjacking:
    @pytest.mark.parametrize(
        "path", ["/", "/docs", "/sign-in", "/problems", "/openapi.json", "/api/v1/components", "/nothing"]
    )
    def test_finds_no_page_that_may_be_framed(self, api: Api, path: str) -> None:
        policy = api.client.get(path, headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy


class TestLongInputs:
    """No pattern of ours backtracks for long (ReDoS), and nothing long is read to its end in vain."""

    @pytest.mark.parametrize(
        "name", ["a" * 7000, "a." * 3500, "-" * 7000, "a" * 7000 + "!", "%20" * 2000, "a-" * 3500 + "%0a"]
    )
    def test_as_names_are_refused_soon(self, api: Api, name: str) -> None:
        begun = time.monotonic()
        assert api.put(f"/components/{name}", {"title": "A", "owner": "b"}).status_code in (
            400,
            404,
            414,
            422,
        )
        assert api.get(f"/components?cursor={name}").status_code in (400, 422)
        assert time.monotonic() - begun < PATIENCE

    @pytest.mark.parametrize(
        "expression",
        [
            "'" + "a" * 3000 + "'.matches('(a+)+b')",
            "(" * 3000 + "1" + ")" * 3000 + " == 1",
            "!" * 3000 + "true",
            " && ".join(["tests.failed == 0"] * 2000),
            "[" * 500 + "]" * 500 + " == []",
        ],
    )
    def test_as_expressions_are_answered_soon(self, api: Api, expression: str) -> None:
        begun = time.monotonic()
        gate = {**GATE, "rules": [{"id": "a", "that": expression, "needs": ["tests"]}]}
        assert api.post("/gate-lint", gate).status_code in (200, 400, 413, 422)
        assert time.monotonic() - begun < PATIENCE


class TestBombs:
    def test_that_decompress_are_refused_at_the_limit(self, api: Api) -> None:
        bomb = gzip.compress(b"[" + b" " * 20_000_000 + b"]")
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = api.client.put("/api/v1/gates/production", data=bomb, headers=headers)
        assert answer.status_code == 413
        twice = {**headers, "Content-Encoding": "gzip, gzip"}
        answer = api.client.put("/api/v1/gates/production", data=gzip.compress(bomb), headers=twice)
        assert answer.status_code == 415

    def test_that_nest_are_refused(self, api: Api) -> None:
        for body in (b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
            answer = api.client.put("/api/v1/gates/a", data=body, content_type="application/json")
            assert answer.status_code in (400, 422)

    def test_of_entities_are_read_as_unreadable(self, api: Api) -> None:
        api.set_up()
        entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
        report = f'<!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><testsuite name="&e11;" tests="0"/>'
        answer = api.submit(report.encode())
        assert answer.status_code == 201
        assert answer.get_json()["verdicts"][0]["verdict"]["state"] == "unreadable"


class TestMassAssignment:
    @pytest.mark.parametrize(
        "more",
        [{"id": "1"}, {"created_at": "2020-01-01T00:00:00Z"}, {"role": "administrator"}, {"__class__": "a"}],
    )
    def test_of_a_field_that_is_not_offered_is_refused(self, api: Api, more: dict[str, Any]) -> None:
        answer = api.put("/components/harbour", {"title": "A", "owner": "b", **more})
        assert answer.status_code == 422
        assert api.get("/components/harbour").status_code == 404

    def test_of_what_names_itself_in_the_address_is_refused(self, api: Api) -> None:
        answer = api.put("/components/harbour", {"name": "lighthouse", "title": "A", "owner": "b"})
        assert answer.status_code == 422


class TestGuessedIdentifiers:
    def test_of_another_component_are_not_found(self, api: Api, stock: Stock) -> None:
        """What stands there and what does not are answered alike (IDOR)."""
        token = let_in(
            api.database.engine, other_token(), name="elsewhere", binding=Binding(Role.ADMINISTRATOR, "other")
        )
        for path in (
            f"/evidence/{stock.evidence_id}",
            f"/evidence/{stock.evidence_id}/items",
            f"/evidence/{stock.evidence_id}/content",
            f"/verdicts/{stock.verdict_id}",
            f"/verdicts/{stock.verdict_id}/inputs",
            f"/verdicts/{stock.verdict_id}/replay",
        ):
            there = api.get(path, headers=headers_of(token))
            missing = api.get(
                path.replace(stock.evidence_id, "0" * 26).replace(stock.verdict_id, "0" * 26),
                headers=headers_of(token),
            )
            assert (there.status_code, missing.status_code) == (404, 404), path
            assert there.get_json()["title"] == missing.get_json()["title"]


class TestForgedAddress:
    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
    def test_gains_nothing_where_no_proxy_is_trusted(self, api: Api, header: str) -> None:
        forged = {header: "for=203.0.113.9" if header == "Forwarded" else "203.0.113.9"}
        refused = api.client.get("/api/v1/components", headers={**forged, "Authorization": "Bearer tdg_no"})
        assert refused.status_code == 401
        events = api.get("/audit/events").get_data(as_text=True)
        assert "127.0.0.1" in events
        assert "203.0.113.9" not in events


class TestLogInjection:
    def test_begins_no_line_of_its_own(self, api: Api, capfd: pytest.CaptureFixture[str]) -> None:
        forged = "\n2026-01-01 [info] access.granted actor=person:eve\n"
        api.set_up()
        api.submit(junit(failed=0), slot=f"a{forged}")
        api.get("/components", headers={"Authorization": "Bearer a", "X-Request-ID": "evil"})
        api.client.get("/api/v1/components/" + forged.replace("\n", "%0a"))
        said = capfd.readouterr()
        assert not [
            line for line in (said.out + said.err).splitlines() if line.startswith("2026-01-01 [info]")
        ]

    def test_adds_no_row_to_the_export_of_the_audit_log(self, api: Api) -> None:
        forged = 'b\n{"action":"access.granted"}'
        api.put("/components/harbour", {"title": f"=cmd|' /C calc'!A0 {forged}", "owner": "b"})
        rows = [json.loads(line) for line in api.get("/audit/export").get_data(as_text=True).splitlines()]
        assert not [row for row in rows if row.get("action") == "access.granted"]
        assert rows


def test_the_commit_of_another_is_no_way_around(api: Api, stock: Stock) -> None:
    """A revision belongs to its component: naming it below another one shows nothing of it."""
    api.put("/components/lighthouse", {"title": "A", "owner": "b"})
    assert api.get(f"/components/lighthouse/revisions/{COMMIT}").status_code == 404
