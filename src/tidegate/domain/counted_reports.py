"""The reports of a revision that count, kept from one submission to the next: what is new is worked in."""

from __future__ import annotations

from bisect import insort_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Self, TypeAlias

from tidegate.domain.effective_reports import SKEW, EffectiveReport, Group, that_count
from tidegate.domain.evidence import Evidence
from tidegate.domain.gates import Need
from tidegate.domain.selections import Selection, by_group, select

_Entry: TypeAlias = "tuple[tuple[str, str, datetime], tuple[EffectiveReport, ...]]"
_PLACE: Callable[[_Entry], tuple[str, str, datetime]] = itemgetter(0)
_LAST = datetime.max.replace(tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC)


class CountedReports:
    """The reports that count (`effective_reports`), and what each set of needs selects, found once.

    `with_slots` makes those of the next submission of them without looking at other slots again. Nothing of
    it changes but what it has found already: `newest` is the time up to which its reports are dated.
    """

    MOST = 64
    """Selections that are carried on: gates change, and nobody asks for those of older ones."""

    __slots__ = ("_entries", "_groups", "_reports", "_revision", "_selections", "newest", "slots")

    def __init__(
        self, revision: str, entries: list[_Entry], newest: datetime, slots: frozenset[str] = frozenset()
    ) -> None:
        self._revision = revision
        self._entries = entries
        self._reports: tuple[EffectiveReport, ...] | None = None
        self._groups: Mapping[Group, Sequence[EffectiveReport]] | None = None
        self._selections: dict[tuple[Need, ...], Selection] = {}
        self.newest = newest
        self.slots = slots

    @classmethod
    def at(cls, evidence: Iterable[Evidence], at: datetime, *, revision: str = "") -> Self:
        """Return the reports that count at a time, to which nothing can be added; see `effective_reports`."""
        return cls(revision, _entries(evidence, at + SKEW, revision), at + SKEW)

    @classmethod
    def of(cls, evidence: Iterable[Evidence], *, revision: str) -> Self:
        """Return the reports that count once none of them is dated ahead of the clock; see `hold_at`."""
        return cls(revision, [], _FIRST).with_slots(evidence)

    @property
    def reports(self) -> tuple[EffectiveReport, ...]:
        """The reports, in the order of their digests."""
        if self._reports is None:
            self._reports = tuple([part for _, parts in self._entries for part in parts])
        return self._reports

    def hold_at(self, at: datetime) -> bool:
        """Tell whether these are the reports that count at a time: none is dated ahead of it."""
        return self.newest <= at + SKEW

    def with_slots(self, evidence: Iterable[Evidence]) -> Self:
        """Return these reports with all that is in some slots replaced: the others are left as they are."""
        changed = tuple(evidence)
        slots = frozenset([one.slot for one in changed])
        added = _entries(changed, _LAST, self._revision)
        newest = max([self.newest, *(one.taken_at for one in changed)])
        replaced = not slots.isdisjoint(self.slots)
        kept = [one for one in self._entries if one[0][1] not in slots] if replaced else list(self._entries)
        # Each slot counts for itself, and those of one slot stay in their order.
        for one in added:
            insort_right(kept, one, key=_PLACE)
        new = type(self)(self._revision, kept, newest, self.slots | slots)
        if not replaced and len(self._selections) <= self.MOST:
            parts = [part for _, parts in added for part in parts]
            new._selections = {
                needs: found.with_slots(parts) for needs, found in tuple(self._selections.items())
            }
        return new

    def select(self, needs: tuple[Need, ...]) -> Selection:
        """Choose the reports that a rule with these needs speaks of."""
        found = self._selections.get(needs)
        if found is None:
            if self._groups is None:
                self._groups = by_group(self.reports)
            found = self._selections[needs] = select(self.reports, needs, self._groups)
        return found


def _entries(evidence: Iterable[Evidence], latest: datetime, revision: str) -> list[_Entry]:
    return [
        ((one.digest, one.slot, one.taken_at), parts) for one, parts in that_count(evidence, latest, revision)
    ]
