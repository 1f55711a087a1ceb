"""A release: one revision of a component under a version, and the fact that a gate keeps it from shipping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.errors import TidegateError
from tidegate.domain.states import State
from tidegate.domain.verdicts import Verdict
from tidegate.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a component at a commit, cut at a time by someone.

    `artifact` is the digest of what was built from it (`sha256:…`), where that is known.
    """

    component: str
    version: Version
    revision: str
    created_at: datetime
    created_by: str
    notes: str = ""
    artifact: str | None = None

    @property
    def tag(self) -> str:
        """The tag that ships it; raises `Invalid` for a pre-release."""
        return self.version.tag

    def __str__(self) -> str:
        return f"{self.component} {self.version}"


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
        told = "; ".join(f"{rule.gate}/{rule.rule} is {rule.state}: {rule.reason}" for rule in self.failing)
        super().__init__(f"{release} may not ship: {told or 'no gate has judged it'}")


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
