"""Examples of the API's documentation: a report that was read, and the answer to its submission."""

from __future__ import annotations

from typing import Any

DIGEST = "sha256:" + "3f" * 32
COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
RUNS: list[dict[str, Any]] = [
    {
        "kind": "sast",
        "tool": "CodeQL",
        "measures": {"findings.total": 2, "findings.high": 1},
        "ran": True,
        "why_not": None,
        "commits": [COMMIT],
    },
    {
        "kind": "dependencies",
        "tool": "Trivy",
        "measures": {"findings.total": 0, "findings.high": 0},
        "ran": False,
        "why_not": "Trivy says that its execution was not successful.",
        "commits": [],
    },
]
EVIDENCE: dict[str, Any] = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c90",
    "digest": DIGEST,
    "size": 50112,
    "slot": "reports/junit.xml",
    "format": "junit",
    "kind": "tests",
    "tool": "pytest",
    "tool_version": "",
    "ran": True,
    "why_not": None,
    "unreadable": None,
    "measures": {"tests.total": 118, "tests.failed": 0},
    "baseline": None,
    "made_at": "2026-11-21T02:26:31.000Z",
    "commits": [],
    "runs": [],
    "taken_at": "2026-11-21T02:26:48.000Z",
    "received_at": "2026-11-21T02:26:49.120Z",
}
RULING: dict[str, Any] = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91",
    "environment": "production",
    "changed": True,
    "verdict": {
        "engine": "4",
        "gate": {"name": "production", "digest": "sha256:" + "a1" * 32},
        "subject": {"component": "harbour", "revision": COMMIT, "environment": "production"},
        "at": "2026-11-21T02:26:49.120Z",
        "state": "pass",
        "faults": [],
        "rules": [
            {
                "rule": "tests-pass",
                "title": "Every test passes",
                "on": "block",
                "state": "pass",
                "found": ["pass"],
                "blocks": False,
                "asked": "tests.failed == 0",
                "account": "tests.failed is 0",
                "measured": {"tests.failed": 0},
                "evidence": [DIGEST],
                "warnings": [],
                "waiver": None,
                "expired_waivers": [],
                "reason": "Tests.failed is 0.",
                "change": None,
            }
        ],
    },
}
SUBMISSION: dict[str, Any] = {"evidence": EVIDENCE, "repeated": False, "verdicts": [RULING]}
REPEATED: dict[str, Any] = {**SUBMISSION, "repeated": True}
FORM: dict[str, Any] = {
    "report": [
        '<testsuite tests="1"><testcase name="it floats"/></testsuite>',
        "src/harbour/radio.py:12:1: F401",
    ],
    "details": {"reports/junit.xml": {"format": "junit", "taken_at": "2026-11-21T02:26:48Z"}},
}
SUBMISSION_OF_REPORTS: dict[str, Any] = {
    "evidence": [
        {**EVIDENCE, "repeated": False},
        {
            **EVIDENCE,
            "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c92",
            "digest": "sha256:" + "4e" * 32,
            "slot": "reports/flake8.txt",
            "format": "flake8",
            "kind": "lint",
            "tool": "flake8",
            "measures": {"findings.total": 0},
            "repeated": False,
        },
    ],
    "verdicts": [RULING],
}
REPEATED_REPORTS: dict[str, Any] = {
    **SUBMISSION_OF_REPORTS,
    "evidence": [{**one, "repeated": True} for one in SUBMISSION_OF_REPORTS["evidence"]],
}
ITEMS: dict[str, Any] = {
    "cases": [
        {
            "suite": "tests.test_berths",
            "name": "test_takes_the_shortest_berth",
            "outcome": "failed",
            "detail": "AssertionError: assert 120 == 60",
        }
    ],
    "findings": [
        {
            "tool": "bandit",
            "rule": "B602",
            "message": "subprocess call with shell=True",
            "severity": "high",
            "path": "src/harbour/radio.py",
            "line": 12,
            "suppressed": False,
        }
    ],
    "more": 3,
    "left_out": {"failed": 3},
}
