"""A verdict as SARIF 2.1.0: a run for the rules that do not hold, and one for each tool with findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tidegate.cli.show.context import ReportContext
from tidegate.domain.asked_items import ReportSummary
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.shown_verdicts import ShownRule, ShownVerdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
    Severity.UNRATED: "warning",
}
_FINGERPRINT = "tidegate/v1"


def sarif(verdicts: Sequence[ShownVerdict], context: ReportContext) -> bytes:
    """Write the log; a finding keeps the fingerprint by which Tidegate knows it again."""
    by_tool: dict[str, list[dict[str, Any]]] = {}
    for report in context.reports:
        for finding in report.findings:
            by_tool.setdefault(finding.tool or "unknown", []).append(_result(finding, report))
    runs = [_gate_run(verdict, context) for verdict in verdicts]
    runs += [_tool_run(tool, results) for tool, results in sorted(by_tool.items())]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(log, indent=1).encode() + b"\n"


def _gate_run(verdict: ShownVerdict, context: ReportContext) -> dict[str, Any]:
    rules = [rule for rule in verdict.rules if not rule.passed]
    described = [
        {"id": rule.rule, "shortDescription": {"text": rule.title}, "fullDescription": {"text": rule.asked}}
        for rule in rules
    ]
    return {
        "tool": {"driver": {"name": "Tidegate", "rules": described}},
        "results": [_gate_result(rule, context) for rule in rules],
        "properties": {"state": verdict.state, "verdict": verdict.digest, "gate": verdict.gate_digest},
    }


def _gate_result(rule: ShownRule, context: ReportContext) -> dict[str, Any]:
    change = f" To pass: {rule.change}." if rule.change else ""
    result: dict[str, Any] = {
        "ruleId": rule.rule,
        "level": "error" if rule.on == "block" else "warning",
        "message": {"text": f"{rule.label}: {rule.reason}{change}"},
        "partialFingerprints": {_FINGERPRINT: rule.rule},
    }
    if context.gate_path:
        result["locations"] = [_location(context.gate_path, context.rule_lines.get(rule.rule))]
    if rule.waiver:
        result["suppressions"] = [{"kind": "external", "justification": rule.reason}]
    return result


def _tool_run(tool: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    rules = sorted({result["ruleId"] for result in results if "ruleId" in result})
    return {
        "tool": {"driver": {"name": tool, "rules": [{"id": rule} for rule in rules]}},
        "results": results,
    }


def _result(finding: Finding, report: ReportSummary) -> dict[str, Any]:
    result = result_of(finding)
    if report.new is not None:
        result["baselineState"] = "new" if (finding.severity, finding.key) in report.new else "unchanged"
    return result


def result_of(finding: Finding) -> dict[str, Any]:
    """Write one finding as a result of a SARIF log."""
    result: dict[str, Any] = {
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message or finding.rule or "The tool gave no message."},
        "partialFingerprints": {_FINGERPRINT: finding.fingerprint},
    }
    if finding.rule:
        result["ruleId"] = finding.rule
    if finding.path:
        result["locations"] = [_location(finding.path, finding.line)]
    if finding.suppressed:
        result["suppressions"] = [{"kind": "external"}]
    return result


def _location(path: str, line: int | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    if line is not None and line > 0:
        place["region"] = {"startLine": line}
    return {"physicalLocation": place}


def _uri(path: str) -> str:
    """Write a path as a URI reference: relative as it is, absolute as `file://`."""
    if "://" in path:
        return path
    slashed = path.replace("\\", "/").removeprefix("./")
    if slashed[1:2] == ":":
        slashed = "/" + slashed
    # A colon in the first part of a relative path would read as a scheme.
    quoted = quote(slashed.encode("utf-8", "surrogatepass"), safe="/")
    return f"file://{quoted}" if slashed.startswith("/") else quoted
