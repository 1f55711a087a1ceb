"""The benchmark of verdicts measures what it says: twenty rules, some of which fail."""

from __future__ import annotations

from datetime import UTC, datetime

from benchmarks.verdicts import ordinary_evidence, twenty_rules
from tidegate.domain.evidence import Subject
from tidegate.domain.judging import judge
from tidegate.domain.states import State


def test_measures_a_gate_of_twenty_rules_with_explanations() -> None:
    at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    verdict = judge(twenty_rules(), ordinary_evidence(), (), at, Subject("shop", "r"))
    assert len(verdict.rules) == 20
    assert {r.state for r in verdict.rules} == {State.PASS, State.FAIL}
    assert all(r.change for r in verdict.rules if r.state is State.FAIL)
