"""JaCoCo: the report's own counters count where they equal the sum of their parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.jacoco import READER


def counter(kind: str, covered: object, missed: object) -> str:
    """Write one counter."""
    return f'<counter type="{kind}" missed="{missed}" covered="{covered}"/>'


def element(tag: str, /, *inside: str, **attributes: str) -> str:
    """Write one element."""
    measured = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{measured}>{''.join(inside)}</{tag}>"


def package(*inside: str, lines: tuple[int, int] = (3, 1), name: str = "p") -> str:
    """Write a package whose one source file has all its lines."""
    source = element("sourcefile", '<line nr="1" mi="0" ci="1"/>', counter("LINE", *lines), name="A.java")
    return element("package", source, *inside, counter("LINE", *lines), name=name)


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, text).measures.items()}


_COUNTERS = (counter("LINE", 3, 1), counter("BRANCH", 1, 2), counter("METHOD", 2, 0))
WHOLE = element(
    "report",
    element("package", element("sourcefile", *_COUNTERS, name="A.java"), *_COUNTERS, name="p"),
    counter("INSTRUCTION", 9, 9),
    *_COUNTERS,
)


class TestTime:
    def test_is_when_the_first_of_the_measured_runs_was_over(self) -> None:
        sessions = "".join(
            f'<sessioninfo id="a" start="1{dump}" dump="{dump}"/>'
            for dump in ("1700000500000", "1700000001000", "0", "1700000900000")
        )
        reading = measure(READER, WHOLE.replace("<package", f"{sessions}<package", 1))
        assert reading.made_at == datetime.fromtimestamp(1_700_000_001, UTC)
        assert measure(READER, WHOLE).made_at is None


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
        assert measure(READER, WHOLE).ran

    def test_adds_up_the_parts_where_the_report_has_none(self) -> None:
        groups = element("group", package(), package(name="q"), name="g"), element(
            "group", package(), name="h"
        )
        measured = counts(element("report", *groups))
        assert (measured["lines_total"], measured["lines_covered"], measured["files"]) == (12, 9, 3)

    def test_no_branches_are_none_where_complexity_was_counted(self) -> None:
        measured = counts(element("report", package(), counter("LINE", 3, 1), counter("COMPLEXITY", 1, 0)))
        assert (measured["branches_total"], measured["branches_covered"]) == (0, 0)

    def test_branches_are_not_measured_where_nothing_shows_that_they_were_looked_for(self) -> None:
        assert "branches_total" not in counts(element("report", package(), counter("LINE", 3, 1)))

    @pytest.mark.parametrize(
        "broken", [counter("LINE", "x", 1), counter("LINE", 1, -1), '<counter type="LINE"/>']
    )
    def test_refuses_a_counter_that_is_none(self, broken: str) -> None:
        assert "of a LINE counter" in refusal(READER, element("report", broken))


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
        reading = measure(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    def test_a_class_without_a_source_file_is_a_part_of_its_package(self) -> None:
        unsourced = element(
            "class", element("method", counter("LINE", 2, 0)), counter("LINE", 2, 0), name="K"
        )
        assert measure(READER, element("report", element("package", unsourced, counter("LINE", 2, 0)))).ran

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
        assert recognises(READER, text)

    @pytest.mark.parametrize(
        "text", ["<report/>", "<report><stats/></report>", "<other/>", "<coverage/>", ""]
    )
    def test_leaves_other_dialects_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_declares_every_measure_that_it_gives(self) -> None:
        assert set(measure(READER, WHOLE).measures) == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)


def lines(*numbers: int, hit: tuple[int, ...] = (), mb: int = 0, cb: int = 0) -> str:
    """Write <line> elements as JaCoCo does."""
    return "".join(
        f'<line nr="{number}" mi="{0 if number in hit else 2}" ci="{2 if number in hit else 0}"'
        f' mb="{mb}" cb="{cb}"/>'
        for number in numbers
    )


def one_file(*inside: str, classes: str = "", name: str = "A.java", **counters: tuple[int, int]) -> str:
    """Write a report of one source file whose counters stand at every level."""
    counted = "".join(counter(kind, *counts_) for kind, counts_ in counters.items())
    source = element("sourcefile", *inside, counted, name=name)
    return element("report", element("package", classes, source, counted, name="p"), counted)


class TestWhatContradictsItself:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (one_file(lines(1, 2, hit=(1,)), LINE=(2, 0)), "counts 2 of 2 lines but its lines 1 of 2"),
            (one_file(lines(1, 2, hit=(1, 2)), LINE=(1, 0)), "counts 1 of 1 lines but its lines 2 of 2"),
            (
                one_file(lines(1, hit=(1,), mb=1, cb=1), LINE=(1, 0), BRANCH=(2, 0)),
                "counts 2 of 2 branches but its lines 1 of 2",
            ),
            (
                one_file(
                    classes=element(
                        "class",
                        counter("METHOD", 0, 2),
                        counter("LINE", 2, 0),
                        name="p/A",
                        sourcefilename="A.java",
                    ),
                    LINE=(2, 0),
                    METHOD=(2, 0),
                ),
                "counts 2 of 2 functions but its classes 0 of 2",
            ),
            (
                one_file(
                    classes=element(
                        "class",
                        element("method", counter("METHOD", 0, 1), name="m", desc="()V"),
                        counter("METHOD", 1, 0),
                        name="p/A",
                        sourcefilename="A.java",
                    ),
                    LINE=(2, 0),
                    METHOD=(1, 0),
                ),
                "The class 'p/A' counts 1 of 1 functions but its methods 0 of 1",
            ),
            (
                element("report", package(), counter("LINE", 3, 1), counter("BRANCH", 4, 0)),
                "The report '' counts 4 of 4 branches but its parts 0 of 0",
            ),
        ],
    )
    def test_did_not_do_its_work(self, text: str, why: str) -> None:
        assert why in (measure(READER, text).why_not or "")

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (one_file(lines(0, hit=(0,)), LINE=(1, 0)), "has the number 0"),
            (one_file('<line nr="0" ci="1"/>', LINE=(1, 0)), "has the number 0"),
            (one_file('<line nr="1" ci="-1"/>', LINE=(1, 0)), "negative"),
            (one_file(counter("LINE", 1, 0), LINE=(1, 0)), "has two LINE counters"),
            (one_file(LINE=(2**64 - 1, 0)), "more than anything"),
        ],
    )
    def test_has_numbers_that_cannot_be(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)


class TestSourceLines:
    def test_are_the_files_of_the_packages_with_their_lines(self) -> None:
        text = one_file(lines(3, 4, hit=(4,), mb=1, cb=1), LINE=(1, 1), BRANCH=(2, 2))
        source = measure(READER, text).lines.get()
        assert source is not None
        file = source.files["p/A.java"]
        assert (file.lines, file.hits) == (0b11000, 0b10000)
        assert dict(file.branches) == {3: (1, 2, 0, 0), 4: (1, 2, 0, 0)}

    def test_are_the_same_whichever_way_they_are_written(self) -> None:
        plain = one_file(lines(3, 4, hit=(4,)), LINE=(1, 1))
        read_plain, read_odd = measure(READER, plain), measure(READER, plain.replace("<line nr", "<line  nr"))
        assert read_plain.lines.get() == read_odd.lines.get()
        assert read_plain.measures == read_odd.measures

    def test_keep_what_counters_count_beyond_the_lines(self) -> None:
        source = measure(READER, one_file(lines(1, hit=(1,)), LINE=(2, 1))).lines.get()
        assert source is not None and source.files["p/A.java"].unlisted == {"lines": (1, 2)}

    def test_keep_only_counters_where_lines_lack_their_hits(self) -> None:
        text = one_file('<line nr="1"/><line nr="2"/>', LINE=(1, 1), METHOD=(1, 0))
        source = measure(READER, text).lines.get()
        assert source is not None
        assert source.files["p/A.java"].lines == 0
        assert source.files["p/A.java"].unlisted == {"lines": (1, 2), "functions": (1, 1)}

    def test_name_methods_by_class_name_and_types(self) -> None:
        of_class = element(
            "class",
            element("method", counter("METHOD", 1, 0), counter("LINE", 1, 0), name="m", desc="()V"),
            element("method", counter("METHOD", 0, 1), name="m", desc="(I)V"),
            counter("METHOD", 1, 1),
            counter("LINE", 1, 0),
            name="p/A",
            sourcefilename="A.java",
        )
        source = measure(READER, one_file(classes=of_class, LINE=(1, 0), METHOD=(1, 1))).lines.get()
        assert source is not None and sorted(source.files["p/A.java"].functions.values()) == [False, True]

    def test_count_classes_without_a_source_file_apart(self) -> None:
        bare = element("class", counter("LINE", 1, 1), name="p/B")
        text = element(
            "report",
            element("package", bare, element("sourcefile", counter("LINE", 3, 1), name="A.java"), name="p"),
        )
        source = measure(READER, text).lines.get()
        assert source is not None and source.unlisted == {"lines": (1, 2)}

    def test_are_not_given_where_a_file_is_listed_twice(self) -> None:
        source = element("sourcefile", counter("LINE", 1, 0), name="A.java")
        text = element("report", element("package", source, source, name="p"))
        assert measure(READER, text).lines.get() is None

    def test_are_not_given_beyond_the_limit_nor_of_a_report_that_contradicts_itself(self) -> None:
        text = one_file(lines(100, hit=(100,)), LINE=(1, 0))
        assert measure(READER, text, Limits(max_lines=10)).lines.get() is None
        assert measure(READER, one_file(lines(1), LINE=(1, 0))).lines.get() is None


def kover(called: int = 1, class_called: int | None = None, more: str = "") -> str:
    """Write a report as Kover does: methods and source files do not count methods, lines may tell nothing."""
    methods = element(
        "method", counter("LINE", called, 2 - called), counter("BRANCH", 1, 1), name="fits", desc="(II)Z"
    ) + element("method", counter("LINE", 0, 1), counter("BRANCH", 0, 0), name="bell", desc="()V")
    totals = counter("LINE", called, 3 - called) + counter("BRANCH", 1, 1)
    by_class = totals + counter("METHOD", int(called > 0) if class_called is None else class_called, 1)
    of_class = element("class", methods, by_class, name="p/AKt", sourcefilename="A.kt")
    listed = f'<line nr="3" mi="0" ci="{called}" mb="1" cb="1"/>{lines(9)}{more}'
    source = element("sourcefile", listed, totals, name="A.kt")
    return element("report", element("package", of_class, source, by_class, name="p"), by_class, name="Kover")


class TestKover:
    def test_counts_methods_by_class_where_neither_they_nor_their_file_do(self) -> None:
        reading = measure(READER, kover())
        assert reading.ran, reading.why_not
        assert counts(kover()) == {
            "lines_total": 3,
            "lines_covered": 1,
            "branches_total": 2,
            "branches_covered": 1,
            "functions_total": 2,
            "functions_covered": 1,
            "files": 1,
        }
        source = reading.lines.get()
        assert source is not None
        assert sorted(source.files["p/A.kt"].functions.values()) == [False, True]

    def test_has_lines_of_which_it_counted_no_instruction(self) -> None:
        for nothing in ('<line nr="4" mi="0" ci="0" mb="0" cb="0"/>', '<line mi="0" nr="4" ci="0"/>'):
            source = measure(READER, kover(called=2, more=nothing)).lines.get()
            assert source is not None
            assert source.files["p/A.kt"].lines == 0b1000001000
            assert source.files["p/A.kt"].unlisted == {"lines": (1, 1)}

    def test_contradicts_itself_where_a_class_calls_more_than_ran(self) -> None:
        why_not = measure(READER, kover(called=0, class_called=1)).why_not or ""
        assert "The class 'p/AKt' counts 1 of 2 functions but its methods 0 of" in why_not
