"""Source lines: bits for lines, numbers for functions, a bit for each branch with a name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.source_lines import added, bits_of, cost_of, function_key, least, named_branches

COUNTS = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda pair: (min(pair), max(pair)))


class TestBits:
    @given(st.sets(st.integers(0, 3000)))
    def test_are_set_for_each_number(self, numbers: set[int]) -> None:
        assert bits_of(numbers) == sum(1 << number for number in numbers)


class TestNamedBranches:
    def test_are_a_bit_each_in_the_order_of_their_names(self) -> None:
        covered, total, identity, bits = named_branches({"b": True, "a": False})
        assert (covered, total, bits) == (1, 2, 0b10) and identity

    def test_of_other_names_have_another_identity(self) -> None:
        assert named_branches({"a": True})[2] != named_branches({"b": True})[2]

    def test_are_counted_alone_where_a_line_has_very_many(self) -> None:
        assert named_branches({str(number): number < 5 for number in range(100)}) == (5, 100, 0, 0)


class TestCounts:
    def test_add_up(self) -> None:
        assert added([(1, 2), (3, 4)]) == (4, 6)

    def test_mean_at_the_least_the_most_covered_and_all_that_is_missed(self) -> None:
        assert least([(10, 10), (10, 10), (10, 20)]) == (10, 20)
        assert least([(2, 4), (2, 4)]) == (2, 6)

    @given(st.lists(st.tuples(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))))
    def test_are_never_better_than_the_union_of_any_lines_that_give_them(
        self, reports: list[tuple[set[int], set[int]]]
    ) -> None:
        covered, total = least([(len(lines & hits), len(lines)) for lines, hits in reports])
        all_lines = set().union(*(lines for lines, _ in reports))
        all_hits = set().union(*(lines & hits for lines, hits in reports))
        assert covered <= len(all_hits)
        assert total - covered >= len(all_lines - all_hits)


def test_functions_are_told_apart_by_all_of_their_parts() -> None:
    assert function_key("f", "()", 1) == function_key("f", "()", 1)
    assert len({function_key("f", "g"), function_key("fg"), function_key("f", "g", "h")}) == 3


def test_the_cost_grows_with_lines_and_entries() -> None:
    assert cost_of(1000, 0) > 2000 and cost_of(0, 10) > cost_of(0, 9)
