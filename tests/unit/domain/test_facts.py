"""Tests of facts: names of fields, values that can be kept, subjects."""

from __future__ import annotations

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject, checked_field, checked_statements, checked_value

HARBOUR = FactSubject("harbour", "production")


class TestSubject:
    @pytest.mark.parametrize("text", ["harbour", "harbour/production"])
    def test_is_read_as_it_is_written(self, text: str) -> None:
        assert str(FactSubject.parse(text)) == text

    @pytest.mark.parametrize("text", ["", "/", "harbour/", "Harbour", "harbour/prod/eu"])
    def test_refuses_what_is_none(self, text: str) -> None:
        with pytest.raises(Invalid):
            FactSubject.parse(text)


class TestField:
    @pytest.mark.parametrize("name", ["version", "health.state", "modules.0-billing", "a_b"])
    def test_is_a_name_in_parts(self, name: str) -> None:
        assert checked_field(name) == name

    @pytest.mark.parametrize("name", ["", "Version", "a..b", ".a", "a.", "a b", "1a", "a" * 101, "a\n"])
    def test_refuses_what_no_rule_could_name(self, name: str) -> None:
        with pytest.raises(Invalid, match="cannot name a field"):
            checked_field(name)


class TestValue:
    @pytest.mark.parametrize(
        ("value", "kept"),
        [("1.4", "1.4"), ("", ""), (True, True), (3, 3), (2.5, 2.5), (2.0, 2), ("a\ud800b", "a?b")],
    )
    def test_keeps_texts_numbers_and_truth_values(self, value: object, kept: object) -> None:
        checked = checked_value("field", value)
        assert (checked, type(checked)) == (kept, type(kept))

    @pytest.mark.parametrize(
        "value",
        # -7e16 is read back from JSON as a whole number, which JSON cannot hold exactly.
        [None, [], {}, float("nan"), float("inf"), 2**53, -7e16, 1e300, b"x", "x" * 1001, "a\nb"],
    )
    def test_refuses_everything_else(self, value: object) -> None:
        with pytest.raises(Invalid, match="The value of field cannot be kept: "):
            checked_value("field", value)


class TestStatements:
    def test_name_every_fault(self) -> None:
        with pytest.raises(Invalid, match="2 of 3 facts cannot be kept") as caught:
            checked_statements(HARBOUR, {"version": "1", "B/d": 1, "worse": None})
        assert [where for where, _ in caught.value.problems] == ["/facts/B~1d", "/facts/worse"]

    def test_are_of_the_subject(self) -> None:
        (one,) = checked_statements(HARBOUR, {"version": "1"})
        assert (one.subject, one.field, one.value) == (HARBOUR, "version", "1")
