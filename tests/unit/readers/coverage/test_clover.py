"""Clover XML: lines, branches and methods as PHPUnit, Istanbul and Clover itself write them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.clover import READER

ISTANBUL = 'generated="1700000000000" clover="3.2.0"'


def metrics(lines: str = "", branches: str = "0/0", methods: str = "0/0", **more: int) -> str:
    """Write what is declared, each as covered/total; nothing where no lines are given."""
    if not lines:
        return ""
    parts = {"statements": lines, "conditionals": branches, "methods": methods}
    declared = {f"covered{name}": part.partition("/")[0] for name, part in parts.items()}
    declared |= {name: part.partition("/")[2] for name, part in parts.items()}
    written = (f'{name}="{value}"' for name, value in (declared | more).items())
    return f"<metrics {' '.join(written)}/>"


def stmt(number: Any, count: Any) -> str:
    """Write a line with a statement."""
    return f'<line num="{number}" type="stmt" count="{count}"/>'


def cond(number: int, true: Any, false: Any, count: Any = None) -> str:
    """Write a line with branches."""
    counted = "" if count is None else f' count="{count}"'
    return f'<line num="{number}" type="cond"{counted} truecount="{true}" falsecount="{false}"/>'


def method(number: int, name: str, count: int) -> str:
    """Write the line of a method."""
    return f'<line num="{number}" type="method" name="{name}" count="{count}"/>'


def file(*lines: str, name: str = "/a.php", declared: str = "") -> str:
    """Write a file."""
    return f'<file name="{name}">{"".join(lines)}{declared}</file>'


def report(*files: str, declared: str = "", root: str = 'generated="1700000000"') -> str:
    """Write a report."""
    return f"<coverage {root}><project timestamp='1'>{''.join(files)}{declared}</project></coverage>"


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, text).measures.items()}


class TestLines:
    def test_count_once_and_are_covered_by_any_mention(self) -> None:
        measured = counts(report(file(stmt(3, 0), stmt(3, 2), stmt(4, 0)), file(stmt(3, 1), name="/b.php")))
        assert measured == {"files": 2, "lines_total": 3, "lines_covered": 2}

    def test_of_methods_are_no_lines(self) -> None:
        measured = counts(report(file(method(2, "f", 1), stmt(3, 1), method(5, "g", 0), stmt(6, 0))))
        assert (measured["lines_total"], measured["functions_total"], measured["functions_covered"]) == (
            2,
            2,
            1,
        )

    def test_that_phpunit_hides_behind_methods_count(self) -> None:
        listed = file(
            method(2, "f", 1), method(3, "g", 0), stmt(9, 1), declared=metrics("2/3", methods="1/2")
        )
        reading = measure(READER, report(listed, declared=metrics("2/3", methods="1/2", files=1)))
        assert (reading.ran, reading.why_not) == (True, None)
        assert reading.measures["coverage.lines_total"] == 3
        assert reading.measures["coverage.lines_covered"] == 2

    @pytest.mark.parametrize("root", ['generated="1700000000"', 'clover="12.4.0" generated="1700000000"'])
    def test_may_all_hide_behind_methods(self, root: str) -> None:
        listed = file(method(2, "f", 1), method(3, "g", 0), declared=metrics("1/2", methods="1/2"))
        reading = measure(READER, report(listed, declared=metrics("1/2", methods="1/2", files=1), root=root))
        assert (reading.ran, reading.why_not) == (True, None)
        assert reading.measures["coverage.lines_covered"] == 1
        assert reading.measures["coverage.lines_total"] == 2

    @pytest.mark.parametrize(
        ("declared", "lines"),
        [
            ("1/3", (1, 3)),  # two methods of one line each, that never ran
            ("3/3", (1, 1)),  # counting them would raise nothing
            ("2/4", (1, 3)),  # one of three statements shares its line with another
        ],
    )
    def test_that_openclover_may_hide_lower_the_rate_and_never_raise_it(
        self, declared: str, lines: tuple[int, int]
    ) -> None:
        listed = file(
            stmt(9, 1), method(2, "f", 0), method(3, "g", 0), declared=metrics(declared, methods="0/2")
        )
        measured = counts(report(listed, root='clover="12.4.0" generated="1700000000"'))
        assert (measured["lines_covered"], measured["lines_total"]) == lines

    def test_of_istanbul_may_hold_several_statements(self) -> None:
        listed = file(stmt(1, 1), stmt(2, 0), declared=metrics("5/9"))
        measured = counts(report(listed, declared=metrics("5/9", files=1), root=ISTANBUL))
        assert (measured["lines_total"], measured["lines_covered"]) == (2, 1)

    def test_are_named_by_their_path(self) -> None:
        text = report(
            f'<package name="p"><file name="a.js" path="C:\\src\\a.js">{stmt(1, 1)}</file></package>'
        )
        lines = measure(READER, text).lines.get()
        assert lines is not None and list(lines.files) == ["C:/src/a.js"]

    def test_of_tests_do_not_count(self) -> None:
        tests = f"<testproject>{file(stmt(1, 1), name='/test.java')}{metrics('1/1')}</testproject>"
        text = report(file(stmt(1, 0))).replace("</coverage>", f"{tests}</coverage>")
        assert counts(text) == {"files": 1, "lines_total": 1, "lines_covered": 0}

    def test_are_not_joined_beyond_the_limit(self) -> None:
        assert measure(READER, report(file(stmt(999, 1))), Limits(max_lines=99)).lines.get() is None


class TestBranches:
    @pytest.mark.parametrize(
        ("lines", "declared", "branches"),
        [
            ([cond(1, 3, 1, 5)], "3/4", (3, 4)),  # Istanbul: 3 of 4 branches were taken
            ([cond(1, 3, 0), stmt(1, 3)], "1/2", (1, 2)),  # Clover: 3 times true, never false
            ([cond(1, 1, 1, 2)], "2/2", (2, 2)),
            ([cond(1, 1, 1, 2)], "1/2", (1, 2)),
            ([cond(1, 1, 1, 2)], "1/4", (1, 4)),  # more is declared than is listed, and its rate is worse
            ([cond(1, 1, 1, 2)], "3/4", (1, 2)),  # and is better
            ([cond(1, 4, 0, 2)], "", (1, 2)),  # nothing tells: the lower rate counts
            ([cond(1, 0, 4, 2)], "", (0, 4)),
            ([stmt(1, 1)], "2/5", (2, 5)),  # PHPUnit lists no paths
        ],
    )
    def test_are_what_the_file_declares(
        self, lines: list[str], declared: str, branches: tuple[int, int]
    ) -> None:
        written = metrics("1/1", branches=declared) if declared else ""
        measured = counts(report(file(*lines, declared=written), root=ISTANBUL))
        assert (measured["branches_covered"], measured["branches_total"]) == branches
        assert measured["lines_total"] == 1

    def test_are_left_out_where_nothing_tells_of_them(self) -> None:
        assert "branches_total" not in counts(report(file(stmt(1, 1), declared=metrics("1/1"))))


class TestFunctions:
    @pytest.mark.parametrize(
        ("lines", "declared", "functions"),
        [
            ([], "1/2", (1, 2)),
            ([method(1, "f", 1), method(2, "g", 1)], "1/2", (2, 2)),  # called, and not every line ran
            ([method(1, "f", 0)], "2/3", (2, 3)),
            ([method(1, "f", 1)], "0/2", (1, 2)),
        ],
    )
    def test_are_lines_of_methods_and_what_is_declared_beyond(
        self, lines: list[str], declared: str, functions: tuple[int, int]
    ) -> None:
        text = report(file(stmt(9, 1), *lines, declared=metrics("1/1", methods=declared)))
        measured = counts(text)
        assert (measured["functions_covered"], measured["functions_total"]) == functions


class TestWhatCannotBeBelieved:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (report(), "lists no line"),
            (report(file()), "lists no line"),
            (report(file(method(1, "f", 1))), "lists no line"),
            (report(declared=metrics("3/4")), "declares 4 statements but lists no line"),
            (report(file(declared=metrics("1/2"))), "declares 1 covered of 2 lines and lists none"),
            (report(file(stmt(1, 1), declared=metrics("3/3"))), "and lists 1: lines are missing"),
            (report(file(stmt(1, 1), declared=metrics("2/1"))), "declares 2 covered of 1 lines"),
            (report(file(stmt(1, 1), stmt(2, 1), declared=metrics("1/1"))), "and lists 2 of 2"),
            (report(file(stmt(1, 1), declared=metrics("0/1"))), "and lists 1 of 1"),
            (report(file(stmt(1, 0), declared=metrics("1/1"))), "and lists 0 of 1"),
            (
                report(file(cond(1, 2, 2, 1), declared=metrics("1/1", branches="0/1"))),
                "0 covered of 1 branches",
            ),
            (
                report(file(stmt(1, 1), method(1, "f", 1), declared=metrics("1/1"))),
                "0 covered of 0 functions",
            ),
            (report(file(stmt(1, 1)), declared=metrics("1/1", files=2)), "declares 2 files and lists 1"),
            (
                report(file(stmt(1, 1), declared=metrics("1/1")), declared=metrics("2/2")),
                "declares 2 covered of 2 lines and its files 1 of 1",
            ),
            (
                report(file(stmt(1, 1), declared=metrics("1/1")), declared=metrics("1/1", methods="1/1")),
                "declares 1 covered of 1 functions and its files 0 of 0",
            ),
        ],
    )
    def test_did_not_run(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    def test_may_leave_out_what_it_declares(self) -> None:
        assert measure(READER, report(file(stmt(1, 1)), declared=metrics("1/1"))).ran
        assert measure(READER, report(file(stmt(1, 1), declared="<metrics loc='3'/>"))).ran


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", "The report is empty"),
            (report(file(stmt(1, 1)))[:-9], "ends before it is complete"),
            ("<report/>", "the root element is <report>"),
            (report(file(file())), "a file inside a file"),
            (report("<file/>"), "a <file> has no name"),
            (report(file(stmt(0, 1))), "there is no line 0"),
            (report(file(stmt("x", 1))), "num of a <line> is 'x'"),
            (report(file(stmt(1, -1))), "count of a <line> is negative"),
            (report(file(stmt(1, 2**62))), "more than anything that was ever counted"),
            (report(file('<line num="1" type="stmt"/>')), "count of a <line> is ''"),
            (report(file('<line num="1" type="magic" count="1"/>')), "a <line> of the type 'magic'"),
            (report(file(cond(1, -1, 1, 1))), "truecount of a <line> is negative"),
            (report(file(cond(1, 1, "", 1))), "falsecount of a <line> is ''"),
            (report(file(stmt(1, 1), declared=metrics("x/1"))), "coveredstatements is 'x'"),
            (report(declared=metrics("1/1").replace("/>", " files='-1'/>")), "files is negative"),
        ],
    )
    def test_says_where_and_what_is_wrong(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)

    def test_holds_to_its_limits(self) -> None:
        assert "more than 4 elements" in refusal(
            READER, report(file(stmt(1, 1), stmt(2, 1))), Limits(max_items=4)
        )


class TestSniffing:
    @pytest.mark.parametrize(
        "text",
        [report(), f"<coverage {ISTANBUL}>", '<coverage generated="1"/>', "<coverage><project/></coverage>"],
    )
    def test_claims_its_own(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize(
        "text",
        [
            "<coverage/>",
            '<coverage line-rate="1" generated="1"><packages/></coverage>',
            '<coverage version="1"><file path="a"/></coverage>',
            "<report/>",
            "{}",
        ],
    )
    def test_leaves_other_formats_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_says_when_it_was_made(self) -> None:
        for root in ('generated="1700000000"', ISTANBUL):
            made_at = measure(READER, report(file(stmt(1, 1)), root=root)).made_at
            assert made_at is not None and made_at.year == 2023

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = report(file(stmt(1, 1), cond(2, 1, 1, 1), method(3, "f", 1)))
        assert set(measure(READER, whole).measures) == set(READER.follows) <= set(BY_NAME)
