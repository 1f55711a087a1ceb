"""Bandit's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.domain.findings import Severity
from tidegate.readers.base import Limits
from tidegate.readers.findings.bandit import READER
from tidegate.readers.findings.sarif import READER as SARIF


def issue(severity: str = "LOW", path: str = "./src/app.py", **more: Any) -> dict[str, Any]:
    return {
        "test_id": "B101",
        "issue_text": "Use of assert detected.",
        "filename": path,
        "issue_severity": severity,
        "issue_confidence": "LOW",
        "line_number": 7,
    } | more


def report(*issues: dict[str, Any], errors: Any = (), **totals: float) -> dict[str, Any]:
    for severity in ("HIGH", "MEDIUM", "LOW", "UNDEFINED"):
        totals.setdefault(severity, sum(each["issue_severity"] == severity for each in issues))
    counts = {f"SEVERITY.{name}": count for name, count in totals.items()}
    metrics = {"_totals": counts | {"loc": 10}, "./src/app.py": counts}
    return {"errors": list(errors), "generated_at": "", "metrics": metrics, "results": list(issues)}


class TestFindings:
    def test_counts_by_severity_whatever_the_confidence(self) -> None:
        reading, findings = read(READER, report(issue("HIGH"), issue("MEDIUM"), issue(), issue()))
        assert reading.ran and reading.why_not is None
        assert reading.measures == {
            "findings.total": 4,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 2,
            "findings.info": 0,
        }
        first = findings[0]
        assert (first.tool, first.rule, first.path, first.line) == ("bandit", "B101", "./src/app.py", 7)

    def test_an_undefined_severity_leaves_all_severities_out(self) -> None:
        reading, _ = read(READER, report(issue("UNDEFINED"), issue("HIGH")))
        assert reading.ran
        assert reading.measures == {"findings.total": 2, "findings.unrated": 1}

    def test_a_clean_report_measures_zero(self) -> None:
        assert measure(READER, report()).measures["findings.high"] == 0

    def test_cuts_a_text_beyond_the_limit(self) -> None:
        _, findings = read(READER, report(issue(issue_text="x" * 100)), Limits(max_text=10))
        assert findings[0].message == "x" * 10

    def test_is_the_same_finding_as_in_bandits_sarif(self) -> None:
        _, (plain,) = read(READER, report(issue(path="./src/a b.py")))
        result = {
            "ruleId": "B101",
            "message": {"text": "Use of assert detected."},
            "level": "note",
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a%20b.py"}}}],
        }
        log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Bandit"}}, "results": [result]}]}
        reading, (sarif,) = read(SARIF, log)
        assert sarif.fingerprint == plain.fingerprint
        assert (sarif.severity, reading.kind) == (plain.severity, "sast") == (Severity.LOW, "sast")


class TestNotRun:
    def test_a_file_that_was_not_scanned_means_not_run(self) -> None:
        errors = [{"filename": "a.py", "reason": "syntax error"}, {"filename": "b.py", "reason": "other"}]
        reading, _ = read(READER, report(issue(), errors=errors))
        assert not reading.ran
        assert "2 file(s), the first is a.py: syntax error" in (reading.why_not or "")

    @pytest.mark.parametrize("totals", [{"LOW": 2}, {"HIGH": 1}, {"LOW": 0, "HIGH": 1}])
    def test_totals_that_contradict_the_list_mean_not_run(self, totals: dict[str, float]) -> None:
        reading, _ = read(READER, report(issue(), **totals))
        assert not reading.ran and "filtered" in (reading.why_not or "")

    def test_no_file_scanned_means_not_run(self) -> None:
        empty = report()
        del empty["metrics"]["./src/app.py"]
        assert "scanned no file" in (measure(READER, empty).why_not or "")
        assert not measure(READER, empty | {"metrics": {}}).ran

    def test_without_metrics_it_is_unreadable(self) -> None:
        assert "missing required field `metrics`" in refusal(READER, {"errors": [], "results": []})

    def test_an_incomplete_result_is_unreadable_with_its_place(self) -> None:
        broken = report(issue())
        del broken["results"][0]["issue_severity"]
        assert "`$.results[0]`" in refusal(READER, broken)


class TestSniff:
    def test_knows_its_report_though_the_results_lie_beyond_the_head(self) -> None:
        assert READER.sniff(source(report()))
        head = b'{"errors": [], "metrics": {"_totals": {"loc": 1}, ' + b'"x": {}, ' * 20_000
        assert READER.sniff(source(head))

    @pytest.mark.parametrize("other", [[], {}, {"results": [], "errors": []}, {"metrics": {}, "errors": []}])
    def test_claims_no_other_report(self, other: object) -> None:
        assert not READER.sniff(source(other))
