"""ruff's JSON: a list of violations, or one a line, with the severity of newer versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.secret_words import without_secret
from tidegate.readers.json_guard import check_keys
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, load
from tidegate.readers.lines import read_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "ruff-json"
_REMAKE = "`ruff check --output-format=json --output-file=ruff.json`"
_INVALID_SYNTAX = "invalid-syntax"
NOT_CHECKED = frozenset({_INVALID_SYNTAX, "E902", "E999", "io-error", "syntax-error", "panic"})
"""Rules that stand for a file which ruff could not read or parse, or on which it broke off."""
_SEVERITIES: Mapping[str | None, Severity] = {
    "fatal": Severity.CRITICAL,
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "info": Severity.INFO,
}


class _Location(msgspec.Struct, gc=False):
    row: int


class _Violation(msgspec.Struct, gc=False):
    code: str | None
    message: str
    filename: str | None  # of no file with `--preview`, where others write an empty name
    location: _Location | None = None
    severity: str | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    listed = {"code", "filename", "location", "message"} <= seen.inner
    statistics = {"code", "count", "fixable"} <= seen.inner
    return seen.root == "[" and (listed or statistics) or seen.has("code", "filename", "location", "message")


def _violations(source: Source, limits: Limits) -> Iterator[_Violation]:
    if preview(source).root == "{":
        return _lines(source, limits)
    return iter(load(source, limits, list[_Violation], remake=_REMAKE))


def _lines(source: Source, limits: Limits) -> Iterator[_Violation]:
    for number, line in read_lines(source, limits):
        if not line or line.isspace():
            continue
        text = line.encode()
        try:
            check_keys(text, remake=_REMAKE)
            yield decode(text, _Violation, remake=_REMAKE)
        except Unreadable as error:
            raise Unreadable(f"{source.name}, line {number}: {error}") from None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    severities: Counter[str | None] = Counter()
    not_checked: set[str] = set()
    for violation in _violations(source, limits):
        severities[violation.severity] += 1
        if not violation.code or violation.code in NOT_CHECKED:
            not_checked.add(violation.filename or "")
        if items:
            yield Finding(
                "ruff",
                violation.code or _INVALID_SYNTAX,
                cut(without_secret(violation.message), limits),
                _SEVERITIES.get(violation.severity, Severity.UNRATED),
                violation.filename or "",
                violation.location.row if violation.location else None,
            )
    for word, count in severities.items():
        counts.add_several(_SEVERITIES.get(word, Severity.UNRATED), count)
    why_not = why_not_checked("ruff", not_checked)
    measures = counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.LINT, "ruff", measures, ran=why_not is None, why_not=why_not)


def why_not_checked(tool: str, files: Collection[str]) -> str | None:
    """Say why a linter did not do its work, given the files that it could not read or parse."""
    if not files:
        return None
    return (
        f"{tool} could not read or parse {len(files)} file(s), the first is {min(files) or 'unnamed'}:"
        " repair or exclude what it names and run it again."
    )


READER = Reader(
    format=FORMAT,
    title="ruff JSON (json and json-lines)",
    kind=Kind.LINT,
    source="https://docs.astral.sh/ruff/settings/#output-format",
    follows={
        "tool.ran": (
            "False where a file was not read (E902) or parsed (`invalid-syntax`, no code, E999), or ruff"
            " broke off on one (`panic`)."
        ),
        "findings.total": "Entries of the list, or lines.",
        "findings.critical": "Entries with `severity` `fatal`.",
        "findings.high": "Entries with `severity` `error`, which newer versions write for every violation.",
        "findings.medium": "Entries with `severity` `warning`.",
        "findings.low": "Always 0.",
        "findings.info": "Entries with `severity` `info`.",
        "findings.unrated": "Entries without a severity, as older versions write them.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "An empty list is no format by content, several tools write it: name it, as in `ruff-json:path`. "
        "ruff also writes it when it is given no Python file.",
        "json-lines has no end: an empty file is unreadable, and one cut off at the end of a line looks"
        " complete.",
        "What `--statistics` writes has counts in place of violations and is refused: it names no file.",
    ),
)
