"""TAP 12, 13 and 14: what Perl's tests, node's, bats, tape, pgTAP and many others write of a test run."""

from __future__ import annotations

import re

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.test_results.tap_blocks import blocks, lines_of
from tidegate.readers.test_results.tap_run import VERSION, TapRun

FORMAT = "tap"
_SNIFFED_LINES = 200
_CONTAINER = ("{", "[", "<")
# Lines that hardly anything else has. `ok PACKAGE 0.1s` and `ok PACKAGE (cached)` are Go's.
_STRONG = re.compile(
    r"(?:not )?ok(?:\s+\d+(?=[\s#]|$)|\s+-\s|\s*$|\s+#)|1\.\.\d+\s*(?:#|$)|(?i:bail out!)|pragma [+-]\w"
)
_PLAN = re.compile(r"1\.\.\d+\s*(?:#|$)")
_WEAK = re.compile(r"(?:not )?ok\s+\S")


def _sniff(source: Source) -> bool:
    head = source.head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        return False
    lines = [line.strip() for line in head.decode("utf-8-sig", "replace").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")][:_SNIFFED_LINES]
    if not lines or lines[0].startswith(_CONTAINER):
        return False
    sure = any(VERSION.match(line) or _PLAN.match(line) for line in lines)
    hits = [
        bool(_STRONG.match(line) or VERSION.match(line) or (sure and _WEAK.match(line))) for line in lines
    ]
    return hits[0] or 2 * sum(hits) >= len(hits)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    run = TapRun(limits, items)
    for before, block, plain in blocks(source, limits):
        if not (plain and isinstance(block, bytes) and run.take_plain(before, block)):
            for number, line in lines_of(source, limits, before, block):
                run.line(number, line)
                if run.bailed_out:
                    break
        if run.items:
            yield from run.items
            run.items.clear()
        if run.bailed_out:
            break
    if run.empty:
        raise Unreadable(
            f"{source.name}: the report is empty, which does not show that the tests ran. Run them again and"
            " see what they say."
        )
    why_not = run.end(ends_in_line=not _ends_a_line(source))
    yield from run.items
    return Reading(FORMAT, Kind.TESTS, FORMAT, run.tally.measures(), ran=why_not is None, why_not=why_not)


def _ends_a_line(source: Source) -> bool:
    if source.size <= len(source.head):
        return source.head.endswith((b"\n", b"\r"))
    with source.open() as stream:
        stream.seek(-1, 2)
        return stream.read(1) in b"\r\n"


READER = Reader(
    format=FORMAT,
    title="TAP 12, 13 and 14",
    kind=Kind.TESTS,
    source="https://testanything.org/tap-version-14-specification.html",
    follows={
        "tool.ran": (
            "False where the plan is missing, stands twice or between the points, or does not fit their"
            " number or numbers, where a number stands twice, the run bailed out, or nothing was tested."
        ),
        "tests.total": "Test points that are not indented.",
        "tests.passed": "`ok` without a directive.",
        "tests.failed": "`not ok` without a directive.",
        "tests.errors": (
            "`ok` of a subtest in which a test failed without a directive, or whose own plan does not fit."
        ),
        "tests.skipped": (
            "Points with `# SKIP` or `# TODO`, `ok` of a subtest of which every test was skipped, and of a"
            " file or suite in which Node's runner found no test."
        ),
        "tests.duration": (
            "The sum of the points' `duration_ms` and `# time=`; not measured where none has either."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "A point with its subtests is one case, as in every harness of TAP 12 and 13: the standard lets the"
        " point that is not indented stand for all that is inside it, and the plan counts its number.",
        "A point with `# TODO` counts as skipped, whether it passed or not: its author says that its result"
        " does not count yet, and no harness lets it fail a run.",
        "A point that is `ok` although a test inside it failed contradicts itself, and counts as an error;"
        " the standard lets a harness choose.",
        "Node's runner announces a file in which no test ran (it is empty, has helpers alone, or called"
        " `process.exit`) as a test of the file's name, and calls it ok: nothing was tested in it.",
        "A plan between the points, two plans, and a number that stands twice show that runs were mixed or"
        " results lost; Perl's harness and node-tap fail such a report too.",
        "Points after `Bail out!` do not count: the standard stops the run there.",
        "Lines that are no TAP are output of the tests and passed over, but for `pragma +strict`.",
        "A last point without the end of its line may have lost its directive: the report is cut off.",
    ),
)
