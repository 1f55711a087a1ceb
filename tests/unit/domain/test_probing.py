"""What answers to probes mean: nothing that is not understood counts as healthy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tidegate.domain.contracts import BodyFormat, PathCheck
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.probing import (
    CheckReading,
    ProbeAnswer,
    ProbeFailure,
    ProbeOutcome,
    combine,
    first_there,
    read_answer,
)

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
JSON = "application/json"


def read(body: bytes, *, kind: str = JSON, status: int = 200, **check: Any) -> CheckReading:
    return read_answer(PathCheck("/health", **check), ProbeAnswer(status, kind, body, 0.01))


class TestAnswers:
    @pytest.mark.parametrize(
        ("body", "kind", "status", "state", "reason"),
        [
            (b'{"status": "pass"}', JSON, 200, "pass", ""),
            (b'{"status": "fail"}', JSON, 200, "fail", "it says 'fail'"),
            (b'{"status": "ok"}', "text/plain", 200, "pass", ""),
            (b'{"status": "ok"', JSON, 200, "unknown", "no JSON object"),
            (b'{"status": "fail", "status": "ok"}', JSON, 200, "unknown", "no JSON object"),
            (b'{"status": "ok", "x": NaN}', JSON, 200, "unknown", "no JSON object"),
            (b'{"status": "ok"', "text/plain", 200, "unknown", "no word for health"),
            (b"[" * 100_000, JSON, 200, "unknown", "no JSON object"),
            (b"\xff\xfe", JSON, 200, "unknown", "no JSON object"),
            (b'"ok"', JSON, 200, "unknown", "no JSON object"),
            (b"OK\n", "text/plain", 200, "pass", ""),
            (b"degraded", "text/plain", 200, "warn", "'degraded'"),
            (b"hello", "text/plain", 200, "unknown", "no word for health"),
            (b"", "", 200, "unknown", "its body is empty"),
            (b"<h1>ok</h1>", "text/html; charset=utf-8", 200, "unknown", "a web page"),
            (b'{"status": "down"}', JSON, 503, "fail", "it answered 503, not 200; it says 'down'"),
            (b"oops", "text/plain", 500, "fail", "it answered 500, not 200"),
            (b"", "", 302, "fail", "it redirects (302)"),
            (b"", "", 429, "unknown", "asked too often"),
            (b"", "", 204, "fail", "it answered 204, not 200"),
        ],
    )
    def test_mean(self, body: bytes, kind: str, status: int, state: str, reason: str) -> None:
        found = read(body, kind=kind, status=status)
        assert found.state == state
        assert reason in found.reason

    def test_that_did_not_come_are_failures(self) -> None:
        found = read_answer(PathCheck("/health"), ProbeFailure("it took too long", 10.0))
        assert (found.state, found.reason, found.status) == (HealthState.FAIL, "it took too long", None)

    def test_count_by_their_status_alone_where_the_contract_says_so(self) -> None:
        check: dict[str, Any] = {"format": BodyFormat.STATUS, "statuses": frozenset({204})}
        assert read(b"", status=204, **check).state is HealthState.PASS
        assert read(b'{"status": "fail"}', status=200, **check).state is HealthState.FAIL

    def test_are_json_where_the_contract_says_so(self) -> None:
        assert read(b"ok", kind="text/plain", format=BodyFormat.JSON).state is HealthState.UNKNOWN
        assert read(b'{"a": "ok"}', kind="x/y", state=("a",)).state is HealthState.PASS
        assert read(b'{"status": "ok"}', format=BodyFormat.TEXT).state is HealthState.UNKNOWN

    def test_say_nothing_of_health_where_the_contract_wants_their_facts_alone(self) -> None:
        found = read(b'{"version": "2", "status": "odd"}', kind="x/y", format=BodyFormat.FACTS)
        assert (found.state, found.facts) == (HealthState.PASS, {"version": "2"})
        assert read(b"[]", format=BodyFormat.FACTS).state is HealthState.UNKNOWN
        assert read(b'{"version": "2"}', status=500, format=BodyFormat.FACTS).state is HealthState.FAIL

    def test_bring_facts_whatever_their_status(self) -> None:
        found = read(b'{"status": "down", "version": "2"}', status=503)
        assert found.facts == {"version": "2"}

    def test_of_paths_that_are_not_there_say_so(self) -> None:
        assert not read(b"", status=404).there
        assert read(b"", status=404, statuses=frozenset({404})).there
        missing, odd, fine = read(b"", status=404), read(b"", kind="text/html"), read(b"ok", kind="")
        assert first_there([missing, odd, fine]) is fine
        assert first_there([missing, odd]) is odd
        assert first_there([missing]) is None


class TestTargets:
    def test_are_as_bad_as_their_worst_path(self) -> None:
        fine = CheckReading("/a", HealthState.PASS, "", 0.2, 200, facts={"version": "1"}, retry_after=3.0)
        end = datetime(2027, 1, 1, tzinfo=UTC)
        bad = CheckReading("/b", HealthState.FAIL, "down", 0.1, 503, tls_expires_at=end)
        found = combine([fine, bad], AT)
        assert (found.state, found.reason, found.path, found.latency_ms) == (
            HealthState.FAIL,
            "down",
            "/b",
            200,
        )
        assert found.retry_after == 3.0
        assert found.facts == {
            "version": "1",
            "health.state": "fail",
            "http.status": 503,
            "tls.expires_at": "2027-01-01T00:00:00Z",
        }

    def test_that_answer_nothing_have_no_status(self) -> None:
        found = combine([CheckReading("/a", HealthState.FAIL, "it took too long", 10.0)], AT)
        assert not found.answered
        assert found.facts == {"health.state": "fail"}

    def test_have_changed_where_they_were_otherwise_before(self) -> None:
        reading = combine([CheckReading("/a", HealthState.PASS, "", 0.1, 200)], AT)
        subject = FactSubject("harbour", "production")
        assert ProbeOutcome(subject, reading, None, 1, AT).changed
        assert not ProbeOutcome(subject, reading, HealthState.PASS, 2, AT).changed
