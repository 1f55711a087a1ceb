"""Reports in a common form: test results as JUnit XML, findings as SARIF 2.1.0, whatever tool wrote them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tidegate.cli.show.sarif import SCHEMA, result_of
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import Case, Finding, Outcome
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.domain.times import write_time
from tidegate.readers.base import Item
from tidegate.readers.findings.sarif_runs import CONVERTER

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error", Outcome.SKIPPED: "skipped"}
_CONVERSION = {"tool": {"driver": {"name": CONVERTER}}}
_DECLARED = {"tests": "total", "failures": "failed", "errors": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class ReadableReport:
    """A report that was read once; `items` reads it again, so that none of its items has to be kept."""

    path: str
    evidence: Evidence
    tool_version: str
    items: Callable[[], Iterator[Item]]


class NotConvertible(Exception):
    """A report that the common form cannot hold without saying more, or less, than the report does."""


def junit_of(reports: Sequence[ReadableReport]) -> Iterator[str]:
    """Write test results as JUnit XML, one `testsuite` a report. Raises `NotConvertible` before anything."""
    for report in reports:
        _require(report, frozenset({Kind.TESTS}), "JUnit XML holds test results")
        if not report.evidence.ran:
            raise NotConvertible(
                f"{report.path}: its tool did not do its work, and JUnit XML cannot say so:"
                f" {report.evidence.why_not}"
            )
    return _junit_of(reports)


def sarif_of(reports: Sequence[ReadableReport]) -> Iterator[str]:
    """Write findings as a SARIF log, a run for each tool. Raises `NotConvertible` before anything."""
    for report in reports:
        _require(report, BY_NAME["findings.total"].kinds, "SARIF holds findings")
    return _sarif_of(reports)


def _require(report: ReadableReport, kinds: frozenset[Kind], holds: str) -> None:
    evidence = report.evidence
    if evidence.unreadable is not None:
        told = evidence.unreadable.removeprefix(f"{report.path}: ")
        raise NotConvertible(f"{report.path}: {told}")
    if not {part.kind for part in evidence.by_tool()} <= kinds:
        raise NotConvertible(
            f"{report.path}: {holds}, and this is evidence of {evidence.kind}: leave it out, or write"
            " --output json."
        )


def _junit_of(reports: Sequence[ReadableReport]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    for report in reports:
        evidence = report.evidence
        measures = evidence.measures
        declared = {name: str(measures.get(f"tests.{of}", 0)) for name, of in _DECLARED.items()}
        if "tests.duration" in measures:
            declared["time"] = _seconds(float(measures["tests.duration"]))
        if evidence.made_at is not None:
            declared["timestamp"] = write_time(evidence.made_at)
        yield f"<testsuite{_attributes({'name': evidence.tool, **declared})}>\n"
        for item in report.items():
            if isinstance(item, Case):
                yield _case(item)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _case(case: Case) -> str:
    named = _attributes({"classname": case.suite, "name": case.name, "time": _seconds(case.duration)})
    element = "flakyFailure" if case.flaky else _ELEMENTS.get(case.outcome)
    if element is None:
        return f"<testcase{named}/>\n"
    said = _attributes({"message": case.detail}) if case.detail else ""
    return f"<testcase{named}><{element}{said}/></testcase>\n"


def _seconds(duration: float) -> str:
    return f"{duration:.6f}".rstrip("0").rstrip(".")


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {name}="{html.escape(_NOT_XML.sub("?", text))}"' for name, text in values.items())


def _sarif_of(reports: Sequence[ReadableReport]) -> Iterator[str]:
    yield f'{{"$schema": "{SCHEMA}", "version": "2.1.0", "runs": ['
    between = ""
    for report in reports:
        for run in _runs(report):
            yield between
            yield from run
            between = ", "
    yield "]}\n"


def _runs(report: ReadableReport) -> Iterator[Iterator[str]]:
    if not report.evidence.runs:
        yield _run(report, report.evidence, lambda finding: True)
    for part in report.evidence.by_tool() if report.evidence.runs else ():
        yield _run(report, part, partial(_is_of, part.tool.casefold()))


def _is_of(tool: str, finding: Finding) -> bool:
    return finding.tool.casefold() == tool


def _run(report: ReadableReport, part: Evidence, belongs: Callable[[Finding], bool]) -> Iterator[str]:
    """Write what one tool found; its rules come last, when they are known."""
    rules: dict[str, None] = {}
    between = ""
    yield '{"results": ['
    for item in report.items():
        if isinstance(item, Finding) and belongs(item):
            # SARIF has three levels; the severity beside them is the report's.
            result = {**result_of(item), "properties": {"severity": str(item.severity)}}
            yield f"{between}\n{_json(result)}"
            between = ","
            if item.rule:
                rules[item.rule] = None
    driver: dict[str, Any] = {"name": part.tool or report.evidence.format}
    if report.tool_version:
        driver["version"] = report.tool_version
    driver["rules"] = [{"id": rule} for rule in sorted(rules)]
    made = {"tool": {"driver": driver}, "invocations": [_invocation(part)], "conversion": _CONVERSION}
    yield f"],\n{_json(made)[1:]}"


def _invocation(part: Evidence) -> dict[str, Any]:
    invocation: dict[str, Any] = {"executionSuccessful": part.ran}
    if not part.ran:
        said = {"level": "error", "message": {"text": part.why_not or "The tool did not do its work."}}
        invocation["toolExecutionNotifications"] = [said]
    return invocation


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
