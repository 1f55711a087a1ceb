"""tfsec's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.findings.tfsec import READER


def result(severity: str = "HIGH", **more: Any) -> dict[str, Any]:
    return {
        "rule_id": "AVD-AWS-0088",
        "long_id": "aws-s3-enable-bucket-encryption",
        "rule_description": "Unencrypted S3 bucket.",
        "rule_provider": "aws",
        "rule_service": "s3",
        "description": "Bucket does not have encryption enabled",
        "severity": severity,
        "warning": False,
        "status": 0,
        "resource": "aws_s3_bucket.b",
        "location": {"filename": "/src/main.tf", "start_line": 4, "end_line": 9},
    } | more


class TestFindings:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("CRITICAL", Severity.CRITICAL),
            ("HIGH", Severity.HIGH),
            ("MEDIUM", Severity.MEDIUM),
            ("LOW", Severity.LOW),
            ("ERROR", Severity.UNRATED),
            ("", Severity.UNRATED),
        ],
    )
    def test_are_rated_by_tfsecs_words(self, word: str, severity: Severity) -> None:
        reading, (finding,) = read(READER, {"results": [result(word)]})
        assert (reading.ran, reading.kind, reading.tool) == (True, "sast", "tfsec")
        assert finding.severity is severity

    def test_have_rule_place_and_message(self) -> None:
        _, (finding, other) = read(READER, {"results": [result(), result(long_id="", description="")]})
        assert (finding.rule, finding.path, finding.line) == (
            "aws-s3-enable-bucket-encryption",
            "/src/main.tf",
            4,
        )
        assert finding.message == "Bucket does not have encryption enabled"
        assert (other.rule, other.message) == ("AVD-AWS-0088", "Unencrypted S3 bucket.")

    def test_about_secrets_hold_nothing_of_them(self) -> None:
        found = result(long_id="general-secrets-no-plaintext-exposure", description="It is hunter2.")
        _, (finding,) = read(READER, {"results": [found]})
        assert "hunter2" not in repr(finding)

    @pytest.mark.parametrize(("status", "total", "suppressed"), [(0, 1, 0), (1, 0, 0), (2, 0, 1), (3, 1, 0)])
    def test_count_by_their_status(self, status: int, total: int, suppressed: int) -> None:
        reading, findings = read(READER, {"results": [result(status=status)]})
        assert reading.measures["findings.total"] == total and len(findings) == total + suppressed
        assert reading.measures.get("findings.suppressed", 0) == suppressed

    @pytest.mark.parametrize("results", [None, []])
    def test_a_clean_report_measures_zero(self, results: object) -> None:
        reading = measure(READER, {"results": results})
        assert reading.ran and reading.measures["findings.total"] == reading.measures["findings.high"] == 0


class TestRefused:
    @pytest.mark.parametrize(
        ("report", "words"),
        [
            ({"results": [], "errors": []}, "unknown field `errors`"),
            ({}, "missing required field `results`"),
            ({"results": [result(long_id="", rule_id="")]}, "Result 1 of the report names no rule"),
            ({"results": [{"rule_id": "a", "severity": "LOW"}]}, "missing required field `location`"),
        ],
    )
    def test_what_is_no_whole_report_of_tfsec(self, report: object, words: str) -> None:
        assert words in refusal(READER, report)


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert recognises(READER, {"results": [result()]})
        assert not any(
            recognises(READER, one) for one in ([], {}, {"results": None}, {"results": [{"a": 1}]})
        )
