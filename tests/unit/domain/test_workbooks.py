"""Columns, cells and values of workbooks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.facts import LARGEST_NUMBER, FactSubject, FactValue, checked_value
from tidegate.domain.workbooks import (
    BadCell,
    BadRow,
    Cell,
    Columns,
    WorkbookRow,
    cell_name,
    plain_value,
    read_heading,
    read_row,
    written_text,
    written_value,
)

_COLUMNS = Columns(0, 1, ((2, "base_url"), (3, "owner"), (4, "interval"), (5, "zone")), 6)
_texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
_numbers = st.floats(-LARGEST_NUMBER, LARGEST_NUMBER) | st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)


def faults(*cells: Cell) -> dict[int, str]:
    with pytest.raises(BadRow) as bad:
        read_row(_COLUMNS, cells)
    return dict(bad.value.faults)


class TestCells:
    def test_are_named_as_spreadsheets_do(self) -> None:
        names = [cell_name(7, column) for column in (0, 25, 26, 701, 702)]
        assert names == ["A7", "Z7", "AA7", "ZZ7", "AAA7"]

    @given(value=_texts | _numbers | st.booleans(), field=st.sampled_from(["zone", "version"]))
    def test_written_as_text_read_back_the_same(self, value: FactValue, field: str) -> None:
        kept = checked_value(field, value)
        if field == "version" and not isinstance(kept, str):
            return  # a version is a text; what is declared otherwise over the API is a bad cell that says so
        text = written_text(field, kept)
        assert not text.startswith(("=", "+", "@"))
        assert isinstance(kept, (int, float)) or not text.startswith("-")
        row = read_row(Columns(0, None, ((1, field),), 2), ["harbour", plain_value(field, text)])
        assert row is not None
        assert row.values == (kept,)
        assert type(row.values[0]) is type(kept)

    @given(value=_texts)
    def test_written_as_cells_read_back_the_same(self, value: str) -> None:
        row = read_row(Columns(0, None, ((1, "zone"),), 2), ["harbour", written_value(value)])
        assert row is not None
        assert row.values == (value,)

    def test_without_a_value_are_written_empty(self) -> None:
        assert (written_text("zone", None), written_value(None), plain_value("zone", "")) == ("", None, None)

    @pytest.mark.parametrize(
        "text", ["1.10", "007", "+5", "1E5", "1e400", "0x1", "TRUE", "99999999999999999"]
    )
    def test_that_only_look_like_numbers_stay_texts(self, text: str) -> None:
        assert plain_value("zone", text) == text


class TestHeading:
    def test_says_where_columns_stand(self) -> None:
        found = read_heading(["zone", None, "environment", " component ", ""])
        assert found == Columns(3, 2, ((0, "zone"),), 5)

    def test_names_every_column_that_cannot_be_one(self) -> None:
        with pytest.raises(BadRow) as bad:
            read_heading(["component", 5, BadCell("A formula"), "Zone", "zone", "zone"])
        assert [place for place, _ in bad.value.faults] == [1, 2, 3, 5]

    def test_has_a_limit(self) -> None:
        with pytest.raises(BadRow, match="500 are read"):
            read_heading(["component", *(f"field{number}" for number in range(500))])


class TestRows:
    def test_are_subjects_with_values(self) -> None:
        row = read_row(_COLUMNS, ["harbour", "production", "https://h.example.org/", "port", "60", "'=1"])
        values = ("https://h.example.org", "port", 60, "=1")
        assert row == WorkbookRow(FactSubject("harbour", "production"), values)
        short = read_row(_COLUMNS, ["harbour"])
        assert short == WorkbookRow(FactSubject("harbour"), (None,) * 4)

    def test_that_are_empty_are_none(self) -> None:
        assert read_row(_COLUMNS, ["", None]) is None

    def test_name_every_fault(self) -> None:
        found = faults(5, "Mars", "ftp://x", "a\tb", 0.5, "long" * 300, "stray")
        assert sorted(found) == [0, 1, 2, 3, 4, 5, 6]
        assert "is a number here" in found[0]

    def test_hand_on_why_a_cell_is_bad(self) -> None:
        why = BadCell("A formula.")
        assert faults(why, why, why, why, why, why, why) == dict.fromkeys(range(7), "A formula.")

    def test_describe_a_target_in_an_environment_alone(self) -> None:
        found = faults("harbour", "", "https://h.example.org", "'", 30, "north")
        assert sorted(found) == [2, 4]

    def test_need_an_interval_and_texts_of_the_right_kind(self) -> None:
        assert sorted(faults("harbour", "production", 5, True, True, "x")) == [2, 3, 4]
        assert sorted(faults("harbour", "production", None, "x" * 201, 5, "x")) == [3, 4]
        assert sorted(faults("", "production", None, None, None, "x")) == [0]
