"""pylint's text: the default, parseable, colorized and msvs forms, with the rating as its last word."""

from __future__ import annotations

import re

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.pylint_words import (
    FOLLOWS,
    NOTES,
    pylint_finding,
    says_not_checked,
    why_not_checked,
)
from tidegate.readers.lines import looks_like, read_all_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "pylint-text"

_CODE = r"[A-Z]\d{4}"
_SYMBOL = r"\([a-z0-9-]{1,100}\)"
_NUMBER = r"\d{1,9}"
_OBJECT = r"[^\]]{0,500}"  # bounded, so that a hostile line costs no quadratic time
_FORMS = (
    # parseable; without a code where the message has only a symbol, and with a letter alone in old versions
    re.compile(
        r"(?P<path>.+?):(?P<line>\d{1,9}): "
        rf"\[(?:(?P<code>{_CODE})(?:{_SYMBOL})?, {_OBJECT}|{_SYMBOL}, {_OBJECT}|(?P<letter>[A-Z]))\] "
        r"(?P<message>.*)"
    ),
    # the default, and the same with colours
    re.compile(
        rf"(?P<path>.+?):(?P<line>{_NUMBER}):{_NUMBER}: (?P<code>{_CODE}): (?P<message>.*?)(?: {_SYMBOL})?"
    ),
    # msvs
    re.compile(
        rf"(?P<path>.+?)\((?P<line>{_NUMBER})\): \[(?P<code>{_CODE})(?:{_SYMBOL})?{_OBJECT}\] ?"
        r"(?P<message>.*)"
    ),
)
_RATING = re.compile(r"Your code has been rated at -?[0-9.]+/10(?: \(previous run: .*\))?")
_MODULE = re.compile(r"\*{13} Module .+")
_CRASH = re.compile(r"Traceback \(most recent call last\)|usage: pylint |pylint: error|Exception on node ")


def _match(line: str) -> re.Match[str] | None:
    for form in _FORMS:
        if match := form.fullmatch(line):
            return match
    return None


def _finding(match: re.Match[str]) -> Finding:
    groups = match.groupdict()
    code = groups["code"] or groups.get("letter") or ""
    return pylint_finding(code, groups["message"], groups["path"], int(groups["line"]) or None)


def _sniff(source: Source) -> bool:
    return looks_like(source, lambda line: _match(line) or _MODULE.fullmatch(line) or _RATING.fullmatch(line))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    rated = False
    not_checked = 0
    crashed_at: int | None = None
    for number, line in read_all_lines(source, limits):
        match = _match(line)
        if match is None:
            # Copies of code, headings and tables stand between the messages: only what matters is looked for.
            rated = rated or bool(_RATING.fullmatch(line))
            if crashed_at is None and _CRASH.match(line):
                crashed_at = number
            continue
        rated = False  # of a run before, where several share the file: this one has an end of its own
        finding = _finding(match)
        not_checked += says_not_checked(finding.rule)
        counts.add(finding.severity)
        if items:
            yield finding
    if not counts.total and not rated:
        raise Unreadable(
            f"{source.name}: pylint's text holds messages and `Your code has been rated at ...`; none is "
            "here. Keep pylint's whole standard output, without --score=n, and look at what it says."
        )
    why_not = _why_not(rated, not_checked, crashed_at)
    return Reading(
        FORMAT,
        Kind.LINT,
        "pylint",
        counts.measures(rates=True, tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


def _why_not(rated: bool, not_checked: int, crashed_at: int | None) -> str | None:
    if crashed_at is not None:
        return f"Line {crashed_at} says that pylint itself failed."
    if not rated:
        return (
            "The line `Your code has been rated at ...` is missing: the report may be cut off. "
            "Keep pylint's whole output, without --score=n."
        )
    return why_not_checked(not_checked)


READER = Reader(
    format=FORMAT,
    title="pylint text (default, parseable, colorized and msvs)",
    kind=Kind.LINT,
    source="https://pylint.readthedocs.io/en/stable/user_guide/usage/output.html",
    follows={
        "tool.ran": (
            "False where the rating line is missing, where a message is fatal or a syntax error (E0001), "
            "or where pylint itself failed."
        ),
        "findings.total": "Lines of one message each, in any of the forms.",
        **FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        *NOTES,
        "A message without a category (`[(unused-import), ]`) or of an unknown one (`Z9999`) counts, "
        "unrated: one peer counts both, another drops both.",
        "pylint writes nothing without messages and with --score=n: an empty file is unreadable.",
    ),
)
