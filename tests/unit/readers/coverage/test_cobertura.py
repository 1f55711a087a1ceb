"""Cobertura: each line of each file counts once, and a report that lost lines did not do its work."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, recognises, refusal
from tidegate.domain.measures import BY_NAME
from tidegate.readers.base import Limits
from tidegate.readers.coverage.cobertura import READER


def line(number: object, hits: object, conditions: str = "") -> str:
    """Write one line."""
    measured = f' branch="true" condition-coverage="{conditions}"' if conditions else ""
    return f'<line number="{number}" hits="{hits}"{measured}/>'


def of_class(*lines: str, file: str = "a.py", methods: str = "") -> str:
    """Write one class."""
    listed = f"<methods>{methods}</methods><lines>{''.join(lines)}</lines>"
    return f'<class name="c" filename="{file}">{listed}</class>'


def method(*lines: str, name: str = "m", **attributes: str) -> str:
    """Write one method."""
    measured = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return f'<method name="{name}" signature="()"{measured}><lines>{"".join(lines)}</lines></method>'


def report(*classes: str, **declared: object) -> str:
    """Write a report of classes, with what it declares."""
    measured = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in declared.items())
    inside = f"<packages><package><classes>{''.join(classes)}</classes></package></packages>"
    return f"<coverage{measured}><sources/>{inside}</coverage>"


def counts(text: str) -> dict[str, object]:
    """Read a report for its measures, named without their prefix."""
    return {name.removeprefix("coverage."): value for name, value in measure(READER, text).measures.items()}


class TestLines:
    def test_counts_lines_and_files(self) -> None:
        measured = counts(report(of_class(line(1, 1), line(2, 0)), of_class(line(1, 3), file="b.py")))
        assert measured == {"lines_total": 3, "lines_covered": 2, "files": 2}

    def test_counts_a_line_once_with_its_largest_hits(self) -> None:
        classes = of_class(line(1, 0), line(1, 2), line(2, 0)), of_class(line(2, 5), line(1, 0))
        assert counts(report(*classes)) == {"lines_total": 2, "lines_covered": 2, "files": 1}

    def test_reads_a_methods_lines_only_where_the_class_has_none(self) -> None:
        methods = method(line(7, 1), line(8, 0))
        assert counts(report(of_class(methods=methods)))["lines_total"] == 2
        assert counts(report(of_class(line(7, 1), methods=methods)))["lines_total"] == 1

    def test_a_file_without_lines_counts_as_a_file(self) -> None:
        assert counts(report(of_class(line(1, 1)), of_class(file="empty.py")))["files"] == 2

    def test_a_line_outside_any_class_does_not_count(self) -> None:
        assert counts(f"<coverage>{line(1, 1)}{method(line(2, 2))}</coverage>")["lines_total"] == 0

    @pytest.mark.parametrize("broken", [line("x", 1), line(1, "many"), line(1, ""), '<line number="1"/>'])
    def test_refuses_a_line_that_says_nothing(self, broken: str) -> None:
        assert "a <line> before here without a whole number or without hits" in refusal(
            READER, report(of_class(broken))
        )

    def test_refuses_a_class_inside_a_class(self) -> None:
        assert "a class inside a class" in refusal(READER, report(of_class(methods=of_class(line(1, 1)))))

    def test_refuses_a_class_without_a_file(self) -> None:
        assert "the class 'c' names no file" in refusal(READER, "<coverage><class name='c'/></coverage>")


class TestBranches:
    def test_counts_conditions_once_a_line_with_the_best_of_its_mentions(self) -> None:
        lines = line(1, 1, "50% (2/4)"), line(1, 1, "25% (1/4)"), line(2, 1, "100% (2/2)"), line(3, 0)
        measured = counts(report(of_class(*lines, methods=method(line(1, 1, "50% (2/4)")))))
        assert (measured["branches_total"], measured["branches_covered"]) == (6, 4)

    def test_are_not_measured_where_no_line_tells_any(self) -> None:
        measured = counts(report(of_class('<line number="1" hits="1" branch="true"/>'), branches_valid=0))
        assert "branches_total" not in measured

    def test_refuses_conditions_that_cannot_be_read(self) -> None:
        assert "a condition-coverage before here is 'half'" in refusal(
            READER, report(of_class(line(1, 1, "half")))
        )


class TestFunctions:
    def test_are_covered_by_their_own_lines(self) -> None:
        methods = method(line(1, 0), name="a") + method(line(1, 1), name="b") + method(line(5, 1), name="b")
        measured = counts(report(of_class(line(1, 9), methods=methods)))
        assert (measured["functions_total"], measured["functions_covered"]) == (3, 2)

    @pytest.mark.parametrize(
        ("attributes", "covered"),
        [
            ({"line_rate": "0.5"}, 1),
            ({"line_rate": "0"}, 0),
            ({"hits": "3"}, 1),
            ({"hits": "0"}, 0),
            ({"line_rate": "x"}, 0),
        ],
    )
    def test_without_lines_are_covered_by_what_they_declare(
        self, attributes: dict[str, str], covered: int
    ) -> None:
        assert (
            counts(report(of_class(line(1, 1), methods=method(**attributes))))["functions_covered"] == covered
        )


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (report(), "lists no line"),
            (report(lines_valid=82, line_rate="0.7"), "declares 82 lines but lists none"),
            (report(of_class(line(1, 1)), lines_valid=2), "declares 2 lines but lists 1"),
            (report(of_class(line(1, 1)), line_rate="0.5"), "declares a line rate of 0.5000 but"),
        ],
    )
    def test_a_report_that_lost_lines_did_not_do_its_work(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran
        assert why in (reading.why_not or "")

    @pytest.mark.parametrize(
        "text",
        [
            report(of_class(line(1, 1), line(1, 0)), lines_valid=2),
            report(of_class(line(1, 1), line(2, 1), line(3, 0)), line_rate="0.66"),
            report(of_class(line(1, 1), line(2, 0)), line_rate="0,5"),
            report(of_class(line(1, 1)), line_rate="NaN", lines_valid=" "),
            report(of_class(line(1, 1)), branches_valid=9),
        ],
    )
    def test_totals_that_the_listed_lines_explain_are_fine(self, text: str) -> None:
        assert measure(READER, text).ran


class TestWriters:
    def test_phpunit_counts_lines_that_it_does_not_list(self) -> None:
        script = of_class(line(1, 1), line(2, 0)).replace("<class", '<class line-rate="0.9"')
        text = report(script, version="0.4", lines_valid=5, lines_covered=3, line_rate="0.6")
        reading = measure(READER, text)
        assert reading.ran, reading.why_not
        assert counts(text)["lines_total"] == 5 and counts(text)["lines_covered"] == 3
        source = reading.lines.get()
        assert source is not None and source.unlisted == {"lines": (2, 3)}

    @pytest.mark.parametrize(
        ("declared", "why"),
        [
            ({"lines_valid": 5, "lines_covered": 0}, "declares 0 covered of 5 lines but lists 1"),
            ({"lines_valid": 5, "lines_covered": 5}, "declares 5 covered of 5 lines but lists 1"),
            ({"lines_valid": 2, "lines_covered": 1, "line_rate": "0.9"}, "declares a line rate of 0.9"),
        ],
    )
    def test_phpunit_does_not_lose_what_it_lists(self, declared: dict[str, object], why: str) -> None:
        text = report(of_class(line(1, 1), line(2, 0)), version="0.4", **declared)
        assert why in (measure(READER, text).why_not or "")

    def test_a_class_of_several_may_list_all_lines_of_its_file(self) -> None:
        outer, inner = (
            of_class(line(1, 1), line(2, 0)).replace("<class", f'<class line-rate="{rate}"')
            for rate in ("1.0", "0.0")
        )
        assert measure(READER, report(outer, inner)).ran
        assert "The class 'c' declares" in (measure(READER, report(outer)).why_not or "")


class TestWhatContradictsItself:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (report(of_class(line(1, 1)), lines_valid=10, lines_covered=1), "declares 10 lines but lists 1"),
            (report(of_class(line(1, 1)), lines_valid=1, line_rate="0.1"), "declares a line rate of 0.1000"),
            (report(of_class(line(1, 1)), lines_covered=0, line_rate="0"), "declares 0 covered lines"),
            (report(of_class(line(1, 0)), lines_covered=1), "declares 1 covered lines"),
            (report(of_class(line(1, 0)), line_rate="1"), "declares a line rate of 1.0000"),
            (report(of_class(line(1, 1), line(2, 1)), lines_valid=1), "declares 1 lines"),
            (
                report(of_class(line(1, 1)), of_class(line(1, 1)), lines_valid=2, lines_covered=1),
                "declares a line rate of 0.5000 but its listed lines give 1.0000",
            ),
            (
                report(of_class(line(1, 1, "100% (2/2)")), branches_valid=9, branches_covered=1),
                "declares 1 covered of 9 branches but lists 2 covered of 2",
            ),
            (
                report(of_class(line(1, 1, "100% (2/2)")), branches_valid=2, branches_covered=1),
                "declares a branch rate of 0.5000",
            ),
            (
                report(of_class(line(1, 1, "100% (2/2)")), branch_rate="0.25"),
                "declares a branch rate of 0.2500",
            ),
            (
                report(of_class(line(1, 1)).replace('name="c"', 'name="c" line-rate="0.5"')),
                "The class 'c' declares a line rate of 0.5000",
            ),
            (
                report(of_class(line(1, 1))).replace("<package>", '<package name="p" line-rate="0.5">'),
                "The package 'p' declares a line rate of 0.5000",
            ),
        ],
    )
    def test_did_not_do_its_work(self, text: str, why: str) -> None:
        reading = measure(READER, text)
        assert not reading.ran and why in (reading.why_not or "")

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (report(of_class(line(0, 1))), "has the number 0"),
            (report(of_class('<line hits="1" number="0"/>')), "has the number 0"),
            (report(of_class(line(1, 2**64 - 1))), "18446744073709551615 hits"),
            (report(of_class(line(1, -1))), "-1 hits"),
            (report(of_class(line(1, 1, "150% (3/2)"))), "more taken than there are"),
            (report(of_class(line(1, 1, "50% (2/2)"))), "whose two parts disagree"),
            (report(of_class(line(1, 1, "some (1/2)"))), "not like '50% (1/2)'"),
            (report(of_class(line(1, 1)), lines_valid=2**64 - 1), "lines-valid is '18446744073709551615'"),
            (report(of_class(line(1, 1)), lines_valid=-1), "lines-valid is '-1'"),
            (report(of_class(line(1, 1)), lines_valid=1, lines_covered=2), "lines-covered is 2, more than"),
            (report(of_class(line(1, 1)), line_rate="1.5"), "line-rate is '1.5'"),
            (report(of_class(line(1, 1)), line_rate="much"), "line-rate is 'much'"),
        ],
    )
    def test_has_numbers_that_cannot_be(self, text: str, what: str) -> None:
        assert what in refusal(READER, text)

    @pytest.mark.parametrize("conditions", ["66% (2/3)", "66.67% (2/3)", "66,7 % (2/3)", "(2/3)", "0% (0/0)"])
    def test_a_percentage_may_be_rounded_cut_or_left_out(self, conditions: str) -> None:
        assert measure(READER, report(of_class(line(1, 1, conditions)))).ran

    @pytest.mark.parametrize(
        "text",
        [
            report(of_class(line(1, 1), line(2, 1), line(3, 0)), line_rate="0.6667"),
            report(of_class(line(1, 1), line(2, 1), line(3, 0)), line_rate="0.666"),
            report(of_class(line(1, 1), line(2, 0)), of_class(line(1, 0), line(2, 1)), line_rate="0.5"),
            report(of_class(line(1, 1)).replace('name="c"', 'name="c" line-rate="1"')),
            report(of_class(line(1, 1))).replace("<package>", '<package name="p" line-rate="1.0">'),
        ],
    )
    def test_rates_that_copies_or_rounding_explain_are_fine(self, text: str) -> None:
        assert measure(READER, text).ran

    def test_branches_that_are_declared_and_not_listed_count_where_they_make_it_worse(self) -> None:
        listed = of_class(line(1, 1, "100% (2/2)"))
        worse = counts(report(listed, branches_valid=4, branches_covered=3, branch_rate="0.75"))
        assert (worse["branches_covered"], worse["branches_total"]) == (3, 4)
        same = counts(report(listed, branches_valid=4, branches_covered=4))
        assert (same["branches_covered"], same["branches_total"]) == (2, 2)

    def test_branches_are_not_measured_where_the_tool_says_that_it_counted_none(self) -> None:
        measured = counts(report(of_class(line(1, 1, "100% (2/2)")), branches_valid=0, branches_covered=0))
        assert "branches_total" not in measured

    def test_lost_files_are_given_with_cause_and_remedy(self) -> None:
        why = measure(READER, report(of_class(line(1, 1)), lines_valid=2)).why_not or ""
        assert "same name in two source folders" in why and "`coverage json`" in why


class TestSourceLines:
    def test_are_named_below_the_source(self) -> None:
        text = report(of_class(line(1, 1, "50% (1/2)"), line(3, 0), file="./a.py"))
        source = measure(READER, text.replace("<sources/>", "<sources><source>/repo/src/</source></sources>"))
        lines = source.lines.get()
        assert lines is not None
        file = lines.files["/repo/src/a.py"]
        assert (file.lines, file.hits, dict(file.branches)) == (0b1010, 0b10, {1: (1, 2, 0, 0)})

    @pytest.mark.parametrize("sources", ["<source>.</source>", "<source>/a</source><source>/b</source>"])
    def test_are_named_as_they_are_where_no_one_source_is_given(self, sources: str) -> None:
        text = report(of_class(line(1, 1))).replace("<sources/>", f"<sources>{sources}</sources>")
        lines = measure(READER, text).lines.get()
        assert lines is not None and list(lines.files) == ["a.py"]

    def test_stay_apart_where_a_source_would_make_two_files_one(self) -> None:
        text = report(of_class(line(1, 1)), of_class(line(1, 0), file="/r/a.py"))
        lines = measure(
            READER, text.replace("<sources/>", "<sources><source>/r</source></sources>")
        ).lines.get()
        assert lines is not None and sorted(lines.files) == ["/r/a.py", "a.py"]

    def test_are_not_given_beyond_the_limit_nor_of_a_report_that_contradicts_itself(self) -> None:
        assert measure(READER, report(of_class(line(999, 1))), Limits(max_lines=99)).lines.get() is None
        assert measure(READER, report(of_class(line(1, 1)), lines_valid=2)).lines.get() is None


class TestSniffing:
    @pytest.mark.parametrize(
        "text",
        [
            '<coverage line-rate="1"/>',
            "<coverage><sources/></coverage>",
            "<coverage><packages/></coverage>",
            '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd"><coverage/>',
        ],
    )
    def test_claims_what_only_cobertura_has(self, text: str) -> None:
        assert recognises(READER, text)

    @pytest.mark.parametrize(
        "text",
        [
            '<coverage generated="1" clover="4"><project/></coverage>',
            '<coverage version="1"><file path="a"/></coverage>',
            "<CoverageSession/>",
            "<testsuite/>",
            "",
        ],
    )
    def test_leaves_other_dialects_alone(self, text: str) -> None:
        assert not recognises(READER, text)

    def test_tells_the_tool_and_its_version(self) -> None:
        gcovr = measure(READER, report(of_class(line(1, 1)), version="gcovr 8.6"))
        assert (gcovr.tool, gcovr.tool_version) == ("gcovr", "8.6")
        python = "<!-- Generated by coverage.py: x -->" + report(of_class(line(1, 1)), version="7.17")
        assert (measure(READER, python).tool, measure(READER, python).tool_version) == ("coverage.py", "7.17")
        assert measure(READER, report(of_class(line(1, 1)))).tool == "cobertura"

    def test_declares_every_measure_that_it_gives(self) -> None:
        whole = report(of_class(line(1, 1, "50% (1/2)"), methods=method(line(1, 1))))
        assert set(measure(READER, whole).measures) == set(READER.follows)
        assert set(READER.follows) <= set(BY_NAME)
