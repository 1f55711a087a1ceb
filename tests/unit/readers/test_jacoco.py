"""JaCoCo: the report's own counters count where they equal the sum of their parts."""

from __future__ import annotations

import pytest

from tests.unit.readers.reading import error, read, sniffs
from tidegate.domain.measures import BY_NAME
from tidegate.readers.jacoco import READER


def counter(kind: str, covered: object, missed: object) -> str:
    """Write one counter."""
    return f'<counter type="{kind}" missed="{missed}" covered="{covered}"/>'


def element(tag: str, /, *inside: str, **attributes: str) -> str:
    """Write one element."""
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{told}>{''.join(inside)}</{tag}>"


def package(*inside: str, lines: tuple[int, int] = (3, 1), name: str = "p") -> str:
    """Write a package whose one source file has all its lines."""
    source = element("sourcefile", '<line nr="1" mi="0" ci="1"/>', counter("LINE", *lines), name="A.java")
    return element("package", source, *inside, counter("LINE", *lines), name=name)


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in read(READER, text).measures.items()}


WHOLE = element(
    "report",
    package(),
    counter("INSTRUCTION", 9, 9),
    counter("LINE", 3, 1),
    counter("BRANCH", 1, 2),
    counter("METHOD", 2, 0),
)


class TestCounters:
    def test_takes_the_reports_own(self) -> None:
        assert counts(WHOLE) == {
            "lines_total": 4,
            "lines_covered": 3,
            "branches_total": 3,
            "branches_covered": 1,
            "functions_total": 2,
            "functions_covered": 2,
            "files": 1,
        }
        assert read(READER, WHOLE).ran

    def test_adds_up_the_parts_where_the_report_has_none(self) -> None:
        groups = element("group", package(), package(name="q"), name="g"), element(
            "group", package(), name="h"
        )
        told = counts(element("report", *groups))
        assert (told["lines_total"], told["lines_covered"], told["files"]) == (12, 9, 3)

    def test_no_branches_are_none_where_complexity_was_counted(self) -> None:
        told = counts(element("report", package(), counter("LINE", 3, 1), counter("COMPLEXITY", 1, 0)))
        assert (told["branches_total"], told["branches_covered"]) == (0, 0)

    def test_branches_are_not_measured_where_nothing_shows_that_they_were_looked_for(self) -> None:
        assert "branches_total" not in counts(element("report", package(), counter("LINE", 3, 1)))

    @pytest.mark.parametrize(
        "broken", [counter("LINE", "x", 1), counter("LINE", 1, -1), '<counter type="LINE"/>']
    )
    def test_refuses_a_counter_that_is_none(self, broken: str) -> None:
        assert "of a LINE counter" in error(READER, element("report", broken))


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (element("report"), "no line counter above zero"),
            (element("report", counter("LINE", 0, 0)), "no line counter above zero"),
            (element("report", counter("LINE", 3, 1)), "counts 3 of 4 lines but its parts 0 of 0"),
            (
                element("report", package(), counter("LINE", 30, 1), name="r"),
                "The report 'r' counts 30 of 31",
            ),
            (element("report", package(), counter("LINE", 4, 0)), "counts 4 of 4 lines but its parts 3 of 4"),
            (
                element("report", element("group", package(), counter("LINE", 9, 9), name="g")),
                "The group 'g'",
            ),
            (element("report", element("package", counter("LINE", 1, 0), name="p")), "The package 'p'"),
        ],
    )
    def test_a_report_that_does_not_add_up_did_not_do_its_work(self, text: str, why: str) -> None:
        reading = read(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    def test_a_class_without_a_source_file_is_a_part_of_its_package(self) -> None:
        unsourced = element(
            "class", element("method", counter("LINE", 2, 0)), counter("LINE", 2, 0), name="K"
        )
        assert read(READER, element("report", element("package", unsourced, counter("LINE", 2, 0)))).ran

    def test_a_class_with_a_source_file_counts_there(self) -> None:
        sourced = element("class", counter("LINE", 3, 1), name="K", sourcefilename="A.java")
        assert counts(element("report", package(sourced)))["lines_total"] == 4


class TestSniffing:
    @pytest.mark.parametrize(
        "text",
        [
            '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="a"/>',
            "<report><sessioninfo/></report>",
            "<report><group/></report>",
            "<report><package/></report>",
        ],
    )
    def test_claims_what_only_jacoco_has(self, text: str) -> None:
        assert sniffs(READER, text)

    @pytest.mark.parametrize(
        "text", ["<report/>", "<report><stats/></report>", "<other/>", "<coverage/>", ""]
    )
    def test_leaves_other_dialects_alone(self, text: str) -> None:
        assert not sniffs(READER, text)

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert set(read(READER, WHOLE).measures) == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)
