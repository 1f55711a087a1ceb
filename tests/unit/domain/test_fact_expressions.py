"""Facts in expressions: what a gate may do with them, and what it is told where it may not."""

from __future__ import annotations

import pytest

from tidegate.domain.expressions import ExpressionFault, check, compile_expression


class TestCompile:
    @pytest.mark.parametrize(
        "text",
        [
            'facts.health.state == "pass"',
            "facts.version.declared == facts.version.observed",
            'facts.backup.age < duration("24h")',
            "facts.version == facts.version.declared",
            'facts["tls-days"] >= 14 && facts["tls-days.age"] < duration("1h30m")',
            'facts.region in ["eu", "us"] || facts.version.startsWith("2.")',
            'facts.enabled && facts.version.since > timestamp("2026-01-01T00:00:00Z")',
            "facts.a != 1 ? facts.b : !facts.c",
            "double(facts.replicas) * 2.0 > 3.0 && tests.failed == 0",
        ],
    )
    def test_takes_what_can_be_followed(self, text: str) -> None:
        assert check(text) == ()

    def test_names_the_facts_that_it_reads_beside_the_measures(self) -> None:
        read = compile_expression('tests.failed == 0 && facts.b.age < duration("1h") && facts.a == "x"')
        assert [name.text for name in read.facts] == ["facts.a", "facts.b.age"]
        assert read.measures == ("tests.failed",)

    def test_takes_a_text_that_looks_like_a_fact_for_a_text(self) -> None:
        assert compile_expression('tests.failed == 0 && "facts.a" != ""').facts == ()

    @pytest.mark.parametrize(
        ("text", "what", "suggestion"),
        [
            ("facts == 3", "`facts` is no value by itself.", "Name a field"),
            ('"x" in facts', "`facts` is no value by itself.", "Name a field"),
            ("facts.Health == 1", "`facts.Health` names no field.", "lower-case"),
            ('facts["a"].declared == 1', '`facts["a"].declared` names no field.', "lower-case"),
            ("facts.backup.age < 24", "`<` cannot compare or join a duration", 'duration("24h")'),
            ('facts.a.since > "x"', "`>` cannot compare or join a moment with a text.", "timestamp("),
            ('facts.a.age < duration("7d")', "`7d` is no duration.", 'a day is "24h"'),
            ('facts.a.since < timestamp("today")', "`today` is no moment.", "with its zone"),
            ("facts.a.age == facts.b.age", "`facts.a.age` is a duration", "<"),
            (
                "facts.a.age < duration(facts.b)",
                "What is given to `duration` must be written out.",
                "duration(",
            ),
            ("facts.a.age.getHours() < 3", "`getHours` cannot be used", "Compare the fact"),
            ("facts.a[0] == 1", "`[_]` cannot be used", "Compare the fact"),
            (
                "tests.faild == 0 && facts.a == 1",
                "There is no measure or function `tests.faild`.",
                "tests.failed",
            ),
            ("facts.a-b == 1", "There is no measure or function `b`.", 'facts["a-b"]'),
            ("size(facts.a)", "The expression gives a whole number", "Compare it"),
        ],
    )
    def test_says_what_is_wrong_and_what_to_write(self, text: str, what: str, suggestion: str) -> None:
        fault = check(text)[0]
        assert fault.what.startswith(what)
        assert fault.suggestion is not None and suggestion in fault.suggestion

    def test_says_where(self) -> None:
        fault = check('tests.failed == 0 &&\n  facts.a.age < duration("7d")')[0]
        assert isinstance(fault, ExpressionFault)
        assert (fault.line, fault.column) == (2, 27)

    @pytest.mark.parametrize("text", ["has(facts.a)", "facts.a.exists(x, x == 1)", "facts.in == 1"])
    def test_refuses_loops_and_questions_whether_a_fact_is_there(self, text: str) -> None:
        assert check(text)
