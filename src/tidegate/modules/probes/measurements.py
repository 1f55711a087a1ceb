"""What probes found over long spans, for modules that count it; they ask what the caller may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.probe_history import DayOfProbes, Sample
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.probes.history_repository import ProbeHistoryRepository


class ProbeMeasurements:
    """Counts what probes found."""

    def __init__(self, uow: UnitOfWork, history: ProbeHistoryRepository) -> None:
        self._uow = uow
        self._history = history

    def between(
        self, subject: FactSubject, start: datetime, end: datetime
    ) -> tuple[tuple[DayOfProbes, ...], tuple[Sample, ...]]:
        """Return the days that were summed up and the single probes of a target, oldest first."""
        return self._history.between(subject, start, end)

    def days_of(
        self, subjects: Sequence[FactSubject], start: datetime, end: datetime
    ) -> Mapping[FactSubject, Mapping[datetime, Counter[HealthState]]]:
        """Return how many probes found which state, by target and by the beginning of days in UTC."""
        return self._history.counts_by_day(subjects, start, end)
