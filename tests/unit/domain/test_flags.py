"""Tests of feature flags: what decides one, which names there are, what variables may say."""

from __future__ import annotations

from datetime import date

import pytest

from tidegate.domain.errors import Invalid
from tidegate.domain.flags import (
    EVERYWHERE,
    FLAGS,
    FeatureFlag,
    FlagDecision,
    FlagOrigin,
    UnknownFlag,
    checked_reason,
    decide,
    declared_flag,
    read_values,
)

TIDE = FeatureFlag("high-tide", "It rises.", default=False, owner="sea", until=date(2026, 1, 31))
ONE = (TIDE,)


class TestDeclared:
    def test_flags_have_names_of_their_own_in_order(self) -> None:
        names = [flag.name for flag in FLAGS]
        assert names == sorted(set(names))

    def test_flag_that_nobody_declared_is_refused_with_the_one_that_was_meant(self) -> None:
        with pytest.raises(UnknownFlag, match="There is no flag named 'tri-it'. Did you mean 'try-it'"):
            declared_flag("tri-it")

    def test_flag_that_is_like_none_is_refused_with_all_of_them(self) -> None:
        with pytest.raises(UnknownFlag, match="There are: high-tide"):
            declared_flag("zzz", ONE)

    def test_flag_is_overdue_after_its_last_day(self) -> None:
        assert [TIDE.overdue(date(2026, *day)) for day in ((1, 31), (2, 1))] == [False, True]


class TestDecide:
    def test_takes_the_default_where_nothing_is_said(self) -> None:
        assert decide(TIDE, {}) == FlagDecision(False, FlagOrigin.DEFAULT)

    def test_takes_what_holds_everywhere_before_the_default(self) -> None:
        values = {(TIDE.name, EVERYWHERE): True}
        assert decide(TIDE, values, "staging") == FlagDecision(True, FlagOrigin.EVERYWHERE)

    def test_takes_what_the_environment_says_before_all(self) -> None:
        values = {(TIDE.name, EVERYWHERE): True, (TIDE.name, "staging"): False}
        assert decide(TIDE, values, "staging") == FlagDecision(False, FlagOrigin.ENVIRONMENT)

    def test_lets_no_environment_speak_for_another(self) -> None:
        values = {(TIDE.name, "staging"): True}
        assert not decide(TIDE, values, "production").enabled
        assert not decide(TIDE, values).enabled


class TestVariables:
    def test_say_on_or_off_everywhere_and_in_environments(self) -> None:
        values = read_values({"FEATURE_FLAG_HIGH_TIDE": "off, staging=on,production=FALSE"}, ONE)
        assert values == {
            (TIDE.name, ""): False,
            (TIDE.name, "staging"): True,
            (TIDE.name, "production"): False,
        }

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("perhaps", "'perhaps' is neither on nor off"),
            ("=on", "'=on' is neither on nor off"),
            ("staging=", "'staging=' is neither on nor off"),
            ("on,off", "it says twice what holds everywhere."),
            ("a=on,a=on", "it says twice what holds in a."),
        ],
    )
    def test_that_say_neither_are_refused(self, text: str, fault: str) -> None:
        with pytest.raises(Invalid) as refused:
            read_values({"FEATURE_FLAG_HIGH_TIDE": text}, ONE)
        assert fault in refused.value.problems[0][1]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("FEATURE_FLAG_HIGH_TIDES", "Did you mean FEATURE_FLAG_HIGH_TIDE?"),
            ("OTHER", "Known: FEATURE_FLAG_"),
        ],
    )
    def test_that_name_no_flag_are_refused(self, name: str, hint: str) -> None:
        with pytest.raises(Invalid) as refused:
            read_values({name: "on"}, ONE)
        assert hint in refused.value.problems[0][1]


class TestReason:
    def test_is_one_line(self) -> None:
        assert checked_reason(" it\n leaks ") == "it leaks"

    @pytest.mark.parametrize("reason", ["", " \n", "x" * 501])
    def test_is_needed(self, reason: str) -> None:
        with pytest.raises(Invalid, match="needs a reason"):
            checked_reason(reason)
