"""The facts that verdicts rest on: read when a verdict is given, kept with it, and looked up for the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_snapshots import NO_FACTS, FactSnapshot, facts_asked, target_of
from tidegate.domain.gates import Gate
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService


class KnownFacts:
    """Gathers what the rules of gates read of targets; what they do not read is not looked up."""

    def __init__(self, facts: FactService, catalog: CatalogService) -> None:
        self._facts = facts
        self._catalog = catalog

    def now(self, gate: Gate, subject: Subject, at: datetime) -> FactSnapshot:
        """Return what holds now; `at` is now, by the clock that judges."""
        return self._snapshot(gate, subject, at, None)

    def then(self, gate: Gate, subject: Subject, at: datetime) -> FactSnapshot:
        """Return what held at a moment of the past.

        Which of its confirmations came last before it is not kept: what was confirmed later counts as seen at
        that moment.
        """
        return self._snapshot(gate, subject, at, at)

    def place_of_trial(self, gate: Gate, environment: str | None) -> str | None:
        """Choose the environment whose facts a trial reads; None where the gate reads none.

        Without one that is named it is the highest that a gate of this name guards, or that any gate guards.
        Raises `NotFound` for one that is not there, and `Invalid` where there is none to choose.
        """
        if environment is not None:
            self._catalog.environment(environment)
        if environment is not None or not facts_asked(gate):
            return environment if facts_asked(gate) else None
        guarded = self._catalog.guarded_environments()
        names = [one.name for one in guarded if one.gate == gate.name] or [one.name for one in guarded]
        if not names:
            raise Invalid(
                "The gate reads facts, which are of an environment, and no environment has a gate yet.",
                (("/environment", "Name an environment."),),
            )
        return names[-1]

    def _snapshot(self, gate: Gate, subject: Subject, at: datetime, moment: datetime | None) -> FactSnapshot:
        target, asked = target_of(subject), facts_asked(gate)
        if target is None or not asked:
            return NO_FACTS
        held = self._facts.held(target, sorted({field for _, field in asked}), at=moment)
        if moment is not None:
            held = tuple(replace(fact, seen_at=min(fact.seen_at, moment), until=None) for fact in held)
        return FactSnapshot.of(gate, held, at, subject)
