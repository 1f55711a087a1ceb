"""Tests of conditions: what may be changed after what was said of it."""

from __future__ import annotations

import pytest

from tidegate.domain.conditions import (
    NO_CONDITION,
    AnyVersion,
    Condition,
    ExpectedVersion,
    check_condition,
    require_condition,
)
from tidegate.domain.errors import ConditionNeeded, Stale


class TestCheckCondition:
    @pytest.mark.parametrize(
        ("condition", "current"),
        [(ExpectedVersion(3), 3), (AnyVersion(), 3), (NO_CONDITION, 3), (NO_CONDITION, None)],
    )
    def test_lets_through_what_holds(self, condition: Condition, current: int | None) -> None:
        check_condition(condition, "thing", "box", current)

    def test_refuses_another_version_than_the_one_that_was_read(self) -> None:
        with pytest.raises(Stale, match="The thing 'box' is at version 4, you have read 3"):
            check_condition(ExpectedVersion(3), "thing", "box", 4)

    @pytest.mark.parametrize("condition", [ExpectedVersion(1), AnyVersion()])
    def test_refuses_to_change_what_is_not_there(self, condition: Condition) -> None:
        with pytest.raises(Stale, match="There is no thing 'box' yet"):
            check_condition(condition, "thing", "box", None)


class TestRequireCondition:
    def test_refuses_a_change_of_which_nothing_was_said(self) -> None:
        with pytest.raises(ConditionNeeded, match="at version 2"):
            require_condition(NO_CONDITION, "thing", "box", 2)

    def test_lets_a_change_through_of_which_something_was_said(self) -> None:
        for condition in (AnyVersion(), ExpectedVersion(2)):
            require_condition(condition, "thing", "box", 2)
