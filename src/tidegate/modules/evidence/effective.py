"""Which submissions of a revision may count: read once, and remembered from request to request."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.effective_reports import usable_at_any_time
from tidegate.domain.records import StoredEvidence
from tidegate.kernel.db.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Submitted:
    """A revision's submissions that may count; `last` is the identifier of the newest of all of them.

    What is left out has been replaced, whenever it is judged: by a later report of its slot that can be
    believed, of one time by the one that came last, or by the same bytes of the same run, sent again with
    another format or baseline. It is needed again where such a run is sent once more and cannot be read then
    (see `add`).
    `counted` are the reports that count of these, without `findings.new.*`; `commit` is the revision's.
    """

    submissions: tuple[StoredEvidence, ...]
    last: str | None
    commit: str
    counted: CountedReports = field(compare=False, repr=False)

    @classmethod
    def none(cls, commit: str) -> Submitted:
        """Return what a new revision has."""
        return cls((), None, commit, CountedReports.of((), revision=commit))

    @classmethod
    def of(cls, submissions: Iterable[StoredEvidence], last: str | None, *, commit: str) -> Submitted:
        """Leave out what has been replaced; the submissions are given oldest first."""
        kept = _that_may_count(submissions, commit)
        return cls(kept, last, commit, CountedReports.of([one.facts for one in kept], revision=commit))

    def add(self, *newer: StoredEvidence) -> Submitted | None:
        """Return these submissions with newer ones, given oldest first; other slots are not touched.

        None where one takes the place of a reading of the same run that had replaced others, and replaces
        none itself: those count again, and are not here.
        """
        if not newer:
            return self
        replacing = {_run_of(one) for one in self.submissions if usable_at_any_time(one.facts, self.commit)}
        if any(_run_of(one) in replacing and not usable_at_any_time(one.facts, self.commit) for one in newer):
            return None
        slots = {one.facts.slot for one in newer}
        others, touched = self.submissions, list(newer)
        if not self.counted.slots.isdisjoint(slots):
            others = tuple([one for one in self.submissions if one.facts.slot not in slots])
            touched = [one for one in self.submissions if one.facts.slot in slots] + touched
        changed = _that_may_count(touched, self.commit)
        counted = self.counted.with_slots([one.facts for one in changed])
        return Submitted((*others, *changed), newer[-1].id, self.commit, counted)


def _that_may_count(submissions: Iterable[StoredEvidence], commit: str) -> tuple[StoredEvidence, ...]:
    # Both readings of one run together would be one report counted in two ways.
    runs = {_run_of(one): one for one in submissions}
    newest: dict[str, tuple[datetime, str]] = {}
    for one in runs.values():
        slot, place = one.facts.slot, _place(one)
        if usable_at_any_time(one.facts, commit) and (slot not in newest or newest[slot] < place):
            newest[slot] = place
    return tuple(
        [
            one
            for one in runs.values()
            if one.facts.slot not in newest or _place(one) >= newest[one.facts.slot]
        ]
    )


def _place(one: StoredEvidence) -> tuple[datetime, str]:
    """Tell which of a slot's reports is the later one: by time, then by arrival, as identifiers rise."""
    return one.facts.taken_at, one.id


class RememberedEvidence:
    """What a process remembers of the revisions that it judged last; rows of evidence never change."""

    MOST = 5_000
    """Submissions that are remembered, all revisions together: some 20 MiB."""

    def __init__(self) -> None:
        self._known: dict[str, Submitted] = {}
        self._total = 0
        self._lock = threading.Lock()

    def get(self, revision_id: str) -> Submitted | None:
        """Return what is remembered of a revision."""
        return self._known.get(revision_id)

    def put(self, revision_id: str, submitted: Submitted) -> None:
        """Remember a revision's submissions, and forget those that were judged least lately."""
        with self._lock:
            before = self._known.pop(revision_id, None)
            self._known[revision_id] = submitted
            self._total += len(submitted.submissions) - (len(before.submissions) if before else 0)
            while self._total > self.MOST and len(self._known) > 1:
                self._total -= len(self._known.pop(next(iter(self._known))).submissions)


class EvidenceQueries(Protocol):
    """What is asked of a revision's rows: of the repository, and in tests of rows in memory."""

    def of_revision(self, revision_id: str, *, until: str | None) -> tuple[StoredEvidence, ...]:
        """Return every submission for the revision up to one of them, oldest first."""
        ...

    def since(self, revision_id: str, evidence_id: str) -> tuple[StoredEvidence, ...]:
        """Return one submission for the revision and those after it, oldest first."""
        ...

    def newest_in_slots(
        self, revision_id: str, *, until: str | None
    ) -> tuple[tuple[StoredEvidence, ...], str | None]:
        """Return what `of_revision` does without what a later readable report of its slot replaces.

        The second is the identifier of the newest submission, be it among them or not.
        """
        ...


class EffectiveEvidence:
    """Finds the submissions of a revision that may count, without reading all of them each time."""

    def __init__(self, *, uow: UnitOfWork, evidence: EvidenceQueries, remembered: RememberedEvidence) -> None:
        self._uow = uow
        self._evidence = evidence
        self._remembered = remembered

    def of_revision(self, revision_id: str, commit: str) -> Submitted:
        """Return the submissions of a revision, which is this commit, that may count now."""
        known = self._remembered.get(revision_id)
        found = None if known is None else self._caught_up(revision_id, known)
        if found is None:
            found = self._read(revision_id, commit, until=None)
        if found.last is not None and found is not known:
            # Never before the commit: a row of our own might be among them, and might be rolled back.
            self.remember(revision_id, found)
        return found

    def remember(self, revision_id: str, submitted: Submitted) -> None:
        """Know these submissions of a revision from now on, once what is new among them is committed."""
        self._uow.after_commit(lambda: self._remembered.put(revision_id, submitted))

    def with_newer(self, revision_id: str, earlier: Submitted, newer: Sequence[StoredEvidence]) -> Submitted:
        """Return what may count with what was just recorded, given oldest first, and remember it."""
        found = earlier.add(*newer)
        if found is None:
            found = self._read(revision_id, earlier.commit, until=None)
        self.remember(revision_id, found)
        return found

    def until(self, revision_id: str, commit: str, last: str) -> Submitted:
        """Return the submissions that may count of those up to one of them, as they were read then."""
        return self._read(revision_id, commit, until=last)

    def _caught_up(self, revision_id: str, known: Submitted) -> Submitted | None:
        """Add what has come since, or return None where the database is not the one that was read."""
        if known.last is None:
            return None
        # Identifiers of a revision's evidence only rise (`EvidenceService._record`), so nothing is missed.
        since = self._evidence.since(revision_id, known.last)
        return known.add(*since[1:]) if since and since[0].id == known.last else None

    def _read(self, revision_id: str, commit: str, *, until: str | None) -> Submitted:
        rows, last = self._evidence.newest_in_slots(revision_id, until=until)
        last_of = {_run_of(one): one for one in rows}
        if not all(
            usable_at_any_time(one.facts, commit) and _seems_usable(last_of[_run_of(one)])
            for one in rows
            if _seems_usable(one)
        ):
            # What seemed to replace the others does not: its values cannot be, it is of another commit, or
            # the same report of the same time was sent again, and could not be read then.
            rows = self._evidence.of_revision(revision_id, until=until)
        return Submitted.of(rows, last, commit=commit)


def _run_of(one: StoredEvidence) -> tuple[str, str, datetime]:
    """Tell which run of a tool a submission is of: what was sent last of one run is what is meant."""
    return one.facts.slot, one.facts.digest, one.facts.taken_at


def _seems_usable(one: StoredEvidence) -> bool:
    """Tell whether a query takes a report for one that can be believed."""
    return one.facts.ran and one.facts.unreadable is None and one.facts.kind is not None
