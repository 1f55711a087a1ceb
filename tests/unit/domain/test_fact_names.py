"""How expressions name facts."""

from __future__ import annotations

import pytest

from tidegate.domain.fact_names import Aspect, FactName, fact_name
from tidegate.domain.facts import Side


class TestName:
    @pytest.mark.parametrize(
        ("text", "field", "aspect"),
        [
            ("facts.health.state", "health.state", Aspect.OBSERVED),
            ("facts.version.observed", "version", Aspect.OBSERVED),
            ("facts.version.declared", "version", Aspect.DECLARED),
            ("facts.backup.age", "backup", Aspect.AGE),
            ("facts.version.since", "version", Aspect.SINCE),
            ("facts.age", "age", Aspect.OBSERVED),
            ("facts.person.age.observed", "person.age", Aspect.OBSERVED),
            ('facts["tls-days"]', "tls-days", Aspect.OBSERVED),
            ('facts["tls-days.declared"]', "tls-days", Aspect.DECLARED),
        ],
    )
    def test_is_a_field_and_what_is_asked_of_it(self, text: str, field: str, aspect: Aspect) -> None:
        assert fact_name(text) == FactName(field, aspect, text)

    @pytest.mark.parametrize(
        "text", ["facts", "tests.failed", "facts.Health", 'facts["a b"]', "facts." + "a" * 101]
    )
    def test_is_none_for_what_names_no_fact(self, text: str) -> None:
        assert fact_name(text) is None

    def test_knows_which_side_has_it(self) -> None:
        sides = [fact_name(f"facts.x.{aspect}") for aspect in Aspect]
        assert [name.side for name in sides if name] == [Side.OBSERVED, Side.DECLARED] + [Side.OBSERVED] * 2
