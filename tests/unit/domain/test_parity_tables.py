"""Parity of two tables, line by line: the same as fact by fact."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain import parity_tables
from tidegate.domain.errors import Invalid
from tidegate.domain.fact_files import read_facts
from tidegate.domain.facts import Side
from tidegate.domain.parity import Moments, ParityCounts, ParityRow, ParityStatus, compare
from tidegate.domain.parity_rules import FILE_RULES, parse_rules
from tidegate.domain.parity_tables import Table, can_compare_lines, compare_tables

_HEADING = "component,environment,version,port\n"
_MOMENTS = Moments(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def by_lines(left: str, right: str) -> tuple[list[ParityRow], ParityCounts]:
    counts = ParityCounts()
    tables = [
        Table(io.StringIO(text, newline=""), name, side)
        for text, name, side in ((left, "l.csv", Side.DECLARED), (right, "r.csv", Side.OBSERVED))
    ]
    headings = tables[0].heading(), tables[1].heading()
    assert can_compare_lines(headings, FILE_RULES)
    rows = list(compare_tables(tables[0], tables[1], headings[0], FILE_RULES, _MOMENTS, counts))
    return rows, counts


def by_facts(left: str, right: str) -> tuple[list[ParityRow], ParityCounts]:
    counts = ParityCounts()
    sides = (
        read_facts(io.StringIO(left, newline=""), "l.csv", Side.DECLARED),
        read_facts(io.StringIO(right, newline=""), "r.csv", Side.OBSERVED),
    )
    return list(compare(*sides, FILE_RULES, _MOMENTS, counts)), counts


_CELLS = st.sampled_from(["", "1", "1.0", '"2, 3"', "x"])
_TABLES = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "p", "q"])), st.tuples(_CELLS, _CELLS)
).map(
    lambda rows: _HEADING
    + "".join(f"{','.join(key)},{','.join(cells)}\r\n" for key, cells in sorted(rows.items()))
)


class TestTables:
    @given(_TABLES, _TABLES)
    def test_come_to_the_same_as_their_facts(self, left: str, right: str) -> None:
        rows, counts = by_lines(left, right)
        expected, wanted = by_facts(left, right)
        assert counts.to_document() == wanted.to_document()
        found = [row for row in rows if row.status is not ParityStatus.MATCH]
        assert found == [row for row in expected if row.status is not ParityStatus.MATCH]

    def test_may_hold_empty_lines(self) -> None:
        rows, counts = by_lines(
            _HEADING + "a,p,1,2\n\nb,p,1,2\n\n", _HEADING + "a,p,1,2\nb,p,1,2\n\nc,p,1,\n"
        )
        assert counts.by_status[ParityStatus.MATCH] == 4
        assert [(row.component, row.status.value) for row in rows] == [("c", "undeclared")]

    @pytest.mark.parametrize(
        ("left", "right", "why"),
        [
            ("b,p,1,2\na,p,1,2\n", "b,p,1,2\na,p,1,2\n", "l.csv:3: a/p is not in order"),
            ("a,p,1,2\n", "b,p,1,2\na,p,1,3\n", "r.csv:3: a/p is not in order"),
            ("a,p,1\n", "a,p,1\n", "l.csv:2: it has 3 cells, the heading has 4"),
            ("a!,p,1,2\n", "a!,p,1,2\n", "l.csv:2: 'a!' cannot name a component"),
            ("a,P!,1,2\n", "a,P!,1,2\n", "l.csv:2: 'P!' cannot name an environment"),
            ("a,p,\x01,2\n", "a,p,\x01,2\n", "l.csv:2: The value of version cannot be kept"),
            ('a,p,"1,2\n', 'a,p,"1,2\n', "l.csv:2: this is no CSV"),
            ("a\n", "\n\n", "l.csv:2: it has 1 cells"),
        ],
    )
    def test_name_the_line_that_is_wrong(self, left: str, right: str, why: str) -> None:
        with pytest.raises(Invalid, match=why):
            by_lines(_HEADING + left, _HEADING + right)


class TestLines:
    @pytest.mark.parametrize(
        "heading",
        ["", "component,version\n", "component,environment,field,value\n", "component,environment,Ä\n"],
    )
    def test_are_not_compared_under_another_heading(self, heading: str) -> None:
        table = Table(io.StringIO(heading), "l.csv", Side.DECLARED)
        assert not can_compare_lines((table.heading(), table.heading()), FILE_RULES)

    @pytest.mark.parametrize("name", ["component", "environment", "version"])
    def test_are_not_compared_where_a_column_is_there_twice(self, name: str) -> None:
        heading = f"component,environment,version,{name}\n"
        tables = [Table(io.StringIO(heading), f"{one}.csv", Side.DECLARED) for one in "lr"]
        assert not can_compare_lines((tables[0].heading(), tables[1].heading()), FILE_RULES)
        with pytest.raises(Invalid, match=f"the column '{name}' is there twice"):
            read_facts(io.StringIO(heading), "l.csv", Side.DECLARED)

    @pytest.mark.parametrize("rule", [{"ignore": True}, {"max_age": "1h"}, {"compare": "number"}])
    def test_are_not_compared_where_a_rule_asks_for_more(self, rule: dict[str, object]) -> None:
        heading = ["component", "environment", "port"]
        assert can_compare_lines((heading, heading), FILE_RULES)
        assert not can_compare_lines((heading, heading), parse_rules({"rules": [{"fields": "port", **rule}]}))


class TestBlocks:
    @pytest.fixture(autouse=True)
    def small_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parity_tables, "_BLOCK", 7)

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_come_to_the_same_wherever_they_are_cut(self, end: str) -> None:
        lines = [f"c{number:02},p,{number},x" for number in range(20)]
        other = [*lines[:3], "c03,p,3,y", *lines[5:9], "c08x,p,1,1", *lines[9:]]
        heading = _HEADING.strip()
        left, right = (end.join([heading, *some, ""]) for some in (lines, other))
        rows, counts = by_lines(left, right)
        assert counts.to_document() == by_facts(left, right)[1].to_document()
        assert [row.component for row in rows] == ["c03", "c04", "c04", "c08x", "c08x"]

    def test_name_a_line_that_has_no_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(parity_tables, "_LONGEST_LINE", 20)
        with pytest.raises(Invalid, match=r"l\.csv:2: the line has more than 20 characters"):
            by_lines(_HEADING + "a,p,1," + "x" * 50, _HEADING)

    def test_name_where_a_file_is_no_text(self) -> None:
        file = io.TextIOWrapper(io.BytesIO(_HEADING.encode() + b"a,p,1,\xff\n"), "utf-8", newline="")
        table = Table(file, "l.csv", Side.DECLARED)
        heading = [*_HEADING.strip().split(",")]
        other = Table(io.StringIO(""), "r.csv", Side.OBSERVED)

        with pytest.raises(Invalid, match=r"l\.csv:\d+: here or in the lines after it, this is not UTF-8"):
            list(compare_tables(table, other, heading, FILE_RULES, _MOMENTS, ParityCounts()))

    def test_are_not_compared_by_lines_where_the_heading_is_no_text(self) -> None:
        file = io.TextIOWrapper(io.BytesIO(b"component,environment,\xff\n"), "utf-8", newline="")
        assert Table(file, "l.csv", Side.DECLARED).heading() == []
