"""The decision to ship: every gate that was asked is open, or the fact of what keeps a release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.domain.errors import TidegateError
from tidegate.domain.states import State
from tidegate.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule that keeps a gate closed."""

    gate: str
    rule: str
    state: State
    reason: str


class GateClosed(TidegateError):
    """A release may not ship: `failing` names every rule that blocks it."""

    def __init__(self, release: str, failing: Sequence[FailingRule]) -> None:
        self.release = release
        self.failing = tuple(failing)
        reasons = "; ".join(
            f"{rule.gate}/{rule.rule} is {rule.state}: {rule.reason}" for rule in self.failing
        )
        super().__init__(f"{release} may not ship: {reasons or 'no gate has judged it'}")


def failing_rules(verdicts: Sequence[Verdict]) -> tuple[FailingRule, ...]:
    """Return every rule that blocks, in the order of the verdicts."""
    return tuple(
        FailingRule(verdict.gate, rule.rule, rule.state, rule.reason)
        for verdict in verdicts
        for rule in verdict.rules
        if rule.blocks
    )


def require_open(release: str, verdicts: Sequence[Verdict]) -> None:
    """Let a release through when every gate passes; raises `GateClosed` otherwise, or where none judged."""
    failing = failing_rules(verdicts)
    if not verdicts or failing or not all(verdict.passed for verdict in verdicts):
        raise GateClosed(release, failing)
