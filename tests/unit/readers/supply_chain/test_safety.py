"""Safety's JSON reports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.domain.findings import Severity
from tidegate.readers.supply_chain.safety import READER


def vulnerability(name: str = "1", package: str = "django", **more: Any) -> dict[str, Any]:
    return {"vulnerability_id": name, "package_name": package, "ignored": False} | more


def check(*listed: dict[str, Any], **more: Any) -> dict[str, Any]:
    meta = {
        "safety_version": "2.3.5",
        "api_key": False,
        "packages_found": 2,
        "vulnerabilities_found": len(listed),
    }
    return {
        "report_meta": meta,
        "scanned_packages": {"django": {"name": "django"}, "flask": {"name": "flask"}},
        "vulnerabilities": list(listed),
        "ignored_vulnerabilities": [],
        "remediations": {},
    } | more


def scan(*known: dict[str, Any], authenticated: bool | None = True) -> dict[str, Any]:
    dependency = {
        "name": "django",
        "specifications": [{"raw": "django==4", "vulnerabilities": {"known_vulnerabilities": list(known)}}],
    }
    file = {"location": "requirements.txt", "results": {"dependencies": [dependency]}}
    return {
        "meta": {"authenticated": authenticated, "telemetry": {"safety_version": "3.2.0"}},
        "scan_results": {"projects": [{"files": [file]}], "files": []},
    }


def scored(severity: str | None = None, score: float | None = None) -> dict[str, Any]:
    return {
        "severity": {
            "cvssv2": {"base_score": 5.0},
            "cvssv3": {"base_severity": severity, "base_score": score},
        }
    }


class TestCheck:
    def test_counts_findings_and_packages(self) -> None:
        listed = vulnerability("1", **scored("CRITICAL")), vulnerability("2", **scored(score=7.5))
        reading, findings = read(READER, check(*listed))
        assert (reading.ran, reading.kind, reading.tool_version) == (True, "dependencies", "2.3.5")
        assert reading.measures["findings.critical"] == reading.measures["findings.high"] == 1
        assert (reading.measures["dependencies.total"], reading.measures["dependencies.vulnerable"]) == (2, 1)
        assert (findings[0].rule, findings[0].path) == ("1", "django")

    @pytest.mark.parametrize(
        ("severity", "rated"),
        [
            (scored("HIGH", 1.0), Severity.HIGH),
            (scored("NONE"), Severity.INFO),
            (scored("odd", None), Severity.MEDIUM),  # by CVSS 2
            ({"severity": {"cvssv3": None, "cvssv2": None}}, Severity.UNRATED),
            ({"severity": None}, Severity.UNRATED),
            ({}, Severity.UNRATED),
        ],
    )
    def test_rates_by_cvss_3_then_2_and_never_guesses(self, severity: Any, rated: Severity) -> None:
        reading, findings = read(READER, check(vulnerability(**severity)))
        assert findings[0].severity is rated
        assert ("findings.high" in reading.measures) is (rated is not Severity.UNRATED)

    def test_ignored_ones_are_suppressed_wherever_they_stand(self) -> None:
        report = check(vulnerability(ignored=True), ignored_vulnerabilities=[vulnerability("2")])
        reading, _ = read(READER, report)
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (0, 2)
        assert reading.measures["dependencies.vulnerable"] == 0


UNPINNED = (
    "This vulnerability is being ignored due to the 'ignore-unpinned-requirements' flag (default True). To"
    " change this, set 'ignore-unpinned-requirements' to False under 'security' in your policy file."
)


class TestIgnores:
    @pytest.mark.parametrize("ignored", [{}, False, None])
    def test_an_empty_ignore_ignores_nothing(self, ignored: Any) -> None:
        reading, findings = read(READER, check(vulnerability(ignored=ignored)))
        assert [each.suppressed for each in findings] == [False]
        assert reading.ran and reading.measures["findings.total"] == 1

    @pytest.mark.parametrize(
        "by_default",
        [
            {"ignored": True, "ignored_reason": UNPINNED},
            {"ignored": True, "ignored_reason": "Ignored environment by rule in policy file."},
            {"ignored": True, "ignored_reason": None, "analyzed_version": None},
            {"ignored": {"reason": UNPINNED, "expires": None}},
            {"ignored": {"code": "environment-dependency", "reason": None}},
            {"ignored": {"code": "unpinned_specification"}},
        ],
    )
    def test_what_safety_ignores_by_itself_counts(self, by_default: dict[str, Any]) -> None:
        report = check(ignored_vulnerabilities=[vulnerability(**by_default)])
        reading, findings = read(READER, report)
        assert [each.suppressed for each in findings] == [False]
        assert reading.measures["findings.total"] == reading.measures["dependencies.vulnerable"] == 1

    @pytest.mark.parametrize(
        "decided",
        [
            {"ignored": True, "ignored_reason": "We do not use this feature.", "analyzed_version": None},
            {"ignored": True, "ignored_reason": "", "analyzed_version": "1.0"},
            {"ignored": True, "ignored_reason": "Ignored by severity rule in policy file, 3.0 < 7.0"},
            {"ignored": {"code": "manual", "reason": "not reachable"}},
        ],
    )
    def test_what_somebody_decided_is_suppressed(self, decided: dict[str, Any]) -> None:
        reading, _ = read(READER, check(ignored_vulnerabilities=[vulnerability(**decided)]))
        assert (reading.measures["findings.total"], reading.measures["findings.suppressed"]) == (0, 1)

    @pytest.mark.parametrize(
        ("ignored", "suppressed"),
        [
            ({"code": "manual", "reason": "x"}, True),
            ({"code": "cvss-severity"}, True),
            ({"code": "unpinned-specification", "reason": UNPINNED}, False),
            ({"code": "environment-dependency"}, False),
            ({}, False),
            (None, False),
        ],
    )
    def test_a_scan_tells_them_apart_by_their_code(self, ignored: Any, suppressed: bool) -> None:
        _, findings = read(READER, scan({"id": "1", "ignored": ignored}))
        assert [each.suppressed for each in findings] == [suppressed]

    def test_ignored_ones_that_are_not_listed_mean_that_the_report_was_cut(self) -> None:
        report = check()
        report["report_meta"]["vulnerabilities_ignored"] = 2
        assert "ignored 2 vulnerabilities and does not list them" in (measure(READER, report).why_not or "")


class TestScan:
    def test_counts_known_vulnerabilities_unrated(self) -> None:
        ignored = {"id": "2", "ignored": {"code": "policy", "reason": None, "expires": None}}
        reading, findings = read(READER, scan({"id": "1", "vulnerable_spec": "<5"}, ignored))
        assert [each.suppressed for each in findings] == [False, True]
        assert reading.ran and reading.tool_version == "3.2.0"
        assert reading.measures == {
            "findings.total": 1,
            "findings.unrated": 1,
            "findings.suppressed": 1,
            "dependencies.total": 1,
            "dependencies.vulnerable": 1,
        }

    @pytest.mark.parametrize("authenticated", [False, None])
    def test_unauthenticated_means_not_run(self, authenticated: bool | None) -> None:
        assert "not authenticated" in (measure(READER, scan(authenticated=authenticated)).why_not or "")

    def test_no_package_means_not_run(self) -> None:
        empty = scan() | {"scan_results": {"files": [], "projects": []}}
        assert "no package" in (measure(READER, empty).why_not or "")


class TestNotRun:
    @pytest.mark.parametrize(
        ("report", "why"),
        [
            ({"vulnerabilities": [], "scan_type": "safety", "error": "failed"}, "carries an error"),
            ({"skipped": True, "reason": "authentication_required"}, "did not run: authentication_required"),
            (check(scanned_packages={}), "no package"),
            (check(scanned_packages=None), "which packages were scanned"),
            ({"remediations": {}, "report_meta": {}}, "no `vulnerabilities`"),
            ({"vulnerabilities": []}, "which packages were scanned"),
        ],
    )
    def test_says_why(self, report: Any, why: str) -> None:
        reading = measure(READER, report)
        assert not reading.ran and why in (reading.why_not or "")

    def test_declared_and_listed_must_agree(self) -> None:
        report = check()
        report["report_meta"]["vulnerabilities_found"] = 3
        assert "found 3 vulnerabilities and lists 0" in (measure(READER, report).why_not or "")

    def test_no_package_found(self) -> None:
        report = check()
        report["report_meta"]["packages_found"] = 0
        assert not measure(READER, report).ran


class TestUnreadable:
    def test_a_banner_before_the_report(self) -> None:
        data = b'DEPRECATED: this command\n\n{"report_meta": {}, "vulnerabilities": []}'
        assert READER.sniff(source(data))
        assert "--save-json" in refusal(READER, data)

    def test_the_list_of_safety_1(self) -> None:
        assert "expected `object`, got `array`" in refusal(READER, [["django", "<4", "3.9", "text", "1"]])


class TestCommit:
    def test_is_the_one_that_was_checked_out(self) -> None:
        meta = check()["report_meta"]
        assert measure(READER, check(report_meta=meta | {"git": {"commit": "f" * 40}})).commits == ("f" * 40,)
        assert measure(READER, check(report_meta=meta | {"git": {"commit": ""}})).commits == ()
        assert measure(READER, check()).commits == measure(READER, scan()).commits == ()


class TestSniff:
    @pytest.mark.parametrize(
        "report",
        [
            check(),
            scan(),
            {"scan_type": "safety"},
            {"skipped": True, "reason": "authentication_required"},
        ],
    )
    def test_knows_its_reports(self, report: Any) -> None:
        assert READER.sniff(source(report))

    @pytest.mark.parametrize(
        "report",
        [
            [],
            {},
            {"report_meta": {}},
            {"meta": {}},
            {"vulnerabilities": []},
            {"skipped": True, "reason": "x"},
        ],
    )
    def test_claims_no_other_report(self, report: Any) -> None:
        assert not READER.sniff(source(report))
