"""mypy's JSON lines, as `mypy --output json` writes them: one error a line, and no summary."""

from __future__ import annotations

import re

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_guard import check_keys
from tidegate.readers.json_preview import preview
from tidegate.readers.lines import read_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "mypy-json"
_REMEDY = "Keep the standard output of `mypy --output json` alone."


class _Line(msgspec.Struct, gc=False):
    file: str
    message: str
    severity: str
    line: int | None = None
    code: str | None = None


_DECODER = msgspec.json.Decoder(_Line)
_ESCAPE = re.compile(r'\\["\\]')
# A line as mypy writes it, once its escaped quotes are out of the way: no key can stand in it twice.
_TEXT = '"[^"]*+"'
_AS_WRITTEN = re.compile(
    rf'\{{"file": {_TEXT}, "line": [-\d]++, "column": [-\d]++, "message": {_TEXT},'
    rf' "hint": (?:{_TEXT}|null), "code": (?:{_TEXT}|null), "severity": {_TEXT}\}}'
)


def _sniff(source: Source) -> bool:
    return preview(source).has("file", "line", "message", "severity")


def _decode(source: Source, number: int, line: str) -> _Line:
    try:
        if not _AS_WRITTEN.fullmatch(_ESCAPE.sub("__", line)):
            check_keys(line.encode(), remake="`mypy --output json`")
    except Unreadable as error:
        raise Unreadable(f"{source.name}, line {number}: {error}") from None
    try:
        return _DECODER.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(
            f"{source.name}, line {number}: this is no diagnostic of mypy; it may be cut off, "
            f"or mypy failed. {_REMEDY}"
        ) from error


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    blocked = listed = 0
    for number, line in read_lines(source, limits):
        if not line or line.isspace():
            continue
        said = _decode(source, number, line)
        listed += 1
        if said.severity == "note":
            continue
        finding = Finding(
            "mypy", said.code or "", said.message, Severity.HIGH, said.file, said.line if said.line else None
        )
        blocked += said.code in (None, "syntax")
        counts.add(finding.severity)
        if items:
            yield finding
    if not listed:
        raise Unreadable(
            f"{source.name}: the report is empty. mypy writes the same when it finds nothing and when it "
            "fails; its text (without --output json) ends with `Success: ...` and can be read as mypy-text."
        )
    why_not = f"{blocked} errors prevented mypy from checking further." if blocked else None
    measures = counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.TYPES, "mypy", measures, ran=not blocked, why_not=why_not)


READER = Reader(
    format=FORMAT,
    title="mypy JSON lines",
    kind=Kind.TYPES,
    source="https://mypy.readthedocs.io/en/stable/command_line.html#cmdoption-mypy-O",
    follows={
        "tool.ran": "False where an error is a syntax error or has no code: mypy stops checking after these.",
        "findings.total": "Lines whose `severity` is not `note`.",
        "findings.high": "All of them: mypy knows one severity that counts, `error`, and none milder.",
        "findings.critical": "Always 0.",
        "findings.medium": "Always 0.",
        "findings.low": "Always 0.",
        "findings.info": "Always 0: a note belongs to an error.",
        "findings.unrated": "Always 0.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "There is no summary line in this format, so a clean run and a run that failed write the same empty "
        "file: it is unreadable, also when the format is named. Submit mypy's text, which tells them apart.",
        "For the same reason a report cut off at the end of a line looks complete.",
    ),
)
