"""What npm's audit writes, in both versions, and what it writes when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.supply_chain.npm_audit import READER

ADVISORY = {"source": 7, "name": "ms", "url": "https://github.com/advisories/GHSA-1", "severity": "high"}


def package(name: str = "ms", severity: str | None = "high", via: Any = (ADVISORY,)) -> dict[str, Any]:
    return {"name": name, "severity": severity, "via": list(via), "effects": [], "nodes": []}


def report(*packages: dict[str, Any], total: int = 9, **declared: int) -> dict[str, Any]:
    counts = {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0}
    for each in packages:
        if each["severity"] in counts:
            counts[each["severity"]] += 1
    return {
        "auditReportVersion": 2,
        "vulnerabilities": {each["name"]: each for each in packages},
        "metadata": {
            "vulnerabilities": counts | {"total": len(packages)} | declared,
            "dependencies": {"prod": 1, "dev": 0, "total": total},
        },
    }


def advisory(severity: str | None = "high", module: str = "ms", *ways: str, **more: Any) -> dict[str, Any]:
    findings = [{"version": "2.0.0", "paths": list(ways) or ["ms"]}]
    return {"id": 7, "module_name": module, "severity": severity, "findings": findings, "cves": None} | more


def old(*advisories: dict[str, Any], total: Any = 9, muted: Any = (), **declared: int) -> dict[str, Any]:
    counts = {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0} | declared
    return {
        "actions": [],
        "advisories": {str(number): each for number, each in enumerate(advisories)},
        "muted": list(muted),
        "metadata": {"vulnerabilities": counts, "totalDependencies": total},
    }


class TestVersion2:
    def test_counts_packages_as_npm_does(self) -> None:
        listed = package(), package("winch", via=["ms"]), package("rope", "low", via=[{"source": 8}])
        reading, findings = read(READER, report(*listed))
        assert (reading.ran, reading.tool, reading.kind) == (True, "npm-audit", "dependencies")
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 2,
            "findings.medium": 0,
            "findings.low": 1,
            "findings.info": 0,
            "dependencies.total": 9,
            "dependencies.vulnerable": 3,
        }
        assert [(each.rule, each.path) for each in findings] == [
            ("GHSA-1", "ms"),
            ("ms", "winch"),
            ("npm-8", "rope"),
        ]

    def test_names_a_package_by_all_of_its_advisories(self) -> None:
        other = {"source": 8, "url": "https://github.com/advisories/GHSA-0"}
        _, (finding,) = read(READER, report(package(via=[ADVISORY, other, "debug"])))
        assert finding.rule == "GHSA-0, GHSA-1"

    @pytest.mark.parametrize("word", ["none", "moderate", "info"])
    def test_knows_npms_words(self, word: str) -> None:
        assert measure(READER, report(package(severity=word))).measures["findings.unrated"] == 0

    @pytest.mark.parametrize("word", ["terrible", None])
    def test_another_word_is_unrated(self, word: str | None) -> None:
        measures = measure(READER, report(package(severity=word))).measures
        assert measures["findings.unrated"] == 1 and "findings.high" not in measures

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (report(total=0), "audited no package"),
            (report(package(), high=2), "counted 2 high problem(s) and lists 1"),
            (report(package(), unheard=1), "counted 1 unrated problem(s)"),
            (report(package() | {"severity": "none"}) | {"metadata": None}, "how much npm audited"),
        ],
    )
    def test_is_not_run_where_it_contradicts_itself(self, said: Any, words: str) -> None:
        reading = measure(READER, said)
        assert not reading.ran and words in (reading.why_not or "")

    def test_is_not_run_where_packages_are_missing(self) -> None:
        fewer = report(package(severity="none"))
        fewer["metadata"]["vulnerabilities"]["total"] = 2
        assert "counted 2 vulnerable packages and lists 1" in (measure(READER, fewer).why_not or "")

    def test_is_not_run_where_it_does_not_say_what_it_found(self) -> None:
        cut = report()
        del cut["metadata"]["vulnerabilities"]["total"]
        assert "what it found in all" in (measure(READER, cut).why_not or "")

    def test_a_clean_one_is_clean(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.high"] == 0
        assert "findings.suppressed" not in reading.measures


class TestVersion1:
    def test_counts_advisories_and_holds_the_ways_against_the_totals(self) -> None:
        listed = (
            advisory("high", "ms", "a>ms", "b>ms", github_advisory_id="GHSA-1", cves=["CVE-1"]),
            advisory("moderate", "rope", findings=None, id="x"),
            advisory("low", "ms", findings=[{"version": "1"}, {"version": "2"}]),
        )
        reading, findings = read(READER, old(*listed, muted=[{}], high=2, moderate=1, low=2))
        assert reading.ran, reading.why_not
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.suppressed": 1,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 1,
            "findings.info": 0,
            "dependencies.total": 9,
            "dependencies.vulnerable": 4,
        }
        assert [each.rule for each in findings] == ["CVE-1", "npm-x", "npm-7"]

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (old(total=0), "audited no package"),
            (old(total=None), "does not say how much was audited"),
            (old(advisory("high", "ms", "a"), high=2), "counted 2 high problem(s) and lists 1"),
            (old(high=1), "counted 1 high"),
            ({"advisories": {}, "metadata": {}}, "does not say how much was audited"),
            (
                {"advisories": {}, "metadata": {"vulnerabilities": {}, "totalDependencies": 9}},
                "does not say how much was audited",
            ),
            ({"advisories": {}, "actions": []}, "does not say how much was audited"),
        ],
    )
    def test_is_not_run_where_it_contradicts_itself(self, said: Any, words: str) -> None:
        reading = measure(READER, said)
        assert not reading.ran and words in (reading.why_not or "")

    def test_names_an_advisory_by_what_there_is(self) -> None:
        page = "https://github.com/advisories/GHSA-2/"
        listed = advisory(url=page), advisory(id=None, url="https://x.org/42"), advisory(id=None)
        _, findings = read(READER, old(*listed))
        assert [each.rule for each in findings] == ["GHSA-2", "42", ""]


class TestFailed:
    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"error": {"code": "ENOLOCK", "summary": "No lock.", "detail": ""}}, "(ENOLOCK: No lock.)"),
            ({"error": {"code": "ERR_PNPM_X", "message": "No lock"}}, "(ERR_PNPM_X: No lock)"),
            ({"message": "405 Method Not Allowed", "error": {"summary": "", "detail": ""}}, "(405 Method"),
            ({"error": "broken"}, "(broken)"),
            ({"error": {}}, "(no reason is given)"),
            ({"error": {"summary": "x" * 1000}}, "x" * 300 + ")"),
            (report() | {"error": {"summary": "cut off"}}, "(cut off)"),
        ],
    )
    def test_measures_nothing_and_says_why(self, said: Any, words: str) -> None:
        reading = measure(READER, said)
        assert not reading.ran and reading.measures == {} and words in (reading.why_not or "")


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ({}, "neither `vulnerabilities` nor `advisories`"),
            (report() | {"auditReportVersion": 3}, "version 3 of npm's audit"),
            ({"vulnerabilities": []}, "`$.vulnerabilities`"),
            ({"vulnerabilities": {"ms": {}}}, '`$.vulnerabilities["ms"]`'),
            (report() | {"metadata": {}}, "`$.metadata`"),
            ({"advisories": {"1": {}}, "metadata": {}}, '`$.advisories["1"]`'),
            (report(high=-1), "`$.metadata.vulnerabilities"),
            ('{"auditReportVersion": 2, "vuln', "ends before its JSON does"),
            ("npm warn x\n{}", "a banner or warning was written into it"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: Any, words: str) -> None:
        assert words in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "known",
        [
            report(),
            old(),
            {"actions": [], "advisories": {}},
            {"vulnerabilities": {}, "metadata": {"vulnerabilities": {"moderate": 0, "total": 0}}},
            {"error": {"code": "E", "summary": "", "detail": ""}},
            {"error": {"code": "ERR_PNPM_AUDIT_NO_LOCKFILE", "message": ""}},
        ],
    )
    def test_knows_its_report(self, known: Any) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize(
        "other",
        [
            [],
            {},
            {"advisories": {}},
            {"error": "x"},
            {"error": {"code": 1}},
            {"vulnerabilities": [], "metadata": {}},
            '{"actions":[],"advisories":{},"metadata":{}}\n{"type":"info","data":"No audit suggestions"}\n',
        ],
    )
    def test_claims_no_other(self, other: Any) -> None:
        assert not recognises(READER, other)
