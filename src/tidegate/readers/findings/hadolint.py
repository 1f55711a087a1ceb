"""Hadolint's JSON: one list of what was found in all Dockerfiles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.ruff import why_not_checked
from tidegate.readers.findings.secret_words import first_line
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "hadolint"
_REMAKE = "`hadolint --format json Dockerfile > hadolint.json`"
_NOT_PARSED = "DL1000"
_SEVERITIES: Mapping[str | None, Severity] = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "style": Severity.LOW,
    "info": Severity.INFO,
}


class _Entry(msgspec.Struct, gc=False):
    code: str | None = None
    message: str | None = None
    file: str | None = None
    level: str | None = None
    line: int | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    # ShellCheck writes the same keys and says where a problem ends.
    return (
        seen.root == "["
        and {"code", "file", "level", "line", "message"} <= seen.inner
        and "endLine" not in seen.inner
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    not_parsed: Counter[str] = Counter()
    strange = 0
    parts = decode(read_text(source, limits, remake=_REMAKE), list[msgspec.Raw], remake=_REMAKE)
    for entry in decode_each(parts, _Entry, remake=_REMAKE, at="$"):
        severity = _SEVERITIES.get(entry.level, Severity.UNRATED)
        counts.add(severity)
        strange += None in (entry.code, entry.message, entry.file)
        if entry.code == _NOT_PARSED:
            not_parsed[entry.file or ""] += 1
        if items:
            text = entry.message or ""
            text = cut(first_line(text) if entry.code == _NOT_PARSED else text, limits)
            line = entry.line if entry.line and entry.line > 0 else None
            yield Finding("hadolint", entry.code or "", text, severity, entry.file or "", line)
    why_not = why_not_checked("Hadolint", not_parsed)
    if strange:
        why_not = (
            f"{strange} entries lack `code`, `message` or `file`, which Hadolint always writes: the report"
            f" was"
            f" edited. Write it again with {_REMAKE}."
        )
    measures = counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.LINT, "hadolint", measures, ran=why_not is None, why_not=why_not)


READER = Reader(
    format=FORMAT,
    title="Hadolint JSON",
    kind=Kind.LINT,
    source="https://github.com/hadolint/hadolint#output",
    follows={
        "tool.ran": "False where a Dockerfile was not parsed (DL1000), or an entry is not one of Hadolint's.",
        "findings.total": "Entries of the list.",
        "findings.critical": "Always 0 while everything is rated: Hadolint's worst level is `error`.",
        "findings.high": "Entries with `level` `error`.",
        "findings.medium": "Entries with `level` `warning`.",
        "findings.low": "Entries with `level` `style`.",
        "findings.info": "Entries with `level` `info`.",
        "findings.unrated": "Entries with any other `level`, or none; then no severity is measured.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "`style` is rated low and `info` a remark, as Hadolint's own Code Climate output rates them.",
        "An empty list is no format by content, several tools write it: name it, as in `hadolint:path`."
        " Hadolint's SARIF tells more.",
        "Of DL1000 the first line of the message is kept: below it stands the line that was not parsed.",
        "An entry without a code, a message or a file counts, as peers count it, but Hadolint writes none.",
    ),
)
