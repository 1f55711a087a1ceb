"""Lines of `go test -json`: one event a line, of packages and of tests."""

from __future__ import annotations

import re

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_guard import check_keys
from tidegate.readers.json_preview import preview
from tidegate.readers.lines import read_all_lines
from tidegate.readers.test_results.go_run import Event, GoRun

FORMAT = "go-test"
_REMAKE = "`go test -json ./... > go-test.json`"
_DECODER = msgspec.json.Decoder(Event)
_TELLING = ('"Action"', '"Package"', '"Test"')
_ESCAPED_KEY = re.compile(r'\\u[^"\\]*"\s*:')
# What the go command says beside the events: nothing of the tests, or that a package was not built.
_CHATTER = re.compile(r"go: (?:downloading|finding|extracting|upgraded|added|warning: ignoring)\b")
_NOT_BUILT = re.compile(r"FAIL\s+(\S+)")


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("Action") and any(seen.has(key) for key in ("Package", "ImportPath", "Test", "Output"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = GoRun(limits, items)
    stray: int | None = None
    for number, line in read_all_lines(source, limits):
        if line.startswith("{"):
            run.take(_decode(source, number, line), number)
        elif line and not line.isspace() and line != "FAIL":
            not_built = _NOT_BUILT.match(line)
            if not_built is not None:
                run.build_failed(not_built[1][: limits.max_text])
            elif stray is None and not _CHATTER.match(line):
                stray = number
        if run.items:
            yield from run.items
            run.items.clear()
    why_not = run.why_not(stray)
    return Reading(
        FORMAT,
        Kind.TESTS,
        "go",
        run.tally.measures(run.packages),
        ran=why_not is None,
        why_not=why_not,
        made_at=run.made_at,
    )


def _decode(source: Source, number: int, line: str) -> Event:
    try:
        # Quotes inside a text are escaped, so that what is counted here are keys.
        if any(line.count(key) > 1 for key in _TELLING) or ("\\u" in line and _ESCAPED_KEY.search(line)):
            check_keys(line.encode(), remake=_REMAKE)
        return _DECODER.decode(line)
    except Unreadable as error:
        raise Unreadable(f"{source.name}, line {number}: {error}") from None
    except (msgspec.MsgspecError, RecursionError):
        raise Unreadable(
            f"{source.name}, line {number}: this is no event of `go test -json`; it may be cut off, or two"
            f" programs wrote into one file. Write it with {_REMAKE}."
        ) from None


READER = Reader(
    format=FORMAT,
    title="go test -json",
    kind=Kind.TESTS,
    source="https://pkg.go.dev/cmd/test2json",
    follows={
        "tool.ran": (
            "False where a package never ended, an action is not known, a line is no event, or nothing was"
            " tested."
        ),
        "tests.total": (
            "Tests and subtests without subtests of their own that ended or were started, tests that failed"
            " although no subtest did, and packages that failed outside their tests."
        ),
        "tests.passed": "Those that ended with `pass`.",
        "tests.failed": "Those that ended with `fail`.",
        "tests.errors": (
            "Tests that were started and never ended, as after a panic, and packages that failed without a"
            " failed test: they were not built, or broke outside a test."
        ),
        "tests.skipped": "Those that ended with `skip`.",
        "tests.suites": "Packages with at least one of these.",
        "tests.duration": "The sum of their `Elapsed`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A test with subtests is counted by them and not beside them, so that one failed subtest is one"
        " failure; gotestsum counts the test as well, and each failure once a level.",
        "A package whose result Go took from its cache counts as tested: Go does that only where nothing that"
        " the tests read has changed.",
        "Benchmarks are no tests: only one that failed counts.",
        "Packages without test files are no suites and no cases.",
        "Go before 1.24 writes `FAIL package [build failed]` as plain text between the events: that counts.",
        "There is no end of the whole report: one that is cut off between two packages looks complete.",
    ),
)
