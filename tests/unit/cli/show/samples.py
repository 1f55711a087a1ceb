"""Verdicts and report contexts as the tests of outputs need them."""

from __future__ import annotations

from typing import Any

from tidegate.cli.show.context import ReportContext
from tidegate.domain.asked_items import ReportSummary
from tidegate.domain.canonical import Json
from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.domain.shown_verdicts import ShownVerdict


def rule(identity: str = "lint-clean", **more: Json) -> dict[str, Json]:
    """Return a rule's part of a verdict's document; it fails unless told otherwise."""
    return {
        "found": [more.get("state", "fail")],
        "rule": identity,
        "title": "The linter finds nothing",
        "on": "block",
        "state": "fail",
        "blocks": True,
        "asked": "findings.total == 0",
        "account": "findings.total is 0",
        "measured": {"findings.total": 2},
        "evidence": ["sha256:" + "1" * 64],
        "waiver": None,
        "expired_waivers": [],
        "reason": "Required: findings.total is 0. Measured: findings.total is 2.",
        "change": "fix 2 findings",
        **more,
    }


def document(*rules: dict[str, Json], **more: Json) -> dict[str, Any]:
    """Return a verdict's document."""
    return {
        "engine": "4",
        "gate": {"name": "production", "digest": "sha256:" + "2" * 64},
        "subject": {"component": "api", "revision": "8c1f0f6a1f2b3c4d", "environment": "production"},
        "at": "2026-11-21T02:26:48.000Z",
        "state": "fail",
        "faults": [],
        "rules": list(rules or (rule(),)),
        **more,
    }


def shown(*rules: dict[str, Json], **more: Json) -> ShownVerdict:
    """Return a verdict to show."""
    return ShownVerdict.of(document(*rules, **more))


FINDING = Finding("bandit", "B101", "Use of assert, 100% sure", Severity.HIGH, "src/a b.py", 7)
CASE = Case("tests.test_a", "test_one", Outcome.FAILED, detail="assert 1 == 2")


def context(*findings: Finding, cases: tuple[Case, ...] = (), left_out: int = 0) -> ReportContext:
    """Return a context with one report that holds these findings."""
    more: dict[Severity | Outcome | None, int] = {Severity.HIGH: left_out} if left_out else {}
    summary = ReportSummary("reports/lint.txt", "sha256:" + "1" * 64, "lint: flake8", findings, cases, more)
    return ReportContext([summary], {}, "gates/production.yml", {"lint-clean": 4})
