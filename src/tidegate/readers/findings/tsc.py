"""tsc's text: the errors of the TypeScript compiler, and statistics that show its work."""

from __future__ import annotations

import re

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.tsc_codes import NOT_PARSED
from tidegate.readers.jsons import cut
from tidegate.readers.lines import looks_like, read_all_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "tsc"
_REMAKE = "`npx tsc --noEmit --pretty false --diagnostics > tsc.txt`"

_SAID = r"(?P<level>error|warning|message|suggestion) TS(?P<code>\d{1,6}): (?P<message>.*)"
_PLAIN = re.compile(rf"(?P<path>[^\s(].*?)\((?P<line>\d{{1,9}}),\d{{1,9}}\): {_SAID}")
_PRETTY = re.compile(rf"(?P<path>\S.*?):(?P<line>\d{{1,9}}):\d{{1,9}} - {_SAID}")
_GLOBAL = re.compile(_SAID)
_CONFIGURATION = re.compile(r"(?:.*[/\\])?[jt]sconfig[\w.-]*\.json")
_FOUND = re.compile(r"Found (?P<errors>\d{1,9}) errors?(?: in .*|\.)")  # with --pretty alone
_STATISTIC = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z/ ]{2,40}(?:\([\w ]+\))?):\s+(?P<number>\d+(?:\.\d+)?)[Ks%]?"
)
_SEVERITIES = {"error": Severity.HIGH, "warning": Severity.MEDIUM}
_FIRST_STATISTIC = "Files"
_LAST_STATISTIC = "Total time"
_CHECK_TIME = "Check time"


class _TscRun:
    """What the lines say of the run."""

    def __init__(self) -> None:
        self.counts = SeverityCounts()
        self.errors = 0
        self.pretty = False
        self.declared: int | None = None
        self.begun = 0
        self.ended = 0
        self.checked = 0
        self.no_file = False
        self.not_started = ""
        self.not_parsed = ""
        self.unread: tuple[int, str] | None = None

    def diagnostic(self, found: re.Match[str], path: str) -> Severity:
        """Count an error."""
        severity = _SEVERITIES.get(found["level"], Severity.INFO)
        self.counts.add(severity)
        self.errors += found["level"] == "error"
        if not path or _CONFIGURATION.fullmatch(path):
            self.not_started = self.not_started or f"TS{found['code']}: {found['message'][:150].rstrip('.')}"
        elif int(found["code"]) in NOT_PARSED:
            self.not_parsed = self.not_parsed or path
        return severity

    def other(self, number: int, line: str) -> None:
        """Take a line that is no error."""
        if not line or line[:1].isspace():
            return  # goes on with what the line before began
        if found := _STATISTIC.fullmatch(line):
            self._statistic(found["name"], float(found["number"]))
        elif found := _FOUND.fullmatch(line):
            self.declared = (self.declared or 0) + int(found["errors"])
        elif not self.pretty and self.unread is None:
            self.unread = number, line

    def _statistic(self, name: str, number: float) -> None:
        if name == _FIRST_STATISTIC:
            self.begun += 1
            self.no_file = self.no_file or not number
        elif name == _LAST_STATISTIC:
            self.ended += 1
        elif name == _CHECK_TIME:
            self.checked += number > 0

    def why_not(self) -> str | None:
        """Say how the report shows that tsc did not do its work, if it does."""
        if self.not_started:
            return f"tsc says of its call or configuration, not of a source: {self.not_started}."
        if self.not_parsed:
            return (
                f"tsc could not parse {self.not_parsed}, and checks no types before every file is parsed:"
                f" repair"
                " or exclude it."
            )
        if self.unread is not None:
            return (
                f"Line {self.unread[0]} is none that tsc writes, it may have failed: keep its standard output"
                f" alone, as with {_REMAKE}."
            )
        if self.declared is not None and self.declared != self.errors:
            return f"tsc counted {self.declared} errors, but {self.errors} are listed."
        if self.begun != self.ended or self.no_file:
            return "tsc's statistics are cut off, or tell of no file."
        if self.begun and not self.errors and self.checked < self.begun:
            return (
                "tsc's statistics tell of no time to check types: run it without --noCheck, and with"
                " --incremental false."
            )
        return None


def _sniff(source: Source) -> bool:
    if looks_like(
        source, lambda line: _PLAIN.fullmatch(line) or _PRETTY.fullmatch(line) or _GLOBAL.fullmatch(line)
    ):
        return True
    head = source.head
    return b"Files:" in head and b"Instantiations:" in head and looks_like(source, _STATISTIC.fullmatch)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = _TscRun()
    for number, line in read_all_lines(source, limits):
        found = _PLAIN.fullmatch(line)
        if found is None and (found := _PRETTY.fullmatch(line)) is not None:
            run.pretty = True
        path = found["path"] if found else ""
        found = found or _GLOBAL.fullmatch(line)
        if found is None:
            run.other(number, line)
            continue
        severity = run.diagnostic(found, path)
        if items:
            at = int(found.groupdict().get("line") or 0) or None
            yield Finding("tsc", f"TS{found['code']}", cut(found["message"], limits), severity, path, at)
    if not run.counts.total and not run.ended:
        raise Unreadable(
            f"{source.name}: no error and no statistics of tsc are here. Keep its standard output alone:"
            f" {_REMAKE}."
        )
    why_not = run.why_not()
    measures = run.counts.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.TYPES, "tsc", measures, ran=why_not is None, why_not=why_not)


READER = Reader(
    format=FORMAT,
    title="tsc text",
    kind=Kind.TYPES,
    source="https://www.typescriptlang.org/docs/handbook/compiler-options.html",
    follows={
        "tool.ran": (
            "False where an error is about the call or the configuration (without a source file, as"
            " TS18003, or"
            " in a `tsconfig.json`), where a file was not parsed, where a line is not tsc's, or where its"
            " number"
            " of errors (`--pretty`) or its statistics (`--diagnostics`) show that something is missing."
        ),
        "findings.total": "Lines `path(line,column): error TS1234: text`, or as `--pretty` writes them.",
        "findings.critical": "Always 0.",
        "findings.high": "Lines with `error`; tsc writes no others.",
        "findings.medium": "Lines with `warning`.",
        "findings.low": "Always 0.",
        "findings.info": "Lines with `message` or `suggestion`.",
        "findings.unrated": "Always 0.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "tsc writes nothing when it finds nothing, and an empty file may as well come from a run that never"
        " started: it is unreadable, also when the format is named. With `--diagnostics` it ends every report"
        " with the number of files and the time that it took to check their types.",
        "tsc checks no types while a file cannot be parsed: the errors of its parser say that it did not"
        " do its"
        " work.",
        "Without `--diagnostics` a report cut off at the end of a line looks complete.",
    ),
)
