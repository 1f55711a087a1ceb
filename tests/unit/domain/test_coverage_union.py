"""Coverage of several reports as one: each line once, and at the least where that is not known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.coverage_union import CoverageReport, JoinedCoverage, join_coverage, least_coverage
from tidegate.domain.measures import Value
from tidegate.domain.source_lines import SourceFile, SourceLines, bits_of, named_branches

ALL = range(1, 11)


def file(hits: set[int] | range, lines: set[int] | range = ALL, **more: Any) -> SourceFile:
    """Make a file of ten lines, or of those given."""
    return SourceFile(bits_of(set(lines)), bits_of(set(hits)), **more)


def report(
    listed: Mapping[str, SourceFile] | None = None, format: str = "lcov", **values: Value
) -> CoverageReport:
    """Make a report that measures what its files list, or what is given."""
    covered = sum(one.hits.bit_count() for one in (listed or {}).values())
    total = sum(one.lines.bit_count() for one in (listed or {}).values())
    measured: dict[str, Value] = {"lines_covered": covered, "lines_total": total, "files": len(listed or {})}
    measured |= values
    source = None if listed is None else SourceLines(format, dict(listed))
    return CoverageReport(
        f"{format} (sha256:1)", {f"coverage.{name}": value for name, value in measured.items()}, source
    )


def pair(joined: JoinedCoverage, about: str = "lines") -> tuple[Value, Value]:
    return joined.values[f"coverage.{about}_covered"], joined.values[f"coverage.{about}_total"]


class TestLines:
    def test_of_a_matrix_count_once(self) -> None:
        well = report({"core.py": file(ALL)})
        joined = join_coverage([well, well, report({"core.py": file(ALL), "web.py": file(set())})])
        assert pair(joined) == (10, 20) and joined.values["coverage.files"] == 2
        assert joined.notes == {}

    def test_of_shards_add_to_each_other(self) -> None:
        joined = join_coverage([report({"a.py": file(range(1, 6))}), report({"a.py": file(range(6, 11))})])
        assert pair(joined) == (10, 10)

    def test_of_formats_that_name_the_file_from_elsewhere_are_joined(self) -> None:
        joined = join_coverage(
            [
                report({"/home/runner/w/src/a.py": file(range(1, 6))}, "cobertura"),
                report({"src/a.py": file(range(6, 11))}),
                report({"/builds/w/src/a.py": file({1})}),
            ]
        )
        assert pair(joined) == (10, 10) and joined.notes == {}

    def test_of_two_files_that_share_a_name_and_no_lines_stay_apart(self) -> None:
        well, badly = file(range(1, 101), range(1, 101)), file(set(), range(61, 161))
        joined = join_coverage([report({"src/index.js": well}), report({"src/index.js": badly})])
        assert pair(joined) == (100, 200)
        assert "src/index.js and src/index.js may be one source file or two" in joined.notes["lines"][0]

    def test_of_two_short_files_of_one_name_stay_apart(self) -> None:
        well, badly = file({1, 2, 3}, {1, 2, 3}), file(set(), {1, 2, 3, 4})
        joined = join_coverage([report({"src/index.js": well}), report({"src/index.js": badly})])
        assert pair(joined) == (3, 7)
        assert "src/index.js and src/index.js may be one source file or two" in joined.notes["lines"][0]

    def test_of_two_short_files_of_other_functions_stay_apart(self) -> None:
        well, badly = file({1, 2}, {1, 2}, functions={7: True}), file(set(), {1, 2}, functions={8: False})
        joined = join_coverage([report({"src/index.js": well}), report({"src/index.js": badly})])
        assert pair(joined) == (2, 4) and joined.notes["lines"]

    def test_of_a_short_file_are_joined_where_a_long_one_shows_the_same_root(self) -> None:
        long = file(range(1, 31), range(1, 31))
        first, second = {"src/long.js": long, "src/a.js": file({1}, {1, 2})}, {"src/a.js": file({3}, {1, 3})}
        joined = join_coverage([report(first), report(second | {"src/long.js": long})])
        assert pair(joined) == (32, 33) and joined.notes == {}

    def test_of_a_short_file_stay_apart_where_another_file_shows_two_roots(self) -> None:
        here, there = range(1, 31), range(101, 131)
        first = {"a.js": file(here, here), "b.js": file(here, here), "c.js": file({1}, {1})}
        second = {"a.js": file(here, here), "b.js": file(there, there), "c.js": file(set(), {2})}
        joined = join_coverage([report(first), report(second)])
        assert pair(joined) == (91, 92) and joined.notes["lines"]

    def test_of_short_files_of_two_machines_are_doubtful_unless_they_are_the_same(self) -> None:
        names = "/home/x/one/src/a.js", "/builds/two/src/a.js"
        first, second = file({1}, {1, 2}), file({3}, {1, 3})
        joined = join_coverage([report({names[0]: first}), report({names[1]: second})])
        assert pair(joined) == (2, 4) and joined.notes["lines"]

    def test_of_doubtful_names_count_at_the_least(self) -> None:
        joined = join_coverage(
            [report({"/r/one/a.py": file(ALL)}), report({"/r/two/a.py": file(range(1, 6))})]
        )
        assert pair(joined) == (10, 15) and joined.values["coverage.files"] == 1
        assert "/r/one/a.py" in joined.notes["lines"][0]

    def test_of_one_report_are_never_taken_for_one_file(self) -> None:
        one = report({"/r/one/a.py": file(ALL), "/r/two/a.py": file(ALL)})
        joined = join_coverage([one, report({"/r/three/a.py": file(set())})])
        assert pair(joined) == (20, 30)
        assert "and so may 1 more pair:" in joined.notes["lines"][0]

    def test_of_the_same_folder_are_different_under_different_names(self) -> None:
        joined = join_coverage(
            [
                report({"a.py": file(ALL), "b.py": file(ALL)}),
                report({"b.py": file(ALL), "src/a.py": file(set())}),
            ]
        )
        assert pair(joined) == (20, 30) and joined.notes == {}

    def test_that_are_listed_as_run_and_do_not_count_are_left_out(self) -> None:
        with_docstring = file({1, 2, 3}, {1, 2, 3, 4}, extra=1)
        joined = join_coverage([report({"a.py": with_docstring}), report({"a.py": with_docstring})])
        assert pair(joined) == (2, 3)

    def test_of_very_many_files_of_one_name_are_not_compared(self) -> None:
        one = report({f"/r/{number}/index.js": file({1}) for number in range(150)})
        other = report({f"/s/{number}/x/index.js": file({1}) for number in range(150)})
        covered, total = pair(join_coverage([one, other]))
        assert isinstance(covered, int) and isinstance(total, int)
        assert covered <= 150 + 1 and total >= 1500


class TestWithoutLines:
    def test_the_most_that_one_covers_and_all_that_is_missed_count(self) -> None:
        joined = join_coverage(
            [report({"a.py": file(ALL)}), report(None, lines_covered=5, lines_total=9, files=3)]
        )
        assert pair(joined) == (10, 14) and joined.values["coverage.files"] == 3
        assert "could not be joined with the rest by source line" in joined.notes["lines"][0]

    def test_several_are_named_by_the_first_ones(self) -> None:
        joined = join_coverage([report(None)] * 4)
        assert "lcov (sha256:1), lcov (sha256:1) and 2 more could" in joined.notes["branches"][0]

    def test_counts_alone_are_compared_at_the_least(self) -> None:
        one: dict[str, Value] = {"coverage.lines_covered": 2, "coverage.lines_total": 4}
        assert pair(least_coverage([one, one])) == (2, 6)

    def test_a_measure_that_one_lacks_is_left_out(self) -> None:
        joined = join_coverage(
            [report({"a.py": file(ALL)}, branches_covered=0, branches_total=0), report({})]
        )
        assert "coverage.branches_total" not in joined.values

    def test_one_without_a_name_is_not_mentioned(self) -> None:
        nameless = CoverageReport("", report(None).values, None)
        assert join_coverage([nameless, report({"a.py": file(ALL)})]).notes == {}


class TestBranches:
    def joined(self, *branches: tuple[int, int, int, int]) -> JoinedCoverage:
        return join_coverage(
            [
                report({"a.py": file(ALL, branches={3: each})}, branches_covered=0, branches_total=0)
                for each in branches
            ]
        )

    def test_with_names_are_a_union(self) -> None:
        joined = self.joined(named_branches({"0": True, "1": False}), named_branches({"0": False, "1": True}))
        assert pair(joined, "branches") == (2, 2) and joined.notes == {}

    def test_in_numbers_alone_count_the_most_of_one_report(self) -> None:
        joined = self.joined((1, 3, 0, 0), (2, 3, 0, 0))
        assert pair(joined, "branches") == (2, 3)
        assert "reports count the branches taken and do not name them" in joined.notes["branches"][0]

    @pytest.mark.parametrize("other", [(0, 3, 0, 0), (3, 3, 0, 0)])
    def test_are_not_doubtful_where_one_report_tells_all(self, other: tuple[int, int, int, int]) -> None:
        assert self.joined((1, 3, 0, 0), other).notes == {}

    def test_of_other_names_are_not_added(self) -> None:
        joined = self.joined(named_branches({"0": True, "1": False}), named_branches({"x": True, "y": False}))
        assert pair(joined, "branches") == (1, 2) and "branches" in joined.notes


class TestFunctions:
    def test_of_one_format_are_a_union_and_of_several_the_most_of_one(self) -> None:
        def of(format: str, functions: dict[int, bool]) -> CoverageReport:
            one = file(ALL, functions=functions)
            return report({"a.py": one}, format, functions_covered=0, functions_total=0)

        same = join_coverage([of("lcov", {1: True, 2: False}), of("lcov", {1: False, 2: True})])
        assert pair(same, "functions") == (2, 2) and same.notes == {}
        mixed = join_coverage([of("lcov", {1: True, 2: False}), of("jacoco", {7: True, 8: True})])
        assert pair(mixed, "functions") == (2, 3) and "functions" in mixed.notes


class TestUnlisted:
    def test_counts_of_a_file_mean_the_least_together(self) -> None:
        one = report({"a.py": file(ALL, unlisted={"lines": (2, 4)})})
        joined = join_coverage([one, one])
        assert pair(joined) == (12, 16)
        assert "Reports declare lines that they do not list" in joined.notes["lines"][0]

    def test_counts_of_a_report_mean_the_least_together(self) -> None:
        one = report({"a.py": file(ALL)})
        assert one.lines is not None
        one.lines.unlisted["lines"] = (1, 3)
        assert pair(join_coverage([one, one])) == (11, 15)


class TestNotes:
    def test_are_those_on_the_measures_that_are_asked_for_once_each(self) -> None:
        joined = JoinedCoverage({}, {"lines": ("a", "b"), "branches": ("a",), "functions": ("c",)})
        asked = ["coverage.lines_total", "coverage.branches_covered", "coverage.line_rate"]
        assert joined.notes_on(asked) == ("a", "b")
        assert joined.notes_on(["tests.failed"]) == ()


SETS = st.sets(st.integers(1, 12))
REPORTS = st.lists(
    st.dictionaries(st.sampled_from(["a.py", "b/a.py", "b.py"]), st.tuples(SETS, SETS)), max_size=4
)


class TestAnyReports:
    @given(REPORTS)
    def test_are_the_union_of_their_lines_or_less(
        self, listed: list[dict[str, tuple[set[int], set[int]]]]
    ) -> None:
        reports = [
            report({name: file(hits & lines, lines) for name, (lines, hits) in one.items()}) for one in listed
        ]
        joined = join_coverage(reports)
        covered, total = pair(joined)
        for merge in (False, True):  # a.py and b/a.py may be one file
            all_lines: set[tuple[str, int]] = set()
            all_hits: set[tuple[str, int]] = set()
            for one in listed:
                for name, (lines, hits) in one.items():
                    key = "b/a.py" if merge and name == "a.py" else name
                    all_lines |= {(key, line) for line in lines}
                    all_hits |= {(key, line) for line in lines & hits}
            exact = (len(all_hits), len(all_lines))
            same_folder = any({"a.py", "b/a.py"} <= set(one) for one in listed)
            if not joined.notes and not merge:
                assert (covered, total) == exact
            if not (merge and (same_folder or not joined.notes)):
                assert covered <= exact[0] and total - covered >= exact[1] - exact[0]

    @given(REPORTS)
    def test_mean_the_same_in_any_order_where_names_are_sure(
        self, listed: list[dict[str, tuple[set[int], set[int]]]]
    ) -> None:
        reports = [
            report(
                {name: file(hits & lines, lines) for name, (lines, hits) in one.items() if name != "b/a.py"}
            )
            for one in listed
        ]
        assert join_coverage(reports) == join_coverage(reports[::-1])
