"""GitLab's code quality report: a list of Code Climate issues, which many linters write."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.borrowed_formats import BorrowedRun, owner_of, words
from tidegate.readers.findings.tool_kinds import KIND_OF_TOOL
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

FORMAT = "gitlab-codequality"
_REMAKE = "the tool's GitLab or SARIF output, such as `ruff check --output-format gitlab`"
_SEVERITIES: Mapping[str | None, Severity] = {
    "blocker": Severity.CRITICAL,
    "critical": Severity.CRITICAL,
    "major": Severity.HIGH,
    "minor": Severity.LOW,
    "info": Severity.INFO,
}
_ISSUE = "issue"
# ruff alone repeats its code before the text, gives positions, and has neither a type nor categories.
_RUFF_CODE = re.compile(r"[A-Z]{1,8}\d{3,4}|invalid-syntax|io-error|panic")


class _Begin(msgspec.Struct, gc=False):
    line: int | None = None


class _Positions(msgspec.Struct, gc=False):
    begin: _Begin | None = None


class _CodeQualityLines(msgspec.Struct, gc=False):
    begin: int | _Begin | None = None


class _CodeQualityLocation(msgspec.Struct, gc=False):
    path: str
    lines: _CodeQualityLines | None = None
    positions: _Positions | None = None

    @property
    def line(self) -> int | None:
        """Return the line that the issue begins on; None where there is none."""
        begin = self.positions.begin if self.positions else self.lines.begin if self.lines else None
        line = begin.line if isinstance(begin, _Begin) else begin
        return line if line and line > 0 else None


class _CodeIssue(msgspec.Struct, gc=False):
    description: str
    location: _CodeQualityLocation
    check_name: str | None = None
    fingerprint: str | None = None
    severity: str | None = None
    type: str | None = None
    categories: object = None
    engine_name: str | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return (
        seen.root == "["
        and {"description", "location"} <= seen.inner
        and bool({"fingerprint", "check_name"} & seen.inner)
    )


def _owner(issue: _CodeIssue) -> tuple[str, str]:
    """Tell whose an issue is, and what the tool calls its rule."""
    name = (issue.check_name or "").strip()
    engine = canonical_tool(issue.engine_name or "")
    if engine in KIND_OF_TOOL:
        return engine, name
    if (
        issue.type is None
        and issue.categories is None
        and issue.location.positions is not None
        and _RUFF_CODE.fullmatch(name)
        and issue.description.startswith(f"{name}: ")
    ):
        return "ruff", name
    return owner_of(name)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    run = BorrowedRun()
    strange = ""
    parts = decode(read_text(source, limits, remake=_REMAKE), list[msgspec.Raw], remake=_REMAKE)
    for issue in decode_each(parts, _CodeIssue, remake=_REMAKE, at="$"):
        severity = _SEVERITIES.get(issue.severity, Severity.UNRATED)
        tool, rule = _owner(issue)
        path, text = issue.location.path, issue.description
        if tool == "ruff":
            text = text.removeprefix(f"{rule}: ")
        if issue.type not in (None, _ISSUE):
            strange = strange or str(issue.type)
        counts.add(severity)
        run.add(tool, rule, text, path)
        if items:
            yield Finding(
                tool or FORMAT,
                rule,
                cut(words(tool, rule, text), limits),
                severity,
                path,
                issue.location.line,
                stable=cut(issue.fingerprint or "", limits),
            )
    why_not = run.why_not_checked()
    if strange:
        why_not = f"An entry is of type {strange[:60]!r}, not an issue: nothing says what it means."
    return Reading(
        FORMAT,
        run.kind,
        run.tool or FORMAT,
        counts.measures(tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


READER = Reader(
    format=FORMAT,
    title="GitLab code quality (Code Climate issues)",
    kind=Kind.ANALYSIS,
    source="https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format",
    follows={
        "tool.ran": (
            "False where an issue says that a file was not parsed, by its `check_name` or, without one, by"
            " its"
            " text, and where an entry is of a `type` other than `issue`."
        ),
        "findings.total": "Entries of the list.",
        **RATED_FOLLOWS,
        "findings.critical": "Issues with `severity` `blocker` or `critical`.",
        "findings.high": "Issues with `severity` `major`.",
        "findings.medium": "Always 0 while everything is rated: the format has five other words.",
        "findings.low": "Issues with `severity` `minor`.",
        "findings.info": "Issues with `severity` `info`.",
        "findings.unrated": "Issues with any other `severity`, or none; then no severity is measured.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "Whose a report is follows from `engine_name`, or from a `check_name` that one tool alone writes;"
        " where"
        " nothing tells, or several tools share the report, it is evidence of `analysis`.",
        "Peers rate `critical` high and `major` medium: here a word never means less than it says, and ruff,"
        " ESLint and others write `major` for what their own formats call an error.",
        "An empty list is no format by content, several tools write it: name it, as in"
        " `gitlab-codequality:path`; then it is evidence of `analysis`.",
    ),
)
