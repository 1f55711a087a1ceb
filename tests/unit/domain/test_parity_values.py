"""How two values of a field are compared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tidegate.domain.facts import FactValue
from tidegate.domain.parity_values import NO_TOLERANCE, Comparison, Tolerance, agree, version_of, written


class TestAgree:
    @pytest.mark.parametrize(
        ("comparison", "left", "right"),
        [
            (Comparison.TEXT, "a", "a"),
            (Comparison.TEXT, "3", 3),
            (Comparison.TEXT, 2.5, "2.5"),
            (Comparison.TEXT, "TRUE", True),
            (Comparison.TEXT, 1, 1.0),
            (Comparison.NO_CASE, "Main ", "main"),
            (Comparison.NUMBER, "3.0", 3),
            (Comparison.SET, "a, b,b", '["b", "a"]'),
            (Comparison.SET, "1,true", "[true, 1]"),
            (Comparison.SET, "[a", "[a"),
            (Comparison.SET, "", " "),
            (Comparison.VERSION, "v1.2", "1.2.0"),
            (Comparison.VERSION, "1", 1),
            (Comparison.VERSION, "1.2.0", "1.2.0+build.7"),
            (Comparison.VERSION, "1.2-rc.1", "V1.2.0-rc.1"),
            (Comparison.VERSION, "main-abc", "main-abc"),
            (Comparison.AT_LEAST, "1.9", "1.10.0"),
            (Comparison.AT_LEAST, "1.2", "v1.2.0"),
            (Comparison.AT_LEAST, "edge", "edge"),
        ],
    )
    def test_takes_for_the_same(self, comparison: Comparison, left: FactValue, right: FactValue) -> None:
        assert agree(comparison, left, right)

    @pytest.mark.parametrize(
        ("comparison", "left", "right"),
        [
            (Comparison.TEXT, "a", "A"),
            (Comparison.TEXT, True, 1),
            (Comparison.TEXT, "1", True),
            (Comparison.TEXT, "3.0", 3),
            (Comparison.NO_CASE, "main", "master"),
            (Comparison.NUMBER, "three", "three"),
            (Comparison.NUMBER, True, 1),
            (Comparison.NUMBER, "nan", "nan"),
            (Comparison.NUMBER, "1e9999", "1e9999"),
            (Comparison.NUMBER, "1" * 61, "1" * 61),
            (Comparison.SET, "a,b", "a,b,c"),
            (Comparison.SET, '[{"a": 1}]', '[{"a": 2}]'),
            (Comparison.VERSION, "1.2.0+a", "1.2.0+b"),
            (Comparison.VERSION, "1.2.0", "1.2.1"),
            (Comparison.VERSION, "1.2.0-rc.1", "1.2.0"),
            (Comparison.VERSION, "main", "1.2"),
            (Comparison.AT_LEAST, "1.10", "1.9"),
            (Comparison.AT_LEAST, "1.2", "edge"),
        ],
    )
    def test_tells_apart(self, comparison: Comparison, left: FactValue, right: FactValue) -> None:
        assert not agree(comparison, left, right)

    @pytest.mark.parametrize(
        ("tolerance", "right", "same"),
        [
            (NO_TOLERANCE, 100.5, False),
            (Tolerance(Decimal("0.5")), 100.5, True),
            (Tolerance(Decimal("0.5")), 100.6, False),
            (Tolerance(Decimal("0.05"), relative=True), 95, True),
            (Tolerance(Decimal("0.05"), relative=True), "94.9", False),
        ],
    )
    def test_allows_numbers_their_tolerance(self, tolerance: Tolerance, right: FactValue, same: bool) -> None:
        assert agree(Comparison.NUMBER, 100, right, tolerance) is same


class TestText:
    def test_is_written_as_json_writes_it(self) -> None:
        assert [written(one) for one in (True, 3, 2.5, "x")] == ["true", "3", "2.5", "x"]
        assert [str(one) for one in (Tolerance(Decimal("0.5")), Tolerance(Decimal("0.05"), True))] == [
            "0.5",
            "5%",
        ]

    def test_of_no_version_is_none(self) -> None:
        assert [version_of(one) for one in (True, "", "x" * 300, "01.2")] == [None] * 4
