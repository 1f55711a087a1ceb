"""detect-secrets' baseline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.detect_secrets import READER

HASH = "f97979ff44a9a1a4105f4bae6fe809715e0a0a84"


def secret(**more: Any) -> dict[str, Any]:
    return {
        "type": "Secret Keyword",
        "filename": "settings.py",
        "hashed_secret": HASH,
        "is_verified": False,
        "line_number": 4,
    } | more


def report(*secrets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "version": "1.5.0",
        "plugins_used": [{"name": "KeywordDetector", "keyword_exclude": ""}],
        "filters_used": [],
        "results": {"settings.py": list(secrets)} if secrets else {},
        "generated_at": "2026-01-02T03:04:05Z",
    } | more


class TestFindings:
    def test_have_rule_place_version_and_time_and_no_hash(self) -> None:
        reading, (finding,) = read(READER, report(secret()))
        assert (reading.ran, reading.kind, reading.tool) == (True, "secrets", "detect-secrets")
        assert (reading.tool_version, reading.made_at) == ("1.5.0", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        assert (finding.rule, finding.path, finding.line) == ("Secret Keyword", "settings.py", 4)
        assert finding.severity is Severity.UNRATED and HASH not in repr((reading, finding))

    def test_of_a_slim_baseline_have_no_line(self) -> None:
        slim = secret()
        del slim["line_number"]
        _, (finding,) = read(READER, report(slim))
        assert finding.line is None

    @pytest.mark.parametrize(("is_secret", "counts"), [(False, 0), (True, 1), (None, 1)])
    @pytest.mark.parametrize("is_verified", [False, True])
    def test_count_unless_an_audit_calls_them_none(
        self, is_secret: bool | None, counts: int, is_verified: bool
    ) -> None:
        reading, (finding,) = read(READER, report(secret(is_secret=is_secret, is_verified=is_verified)))
        assert reading.measures == {
            "findings.total": counts,
            "findings.unrated": counts,
            "findings.suppressed": 1 - counts,
        }
        assert finding.suppressed is (counts == 0)

    def test_a_clean_report_measures_zero(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.total"] == 0

    def test_a_name_beyond_the_limit_is_cut(self) -> None:
        _, (finding,) = read(READER, report(secret(type="x" * 99)), Limits(max_text=10))
        assert finding.rule == "x" * 10


class TestNotRun:
    def test_without_a_plugin(self) -> None:
        reading = measure(READER, report(plugins_used=[]))
        assert not reading.ran and "used no plugin" in (reading.why_not or "")


class TestRefused:
    @pytest.mark.parametrize("gone", ["plugins_used", "results"])
    def test_without_what_tells_that_it_looked(self, gone: str) -> None:
        broken = report()
        del broken[gone]
        assert f"missing required field `{gone}`" in refusal(READER, broken)

    @pytest.mark.parametrize("more", [{"type": None}, {"is_secret": "no"}, {"line_number": "4"}])
    def test_an_entry_that_is_none(self, more: dict[str, Any]) -> None:
        message = refusal(READER, report(secret(**more)))
        assert "`$.results[...][0]" in message and HASH not in message


class TestSniff:
    def test_knows_its_report(self) -> None:
        assert recognises(READER, report())

    @pytest.mark.parametrize("other", [[], {}, {"results": {}}, {"plugins_used": []}])
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
