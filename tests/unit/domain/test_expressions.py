"""Expressions compile, advise on faults, and evaluate without surprises."""

from __future__ import annotations

import time

import pytest

from tidegate.domain.expressions import InvalidExpression, NotEvaluated, check, compile_expression


class TestCompile:
    def test_knows_which_measures_are_used(self) -> None:
        expression = compile_expression("tests.failed == 0 || coverage.line_rate > 0.5 && tests.failed < 9")
        assert expression.measures == ("coverage.line_rate", "tests.failed")

    def test_wants_the_counts_behind_a_rate_too(self) -> None:
        wanted = compile_expression("coverage.line_rate > 0.5").wanted
        assert [m.name for m in wanted] == [
            "coverage.lines_total",
            "coverage.lines_covered",
            "coverage.line_rate",
        ]

    def test_gives_the_same_object_for_the_same_text(self) -> None:
        assert compile_expression("tests.failed == 0") is compile_expression("tests.failed == 0")

    def test_equals_by_text(self) -> None:
        assert compile_expression("tests.failed == 0") != compile_expression("tests.failed == 1")

    @pytest.mark.parametrize(
        ("text", "account"),
        [
            ("tests.failed == 0", "tests.failed is 0"),
            ("tests.failed != 1", "tests.failed is not 1"),
            ("coverage.line_rate >= 0.9", "coverage.line_rate is at least 0.9"),
            ("tests.failed < 3 && tool.ran", "tests.failed is below 3 and tool.ran holds"),
            (
                "tool.ran && (tests.failed <= 1 || tests.errors > 2)",
                "tool.ran holds and (tests.failed is at most 1 or tests.errors is above 2)",
            ),
            ("!(tests.failed > 0)", "it is not true that tests.failed is above 0"),
            (
                "!(tool.ran && tests.failed == 0)",
                "it is not true that (tool.ran holds and tests.failed is 0)",
            ),
            ("tests.failed in [0, 1]", "`tests.failed in [0, 1]` is true"),
            ("'a'.startsWith('b')", "`'a'.startsWith('b')` is true"),
        ],
    )
    def test_says_what_was_asked(self, text: str, account: str) -> None:
        assert compile_expression(text).account == account


class TestFaults:
    def test_a_typo_gets_a_suggestion_and_its_place(self) -> None:
        (fault,) = check("tests.total > 1 &&\n  tests.fialed == 0")
        assert (fault.line, fault.column) == (2, 3)
        assert fault.what == "There is no measure or function `tests.fialed`."
        assert fault.suggestion == "Did you mean `tests.failed`?"

    def test_every_typo_is_reported(self) -> None:
        assert [f.column for f in check("tests.fialed == 0 && covrage.line_rate > 0.5")] == [1, 22]

    def test_a_name_like_no_other_points_to_the_list(self) -> None:
        (fault,) = check("zzz == 0")
        assert fault.suggestion is not None and "list of measures" in fault.suggestion

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("coverage.line_rate >= 1", "Write 1.0 instead of 1"),
            ("1 <= coverage.line_rate", "Write 1.0 instead of 1"),
            ("coverage.line_rate >= 80", "Write 0.8 instead of 80: a rate goes from 0 to 1."),
            ("85 <= tests.pass_rate", "Write 0.85 instead of 85"),
            ("tests.duration < 90", "Write 90.0 instead of 90"),
            ("tests.failed == 0.0", "Write 0 instead of 0.0: a count is compared with a whole number."),
            ("3.0 >= tests.failed", "Write 3 instead of 3.0"),
            ("tests.failed < 1.5", "without a point"),
            ("coverage.line_rate > tests.failed", "double("),
            ("tool.ran == 1", "tool.ran"),
        ],
    )
    def test_a_wrong_type_says_how_to_fix_it(self, text: str, advice: str) -> None:
        (fault,) = check(text)
        assert fault.suggestion is not None and advice in fault.suggestion

    @pytest.mark.parametrize(
        ("text", "advice"),
        [
            ("tests.failed = 0", "Compare with `==`."),
            ("tests.failed === 0", "Compare with `==`."),
            ("tests.failed =< 3", "Write `<=`."),
            ("tests.passed => 3", "Write `>=`."),
            ("tests.failed <> 0", "Write `!=`."),
            ("tests.failed == 0 AND tool.ran", "Join with `&&` and `||`"),
            ("not tool.ran", "negate with `!`"),
            ("coverage.line_rate >= 80%", "0.8 for 80 %"),
            ("coverage.line_rate >= 0,8", "Write a point"),
        ],
    )
    def test_a_slip_of_syntax_says_how_it_is_written(self, text: str, advice: str) -> None:
        assert advice in (check(text)[0].suggestion or "")

    def test_a_text_against_a_number_is_reported_without_advice(self) -> None:
        (fault,) = check("tests.failed == 'a'")
        assert fault.what == "`==` cannot compare or join a whole number with a text."
        assert fault.suggestion is None

    def test_a_measure_alone_must_be_compared(self) -> None:
        (fault,) = check("tests.failed")
        assert "whole number" in fault.what
        assert fault.suggestion == "Compare it with something, such as `tests.failed == 0`."

    @pytest.mark.parametrize("text", ["", "1 +", "tests.failed ==", "'", "\0"])
    def test_bad_syntax_is_a_fault(self, text: str) -> None:
        assert check(text)[0].what.startswith("Syntax error")

    def test_a_number_that_cannot_be_held_is_reported_with_the_largest(self) -> None:
        (fault,) = check("tests.failed == 99999999999999999999")
        assert fault.what == "This number is too large to compare with."
        assert fault.suggestion == "Whole numbers go up to 9223372036854775807."
        assert check("tests.failed == 9223372036854775807") == ()

    @pytest.mark.parametrize("text", ["[1].all(x, x > 0)", "[1].exists(x, [2].exists(y, x > y))"])
    def test_macros_that_loop_are_refused(self, text: str) -> None:
        (fault,) = check(text)
        assert "macro that loops" in fault.what

    def test_maps_are_refused(self) -> None:
        assert "cannot use a" in check("{'a': 1}['a'] == 1")[0].what

    def test_length_is_limited(self) -> None:
        (fault,) = check("tests.failed == 0" + " " * 2000)
        assert "2017 characters" in fault.what

    @pytest.mark.parametrize(
        "text", ["(" * 500 + "true" + ")" * 500, "+".join(["1"] * 900) + " == 1", "!" * 1999, "-" * 1999]
    )
    def test_depth_is_limited_quickly(self, text: str) -> None:
        start = time.perf_counter()
        assert check(text)
        assert time.perf_counter() - start < 1

    def test_a_surrogate_is_a_fault_and_no_crash(self) -> None:
        assert check("tests.failed == 0 && '\ud800' == 'a'")

    def test_the_error_says_the_first_fault_and_lists_all(self) -> None:
        with pytest.raises(
            InvalidExpression, match="line 1, column 1: There is no measure.*Did you mean"
        ) as caught:
            compile_expression("tests.fialed == 0 && foo == 1")
        assert [where for where, _ in caught.value.problems] == ["1:1", "1:22"]


class TestEvaluate:
    def test_answers(self) -> None:
        expression = compile_expression("tests.failed <= 1 && coverage.line_rate >= 0.5")
        assert expression.evaluate({"tests.failed": 1, "coverage.line_rate": 0.5})
        assert not expression.evaluate({"tests.failed": 2, "coverage.line_rate": 0.5})

    @pytest.mark.parametrize(
        ("text", "value"),
        [("1 / tests.failed == 1", 0), ("tests.failed == 0", 2**70), ("tests.failed == 0", 1.5)],
    )
    def test_no_answer_is_an_error_not_a_no(self, text: str, value: float) -> None:
        with pytest.raises(NotEvaluated, match="cannot be answered"):
            compile_expression(text).evaluate({"tests.failed": value})

    def test_a_measure_that_is_not_given_is_an_error(self) -> None:
        with pytest.raises(NotEvaluated):
            compile_expression("tests.failed == 0").evaluate({})
