"""mypy's text: diagnostics, and the summary line without which nothing is believed."""

from __future__ import annotations

import re

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.lines import looks_like, read_all_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "mypy-text"

_DIAGNOSTIC = re.compile(
    r"(?P<path>[^\s:].*?)(?::(?P<line>\d{1,9})(?::\d{1,9}){0,3})?: (?P<level>error|note): "
    r"(?P<message>.*?)(?:  \[(?P<code>[a-z][a-z0-9-]*)\])?"
)
_FOUND = re.compile(
    r"Found (?P<errors>\d{1,9}) errors? in \d+ files? "
    r"\((?:checked (?P<checked>\d{1,9}) source files?|errors prevented further checking)\)"
)
_SUCCESS = re.compile(r"Success: no issues found in (?P<checked>\d{1,9}) source files?")
_CRASH = re.compile(
    r"Traceback \(most recent call last\)|.*\bINTERNAL ERROR\b|usage: mypy |mypy: (?:error|can't)"
)
# mypy itself as the "path" of a message is mypy telling about its call, not about a file.
_ABOUT_ITSELF = "mypy"


class _MypyTextRun:
    """What the lines say about the run: its summaries, and whether it broke."""

    def __init__(self) -> None:
        self.summaries = 0
        self.declared = 0
        self.why_not_checked: str | None = None

    def other(self, number: int, line: str) -> None:
        """Take a line that is no diagnostic; one that tells nothing of the run is passed over."""
        if match := _FOUND.fullmatch(line):
            self.summaries += 1
            self.declared += int(match["errors"])
            if match["checked"] is None:
                self.why_not_checked = "mypy says that errors prevented further checking."
            else:
                self._checked(int(match["checked"]))
        elif match := _SUCCESS.fullmatch(line):
            self.summaries += 1
            self._checked(int(match["checked"]))
        elif _CRASH.match(line):
            self.why_not_checked = f"Line {number} says that mypy itself failed."

    def _checked(self, files: int) -> None:
        if not files:
            self.why_not_checked = "mypy says that it checked no file."

    def why_not(self, listed: int) -> str | None:
        """Say how the report shows that mypy did not do its work, if it does."""
        if self.why_not_checked:
            return self.why_not_checked
        if not self.summaries:
            return (
                "The last line of mypy, `Found ...` or `Success: ...`, is missing: the report may be cut "
                "off. Keep mypy's whole output, without --no-error-summary."
            )
        if self.declared != listed:
            return f"mypy counted {self.declared} errors, but {listed} are listed."
        return None


def _sniff(source: Source) -> bool:
    return looks_like(
        source, lambda line: _DIAGNOSTIC.fullmatch(line) or _FOUND.fullmatch(line) or _SUCCESS.fullmatch(line)
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = _MypyTextRun()
    counts = SeverityCounts()
    diagnostics = 0
    for number, line in read_all_lines(source, limits):
        match = _DIAGNOSTIC.fullmatch(line)
        if match is None or match["path"] == _ABOUT_ITSELF:
            run.other(number, line)
            continue
        diagnostics += 1
        if match["level"] == "note":
            continue
        at = int(match["line"]) if match["line"] else None
        finding = Finding(
            "mypy", match["code"] or "", match["message"], Severity.HIGH, match["path"], at or None
        )
        counts.add(finding.severity)
        if items:
            yield finding
    if not diagnostics and not run.summaries:
        raise Unreadable(
            f"{source.name}: mypy's text holds diagnostics and a last line `Found ...` or `Success: ...`; "
            "none is here. Keep mypy's whole standard output, and look at what it says."
        )
    why_not = run.why_not(counts.total)
    return Reading(
        FORMAT,
        Kind.TYPES,
        "mypy",
        counts.measures(rates=True, tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


READER = Reader(
    format=FORMAT,
    title="mypy text",
    kind=Kind.TYPES,
    source="https://mypy.readthedocs.io/en/stable/command_line.html",
    follows={
        "tool.ran": (
            "False where the summary line is missing, does not agree with the errors listed, says that "
            "errors prevented further checking or that no file was checked, or where mypy itself failed."
        ),
        "findings.total": "Lines `path:line: error: text`; notes explain an error and do not count.",
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
        "Peers count the lines `warning:` and `info:` too; mypy writes neither, so they do not count here.",
        "The summaries of several runs in one file are added up; each run must have its own.",
        "With `--pretty` mypy wraps long messages: the counts hold, fingerprints may differ.",
    ),
)
