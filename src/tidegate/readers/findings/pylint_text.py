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
_RATING = re.compile(r"Your code has been rated at (?P<rating>-?[0-9.]{1,20})/10(?: \(previous run: .*\))?")
_MODULE = re.compile(r"\*{13} Module .+")
_FULL_MARKS = "10.00"
_REMAKE = "`pylint --output-format=json2:pylint.json src`"
_CRASH = re.compile(r"Traceback \(most recent call last\)|usage: pylint |pylint: error|Exception on node ")


def _match(line: str) -> re.Match[str] | None:
    for form in _FORMS:
        if match := form.fullmatch(line):
            return match
    return None


class _PylintRun:
    """What the lines say of the run, besides its messages."""

    def __init__(self) -> None:
        self.rated = False
        self.crashed_at: int | None = None
        self.hidden = False
        self._listed = 0  # messages since the last rating
        self._modules = 0  # headings since then: there is one where a module has a message

    def message(self) -> None:
        """Take a message: what was rated before it is another run, and this one has an end of its own."""
        self.rated = False
        self._listed += 1

    def other(self, number: int, line: str) -> None:
        """Take a line that is no message: copies of code, headings and tables stand between them."""
        if _MODULE.fullmatch(line):
            self._modules += 1
        elif rating := _RATING.fullmatch(line):
            self.rated = True
            marked_down = bool(self._modules) or rating["rating"] != _FULL_MARKS
            self.hidden = self.hidden or (marked_down and not self._listed)
            self._listed = self._modules = 0
        elif self.crashed_at is None and _CRASH.match(line):
            self.crashed_at = number

    def why_not(self, not_checked: int) -> str | None:
        """Say how the report shows that pylint did not do its work, or did not list what it found."""
        if self.crashed_at is not None:
            return f"Line {self.crashed_at} says that pylint itself failed."
        if not self.rated:
            return (
                "The line `Your code has been rated at ...` is missing: the report may be cut off. "
                "Keep pylint's whole output, without --score=n."
            )
        if self.hidden:
            return (
                "pylint found something, by its rating or a module's heading, and lists it in a form that is"
                f" not read (--msg-template, `github`): write {_REMAKE}."
            )
        return why_not_checked(not_checked)


def _finding(match: re.Match[str]) -> Finding:
    groups = match.groupdict()
    code = groups["code"] or groups.get("letter") or ""
    return pylint_finding(code, groups["message"], groups["path"], int(groups["line"]) or None)


def _sniff(source: Source) -> bool:
    return looks_like(source, lambda line: _match(line) or _MODULE.fullmatch(line) or _RATING.fullmatch(line))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    run = _PylintRun()
    not_checked = 0
    for number, line in read_all_lines(source, limits):
        match = _match(line)
        if match is None:
            run.other(number, line)
            continue
        run.message()
        finding = _finding(match)
        not_checked += says_not_checked(finding.rule)
        counts.add(finding.severity)
        if items:
            yield finding
    if not counts.total and not run.rated:
        raise Unreadable(
            f"{source.name}: pylint's text holds messages and `Your code has been rated at ...`; none is "
            "here. Keep pylint's whole standard output, without --score=n, and look at what it says."
        )
    why_not = run.why_not(not_checked)
    return Reading(
        FORMAT,
        Kind.LINT,
        "pylint",
        counts.measures(rates=True, tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


READER = Reader(
    format=FORMAT,
    title="pylint text (default, parseable, colorized and msvs)",
    kind=Kind.LINT,
    source="https://pylint.readthedocs.io/en/stable/user_guide/usage/output.html",
    follows={
        "tool.ran": (
            "False where the rating line is missing, where a message is fatal or a syntax error (E0001), "
            "where pylint itself failed, or where a rating or heading speaks of messages that are not read."
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
