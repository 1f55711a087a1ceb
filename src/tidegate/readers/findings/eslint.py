"""ESLint's JSON: the list of `json`, and the object of `json-with-metadata`; every file with its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.eslint_words import is_of_checked_file
from tidegate.readers.findings.secret_words import first_line, without_secret
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

FORMAT = "eslint-json"
_REMAKE = "`npx eslint . --format json --output-file eslint.json`"
_SEVERITIES: Mapping[object, Severity] = {2: Severity.HIGH, 1: Severity.MEDIUM}


class _ESLintMessage(msgspec.Struct, gc=False):
    message: str | None
    ruleId: str | None = None
    severity: int | str | None = None
    fatal: bool | None = None
    line: int | None = None

    @property
    def is_error(self) -> bool:
        """Tell whether ESLint counts it in `errorCount`."""
        return bool(self.fatal) or self.severity == 2

    @property
    def says_not_checked(self) -> bool:
        """Tell whether the message says that its file was not checked."""
        if not self.ruleId and is_of_checked_file(self.message or ""):
            return False  # ESLint 10 calls some of these fatal, and goes on
        return bool(self.fatal) or not self.ruleId

    @property
    def text(self) -> str:
        """Return the message without what it copies of the source."""
        text = self.message or ""
        return first_line(text) if self.fatal or not self.ruleId else without_secret(text)


class _ESLintFile(msgspec.Struct, gc=False):
    filePath: str
    messages: list[_ESLintMessage]
    errorCount: int
    warningCount: int
    suppressedMessages: list[_ESLintMessage] | None = None
    fatalErrorCount: int | None = None
    output: object = msgspec.UNSET  # the source as `--fix` changed it


class _WithMetadata(msgspec.Struct):
    results: list[msgspec.Raw]


class _ESLintRun:
    """What the files say of the run."""

    def __init__(self) -> None:
        self.counts = SeverityCounts()
        self.files = 0
        self.tells_suppressed = True
        self.not_checked = 0
        self.first_not_checked = ""
        self.contradiction = ""
        self.fixed = 0
        self.first_fixed = ""

    def add(self, file: _ESLintFile) -> None:
        """Count what was found in one file, and compare it with what ESLint counted there."""
        self.files += 1
        if file.suppressedMessages is None:
            self.tells_suppressed = False
        errors = fatal = skipped = 0
        for message in file.messages:
            self.counts.add(_severity(message))
            errors += message.is_error
            fatal += bool(message.fatal)
            skipped += message.says_not_checked
            if message.says_not_checked and not self.first_not_checked:
                text = (message.text or "no text")[:100].rstrip(".")
                self.first_not_checked = f"{file.filePath}: {text}."
        self.not_checked += bool(skipped)
        if file.output is not msgspec.UNSET:
            self.fixed += 1
            self.first_fixed = self.first_fixed or file.filePath
        self.counts.suppressed += len(file.suppressedMessages or ())
        listed = (errors, len(file.messages) - errors, fatal)
        declared = (file.errorCount, file.warningCount, file.fatalErrorCount)
        if any(said not in (None, count) for said, count in zip(declared, listed, strict=True)):
            self.contradiction = self.contradiction or (
                f"ESLint counted {file.errorCount} errors and {file.warningCount} warnings in {file.filePath}"
                f" and lists {listed[0]} and {listed[1]}: the report was filtered or edited."
            )

    def why_not(self) -> str | None:
        """Say how the report shows that ESLint did not do its work, if it does."""
        if not self.files:
            return (
                "ESLint lists every file that it checks, and lists none: give it the folder of the sources."
            )
        if self.not_checked:
            return (
                f"ESLint did not check {self.not_checked} file(s), the first is {self.first_not_checked}"
                " Repair it, or exclude it (`--no-warn-ignored` leaves out what the configuration ignores)."
            )
        if self.fixed:
            return (
                f"ESLint fixed {self.fixed} file(s), the first is {self.first_fixed}, so this is not the"
                " state of the commit: check without `--fix` and `--fix-dry-run`."
            )
        return self.contradiction or None


def _severity(message: _ESLintMessage) -> Severity:
    return _SEVERITIES.get(message.severity, Severity.UNRATED)


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        # textlint and secretlint write files with messages as well, and count nothing. The counts stand
        # behind the messages of a file, which may be more than the head holds.
        counts = "errorCount" in seen.inner or source.size > len(source.head)
        return counts and {"filePath", "messages"} <= seen.inner
    return seen.has("results", "metadata") and bool({"filePath", "rulesMeta"} & seen.inner)


def _files(source: Source, limits: Limits) -> Iterator[_ESLintFile]:
    data = read_text(source, limits, remake=_REMAKE)
    if data.lstrip().startswith(b"{"):
        parts, at = decode(data, _WithMetadata, remake=_REMAKE).results, "$.results"
    else:
        parts, at = decode(data, list[msgspec.Raw], remake=_REMAKE), "$"
    yield from decode_each(parts, _ESLintFile, remake=_REMAKE, at=at)


def _findings(file: _ESLintFile, limits: Limits) -> Iterator[Finding]:
    for suppressed, messages in ((False, file.messages), (True, file.suppressedMessages or ())):
        for message in messages:
            text = cut(message.text, limits)
            line = message.line if message.line and message.line > 0 else None
            rule = message.ruleId or ""
            yield Finding("eslint", rule, text, _severity(message), file.filePath, line, suppressed)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = _ESLintRun()
    for file in _files(source, limits):
        run.add(file)
        if items:
            yield from _findings(file, limits)
    measures = run.counts.measures(tells_suppressed=run.tells_suppressed and run.files > 0)
    why_not = run.why_not()
    return Reading(FORMAT, Kind.LINT, "eslint", measures, ran=why_not is None, why_not=why_not)


READER = Reader(
    format=FORMAT,
    title="ESLint JSON (json and json-with-metadata)",
    kind=Kind.LINT,
    source="https://eslint.org/docs/latest/use/formatters/#json",
    follows={
        "tool.ran": (
            "False where a file was not parsed (`fatal`) or was ignored, where `errorCount`, `warningCount`"
            " or `fatalErrorCount` of a file differ from its messages, where ESLint fixed a file (`output`),"
            " or where no file is listed."
        ),
        "findings.total": "Entries of `messages` of all files.",
        **RATED_FOLLOWS,
        "findings.critical": "Always 0 while everything is rated.",
        "findings.high": "Messages with `severity` 2 (error).",
        "findings.medium": "Messages with `severity` 1 (warning).",
        "findings.unrated": "Messages with any other `severity`, or none.",
        "findings.suppressed": "Entries of `suppressedMessages`; not measured where a file has no such list.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "An empty list is no format by content, several tools write it; named as ESLint's it says that no"
        " file was checked, because ESLint lists clean files too.",
        "A message without a rule says that its file was not parsed or was ignored, so it was not checked;"
        " those about unused directives and inline configuration are findings alone.",
        "What ESLint fixed with `--fix` is fixed in the checkout alone: such a report is not of the commit.",
        "Of a message without a rule the first line is kept: Babel's parser copies the source below it. What"
        " `no-secrets` found is not kept.",
        "A message without a known severity counts, unrated: one peer counts it, another drops it.",
    ),
)
