"""Which reports a rule speaks of, and what they measure together."""

from __future__ import annotations

from bisect import bisect_left, insort_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from tidegate.domain.canonical import clean
from tidegate.domain.effective_reports import SAME_REPORT, EffectiveReport, Group, label, newest_of_each
from tidegate.domain.evidence import Evidence
from tidegate.domain.gates import Need
from tidegate.domain.measures import BY_NAME, Better, Measure, Totals, Value
from tidegate.domain.wording import listed

_PLACE = attrgetter("evidence.digest", "evidence.slot", "evidence.taken_at")
_ONCE = ", which counts once"
_SLOT: Callable[[EffectiveReport], object] = attrgetter("evidence.slot")


@dataclass(frozen=True, slots=True)
class Selection:
    """The reports that speak to one set of needs.

    `relevant` are all that are asked for, in the order of their digests, named by `digests`; `faulty` are
    those of them that cannot be believed. `readable` are those that measure: the newest readable one of each
    slot, and of copies of one report the newest, unless it holds findings: copies add those, and no more.
    `oldest` is the time from which the oldest of all ages.
    """

    needs: tuple[Need, ...]
    relevant: tuple[EffectiveReport, ...]
    faulty: tuple[EffectiveReport, ...]
    readable: tuple[EffectiveReport, ...]
    unmet: tuple[Need, ...]
    digests: tuple[str, ...]
    oldest: datetime | None
    memo: Totals | None = field(default=None, repr=False, compare=False)

    def values(self, wanted: Sequence[Measure], union: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """Combine what the reports measure; `union` holds what several coverage reports do together."""
        totals = self.memo
        if totals is None:
            totals = _totals(Totals(), self.readable)
            object.__setattr__(self, "memo", totals)
        return totals.values(wanted, union)

    def with_slots(self, added: Sequence[EffectiveReport]) -> Selection:
        """Return this selection with what counts in slots that it knows nothing of, in its order.

        It costs what is added, however much there is: each slot counts for itself.
        """
        asked = [one for one in added if any(need.met_by(one.evidence) for need in self.needs)]
        if not asked:
            return self
        added_readable = _that_measure([one for one in asked if one.unreadable is None])
        readable, memo = _merged(self.readable, added_readable), self.memo
        digests = _with_digests(self.digests, asked)
        if len(digests) < len(self.digests) + len({one.evidence.digest for one in asked}):
            readable, memo = _without_copies(readable), None
        since = [one.evidence.since for one in asked]
        return Selection(
            self.needs,
            _merged(self.relevant, asked),
            _merged(self.faulty, _faulty(asked)),
            readable,
            _unmet(self.unmet, [one.evidence for one in asked]),
            digests,
            min(since if self.oldest is None else [self.oldest, *since]),
            None if memo is None else _totals(memo, added_readable),
        )

    def copies(self) -> list[str]:
        """Say of each report that is there under several names how it counts.

        Who copies a report, or uploads it in two jobs, may think that both count.
        """
        if len(self.digests) == len(self.relevant):
            return []
        slots: dict[tuple[object, str], dict[str, None]] = {}
        for one in self.relevant:
            if one.unreadable is None:
                how = ": its findings count each time, all else once" if _is_of_findings(one) else _ONCE
                slots.setdefault((SAME_REPORT(one), how), {})[clean(one.evidence.slot) or "a report"] = None
        return [
            f"{listed(list(names))} are one and the same report{how}."
            for (_, how), names in slots.items()
            if len(names) > 1
        ]


def by_group(reports: Iterable[EffectiveReport]) -> Mapping[Group, Sequence[EffectiveReport]]:
    """Sort reports into their groups; the order within each stays."""
    groups: dict[Group, list[EffectiveReport]] = {}
    for report in reports:
        groups.setdefault(report.group, []).append(report)
    return groups


def select(
    reports: Sequence[EffectiveReport],
    needs: tuple[Need, ...],
    groups: Mapping[Group, Sequence[EffectiveReport]] | None = None,
) -> Selection:
    """Choose the reports that a rule with these needs speaks of; `groups` are theirs, where known."""
    groups = by_group(reports) if groups is None else groups
    # Whether a report meets a need follows from its group, so each group is asked once.
    asked = {group: of for group, of in groups.items() if any(need.met_by(of[0].evidence) for need in needs)}
    relevant = _members(reports, groups, asked)
    readable = _that_measure([report for report in relevant if report.unreadable is None])
    unmet = _unmet(needs, [of[0].evidence for of in asked.values()])
    digests = tuple(dict.fromkeys([report.evidence.digest for report in relevant]))
    oldest = min([report.evidence.since for report in relevant], default=None)
    return Selection(needs, relevant, _faulty(relevant), readable, unmet, digests, oldest)


def _members(
    reports: Sequence[EffectiveReport],
    groups: Mapping[Group, Sequence[EffectiveReport]],
    asked: Mapping[Group, Sequence[EffectiveReport]],
) -> tuple[EffectiveReport, ...]:
    if len(asked) == len(groups):
        return tuple(reports)
    if len(asked) == 1:
        return tuple(next(iter(asked.values())))
    return tuple([report for report in reports if report.group in asked]) if asked else ()


def _that_measure(readable: Sequence[EffectiveReport]) -> tuple[EffectiveReport, ...]:
    """Leave the newest report of each slot, and of the same report in several slots the newest of them.

    Slots come first: what a later report of its slot has replaced must not stand for its copies.
    """
    return _without_copies(newest_of_each(readable, _SLOT))


def _without_copies(readable: tuple[EffectiveReport, ...]) -> tuple[EffectiveReport, ...]:
    """Leave out copies, but for those of findings: equal bytes may be found in each of two packages."""
    newest = set(map(id, newest_of_each(readable, SAME_REPORT)))
    if len(newest) == len(readable):
        return readable
    return tuple([one for one in readable if id(one) in newest or _is_of_findings(one)])


def _is_of_findings(report: EffectiveReport) -> bool:
    return report.evidence.kind in BY_NAME["findings.total"].kinds


def _unmet(needs: tuple[Need, ...], reports: Sequence[Evidence]) -> tuple[Need, ...]:
    return tuple(need for need in needs if not any(need.satisfied_by(evidence) for evidence in reports))


def _faulty(reports: Iterable[EffectiveReport]) -> tuple[EffectiveReport, ...]:
    return tuple([one for one in reports if one.unreadable is not None or one.error is not None])


def _totals(totals: Totals, readable: Iterable[EffectiveReport]) -> Totals:
    reports = tuple(readable)
    newest = set(map(id, newest_of_each(reports, SAME_REPORT)))
    return totals.with_reports(
        [
            (one.evidence.kind, one.values if id(one) in newest else _without_merits(one.values))
            for one in reports
            if one.evidence.kind is not None
        ]
    )


def _without_merits(values: Mapping[str, Value]) -> dict[str, Value]:
    """Leave of a copy's values what may make a verdict worse: what it looked at was looked at once."""
    return {
        name: value if BY_NAME[name].better is Better.LOWER or isinstance(value, bool) else 0
        for name, value in values.items()
    }


def _merged(
    known: tuple[EffectiveReport, ...], added: Iterable[EffectiveReport]
) -> tuple[EffectiveReport, ...]:
    """Put reports into their places; parts of one report stay in their order."""
    merged = list(known)
    for one in added:
        insort_right(merged, one, key=_PLACE)
    return tuple(merged)


def _with_digests(known: tuple[str, ...], added: Iterable[EffectiveReport]) -> tuple[str, ...]:
    digests = list(known)
    for digest in [one.evidence.digest for one in added]:
        place = bisect_left(digests, digest)
        if digests[place : place + 1] != [digest]:
            digests.insert(place, digest)
    return tuple(digests)


def why_not_measured(name: str, selection: Selection) -> str | None:
    """Say why a measure has no value, or None where a fault of the reports explains it already."""
    measure = BY_NAME[name]
    parts = [BY_NAME[part] for part in measure.over or ()] or [measure]
    asked = [r for r in selection.readable if r.evidence.kind in measure.kinds]
    lacking = [r for r in asked if any(part.name not in r.values for part in parts)]
    if not asked:
        explained = selection.faulty or selection.unmet
        return None if explained else f"{name} is not measured: no report that is needed speaks of it."
    if not lacking:
        return f"{name} is not measured: its denominator, {parts[-1].name}, is 0."
    if all(r.error is not None for r in lacking):
        return None
    tools = sorted({label(r.evidence) for r in lacking if r.error is None})
    return f"{name} is not measured: {', '.join(tools)} {_silence(name)}."


def _silence(name: str) -> str:
    if name.startswith("findings.new."):
        return "was not compared with a baseline, or does not rate every finding"
    if name.startswith("findings.") and name not in ("findings.total", "findings.suppressed"):
        return "does not say how bad every finding is"
    return "does not give it"
