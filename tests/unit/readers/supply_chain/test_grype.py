"""Grype's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.measures import Kind
from tidegate.readers.supply_chain.grype import READER

DESCRIPTOR: dict[str, Any] = {
    "name": "grype",
    "version": "0.90.0",
    "timestamp": "2026-01-02T03:04:05.678901234+02:00",
    "db": {"status": {"built": "2026-01-01T00:00:00Z", "valid": True}},
}


def match(
    severity: str | None = "High", name: str = "ms", version: str = "2.0.0", **more: Any
) -> dict[str, Any]:
    found = {"id": "CVE-2026-1", "severity": severity}
    return {"vulnerability": found, "artifact": {"name": name, "version": version, "type": "npm"}} | more


def report(*matches: Any, **more: Any) -> dict[str, Any]:
    return {"matches": list(matches), "source": {}, "distro": {}, "descriptor": DESCRIPTOR} | more


class TestFindings:
    def test_counts_matches_by_severity(self) -> None:
        words = ("Critical", "High", "Medium", "Low", "Negligible")
        reading, findings = read(READER, report(*(match(word) for word in words), match("High", "rope")))
        assert (reading.kind, reading.tool, reading.tool_version) == (Kind.DEPENDENCIES, "grype", "0.90.0")
        assert reading.ran and reading.made_at is not None
        assert reading.made_at.isoformat() == "2026-01-02T01:04:05.678901+00:00"
        assert reading.measures == {
            "findings.total": 6,
            "findings.unrated": 0,
            "findings.suppressed": 0,
            "findings.critical": 1,
            "findings.high": 2,
            "findings.medium": 1,
            "findings.low": 1,
            "findings.info": 1,
            "dependencies.vulnerable": 2,
        }
        first = findings[0]
        assert (first.rule, first.path, first.message) == (
            "CVE-2026-1",
            "ms",
            "ms is affected by CVE-2026-1",
        )

    @pytest.mark.parametrize("word", ["Unknown", "", None, "Terrible"])
    def test_another_word_leaves_all_severities_out(self, word: str | None) -> None:
        measures = measure(READER, report(match(word), match())).measures
        assert measures["findings.unrated"] == 1 and "findings.high" not in measures

    def test_what_was_ignored_is_suppressed(self) -> None:
        reading, findings = read(READER, report(match(), ignoredMatches=[match(name="rope"), match()]))
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (1, 2)
        assert [each.suppressed for each in findings] == [False, True, True]
        assert reading.measures["dependencies.vulnerable"] == 1

    def test_a_new_version_is_the_same_finding(self) -> None:
        _, (one, two) = read(READER, report(match(), match(version="2.0.1")))
        assert one.fingerprint == two.fingerprint

    def test_no_match_is_a_clean_run(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.high"] == 0
        assert "dependencies.total" not in reading.measures


class TestNotRun:
    @pytest.mark.parametrize(
        ("database", "words"),
        [
            ({"error": "checksum mismatch"}, "not valid (checksum mismatch)"),
            ({"error": {"x": 1}}, "not valid:"),
            ({"valid": False}, "not valid:"),
            ({"status": {"valid": False, "error": "stale"}}, "not valid (stale)"),
        ],
    )
    def test_a_database_that_was_not_valid(self, database: Any, words: str) -> None:
        reading = measure(READER, report(match(), descriptor={"name": "grype", "db": database}))
        assert not reading.ran and words in (reading.why_not or "")

    @pytest.mark.parametrize(
        "database",
        [
            None,
            {},
            {"error": None, "built": "x"},
            {"status": {"built": "0001-01-01T00:00:00Z", "valid": True}},
        ],
    )
    def test_no_database_that_anybody_could_have_searched(self, database: Any) -> None:
        for matches in ((), (match(),)):
            reading = measure(READER, report(*matches, descriptor=DESCRIPTOR | {"db": database}))
            assert not reading.ran and "does not say which database" in (reading.why_not or "")

    def test_a_database_of_the_future(self) -> None:
        database = {"built": "2026-01-04T00:00:00Z"}
        reading = measure(READER, report(descriptor=DESCRIPTOR | {"db": database}))
        assert not reading.ran and "built after it was searched" in (reading.why_not or "")

    @pytest.mark.parametrize("descriptor", [None, {"name": "other"}])
    def test_nobody_who_wrote_it(self, descriptor: Any) -> None:
        for matches in ((), (match(),)):
            reading = measure(READER, report(*matches, descriptor=descriptor))
            assert not reading.ran and "does not say that Grype wrote it" in (reading.why_not or "")

    @pytest.mark.parametrize("kind", ["distro-eol", "distro-disabled", "distro-unknown"])
    def test_packages_of_a_distribution_that_is_not_matched(self, kind: str) -> None:
        alert = {"type": kind, "message": "Package is from debian 9"}
        reading = measure(READER, report(match(), alertsByPackage=[{"package": {}, "alerts": [alert]}]))
        assert not reading.ran and "(Package is from debian 9)" in (reading.why_not or "")
        other = [{"alerts": [{"type": "package-deprecated"}]}, {"alerts": None}]
        assert measure(READER, report(match(), alertsByPackage=other)).ran


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ({}, "missing required field `matches`"),
            ({"matches": None}, "`$.matches`"),
            ({"matches": [{"artifact": {"name": "x"}}]}, "`$.matches[0]`"),
            ({"matches": [match() | {"artifact": {}}]}, "`$.matches[0].artifact`"),
            ({"matches": [match(), 1]}, "`$.matches[1]`"),
            ({"matches": [], "ignoredMatches": [{}]}, "`$.ignoredMatches[0]`"),
            ('{"matches": [', "ends before its JSON does"),
            ("", "is empty"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: Any, words: str) -> None:
        assert words in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "known", [report(), {"matches": [], "distro": {}}, {"matches": [match()]}, report(match())]
    )
    def test_knows_its_report(self, known: Any) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize("other", [[], {}, {"matches": []}, {"descriptor": {}}, {"matches": [{"id": 1}]}])
    def test_claims_no_other(self, other: Any) -> None:
        assert not recognises(READER, other)


class TestDatabase:
    @pytest.mark.parametrize("where", ["built", "status"])
    @pytest.mark.parametrize(
        ("built", "ran"), [("2025-12-30T00:00:00Z", True), ("2025-12-01T00:00:00Z", False)]
    )
    def test_that_was_too_old_when_it_was_searched_shows_nothing(
        self, where: str, built: str, ran: bool
    ) -> None:
        database = {"built": built} if where == "built" else {"status": {"built": built, "valid": True}}
        descriptor = {"name": "grype", "timestamp": "2026-01-02T03:04:05Z", "db": database}
        reading = measure(READER, report(descriptor=descriptor))
        assert reading.ran is ran
        assert ran or "a database that was 32 days old" in (reading.why_not or "")

    def test_is_what_a_report_without_a_time_is_as_old_as(self) -> None:
        for version in ({"timestamp": ""}, {"name": ""}):
            reading = measure(READER, report(match(), descriptor=DESCRIPTOR | version))
            assert reading.ran and reading.made_at is not None
        reading = measure(READER, report(descriptor=DESCRIPTOR | {"timestamp": ""}))
        assert str(reading.made_at) == "2026-01-01 00:00:00+00:00"
