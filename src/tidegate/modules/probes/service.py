"""Use cases of probes: plan them, record what they found, show it; probe a target now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.facts import PROBE_SOURCE, FactSubject, Side, Statement
from tidegate.domain.probe_history import HOUR, ProbeHistory, Sample, history_of
from tidegate.domain.probe_schedule import LEASE, next_probe_at
from tidegate.domain.probing import STATUS_FIELD, ProbeListener, ProbeOutcome, ProbeReading
from tidegate.domain.targets import Target
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.ports import TargetMark
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.history_repository import ProbeHistoryRepository
from tidegate.modules.probes.repository import DueProbe, ProbeState, ProbeStateRepository

MOST_NEWEST = 500
LONGEST_HISTORY = timedelta(days=400)
_PLANS_AT_ONCE = 2_000
_LATE = 2  # intervals after which a target counts as not probed in time


@dataclass(frozen=True, slots=True)
class ProbesOfTarget:
    """How a target is, None before the first probe, and its newest probes, newest first."""

    state: ProbeState | None
    items: tuple[Sample, ...]


Ask = Callable[[Target, str | None], ProbeReading]
"""Probes a target, given the path that answered the last time."""


class ProbeService:
    """Knows how targets are."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        states: ProbeStateRepository,
        history: ProbeHistoryRepository,
        inventory: Callable[[], InventoryService],
        facts: FactService,
        audit: AuditService,
        access: Access,
        clock: Clock,
        interval: timedelta,
        ask: Ask,
        listeners: Callable[[], Sequence[ProbeListener]],
    ) -> None:
        self._uow = uow
        self._states = states
        self._history = history
        self._inventory = inventory
        self._facts = facts
        self._audit = audit
        self._access = access
        self._clock = clock
        self._interval = interval
        self._ask = ask
        self._listeners = listeners

    def newest(self, component: str, environment: str, most: int) -> ProbesOfTarget:
        """Return how a target is, and its newest probes; raises `NotFound`."""
        subject = self._seen(component, environment)
        return ProbesOfTarget(self._states.of_subject(subject), self._history.newest(subject, most))

    def history(
        self, component: str, environment: str, start: datetime | None, end: datetime | None
    ) -> ProbeHistory:
        """Return what probes found from `start` to `end`, as a rule within the last 24 hours.

        Raises `NotFound`, and `Invalid` for a span that is empty or too long.
        """
        subject = self._seen(component, environment)
        end = end or self._clock.now() + timedelta(milliseconds=1)
        start = start or end - 24 * HOUR
        if not timedelta() < end - start <= LONGEST_HISTORY:
            why = f"from is before to, by at most {LONGEST_HISTORY.days} days"
            raise Invalid(f"This span has no history: {why}.", (("from", why),))
        return history_of(*self._history.between(subject, start, end))

    def states_of(self, subjects: Sequence[FactSubject]) -> dict[FactSubject, ProbeState]:
        """Return how these targets are; those that are not probed are left out."""
        return dict(self._states.of_subjects(subjects))

    def probe_now(self, component: str, environment: str) -> ProbesOfTarget:
        """Probe a target now, whatever its schedule; raises `NotFound`, and `Invalid` where it has no URL."""
        self._access.require(Permission.OBSERVE, component=component, environment=environment)
        target = self._inventory().target(component, environment)
        if target.base_url is None:
            why = "it has no base URL: give it one, such as https://harbour.example.org"
            raise Invalid(f"{target.subject} cannot be probed: {why}.", (("base_url", why),))
        before = self._states.of_subject(target.subject)
        self._uow.release()  # nobody waits for this connection while the target takes its time
        reading = self._ask(target, before.path if before is not None else None)
        with self._uow.transaction():
            if before is None:  # a paused one has no schedule, and keeps none
                self._record_facts([(target, reading)])
            else:
                self.store([(target, reading)])
            details = {"state": reading.state.value, "status": reading.status}
            self._audit.append(action="target.probed", subject=f"target:{target.subject}", details=details)
        sample = _sample(reading)
        return ProbesOfTarget(self._states.of_subject(target.subject), (sample,))

    def target_saved(self, target: Target) -> None:
        """Begin to probe a target, or go on as it says now; it is asked at once."""
        if target.base_url is None or target.paused:
            self._states.remove(target.subject)
            return
        now = self._clock.now()
        known = self._states.describe(
            target.subject, version=target.version, interval=target.interval, now=now
        )
        if not known:
            late_at = now + _LATE * self._every(target.interval)
            self._states.add_state(ProbeState(target.subject, target.version, target.interval, now, late_at))

    def target_removed(self, subject: FactSubject) -> None:
        """Probe a target no more; what was found stays."""
        self._states.remove(subject)

    def reconcile(self) -> int:
        """Plan probes of targets that were described in other ways; returns how many plans were wrong."""
        righted = 0
        while self._wrong_plans():
            with self._uow.transaction():
                self._states.lock_name("plan")
                some = self._wrong_plans()[:_PLANS_AT_ONCE]
                for subject, target in some:
                    if target is None:
                        self.target_removed(subject)
                    else:
                        self.target_saved(target)
            righted += len(some)
        self._uow.release()
        return righted

    def follow(self, mark: TargetMark | None) -> TargetMark:
        """Reconcile where targets have changed since `mark`, as imports do it; returns the mark of now."""
        found = self._inventory().mark()
        if found != mark:
            self.reconcile()
        self._uow.release()
        return found

    def has_plans(self) -> bool:
        """Tell whether any target is to be probed, after a look whether all targets have their plans."""
        self.reconcile()
        return self._states.is_due(datetime.max.replace(tzinfo=UTC))

    def claim(self, most: int, known: MutableMapping[FactSubject, Target]) -> list[tuple[Target, str | None]]:
        """Take targets that are due, with the path that answered the last time; others take other ones.

        Taking one is moving its next probe on by a lease of seconds: of whoever dies with it, others take it
        over then. `known` holds targets that were read before.
        """
        now = self._clock.now()
        if not self._states.is_due(now):
            self._uow.release()
            return []
        with self._uow.transaction():
            due = self._states.take_due(now, most, now + LEASE)
        unknown = [one.subject for one in due if not _is_known(known, one)]
        if unknown:
            known.update((target.subject, target) for target in self._inventory().several(unknown))
        self._uow.release()
        return [(known[one.subject], one.path) for one in due if _is_known(known, one)]

    def postpone(self, subjects: Sequence[FactSubject], wait: timedelta = LEASE) -> None:
        """Have targets that were taken due after `wait`: not before because they are still being asked."""
        until = self._clock.now() + wait
        with self._uow.transaction():
            states = self._states.of_subjects(subjects, locked=True).values()
            self._states.claim([one.moved(until) for one in states if one.next_at < until])

    def store(
        self, found: Sequence[tuple[Target, ProbeReading]], random: Callable[[], float] = float
    ) -> None:
        """Record probes of many targets in one transaction: states, history, facts, and who is told of them.

        `random` spreads their next probes. What was asked of a target that has been described anew since, or
        was asked again since, is dropped.
        """
        with self._uow.transaction():
            before = self._states.of_subjects([target.subject for target, _ in found], locked=True)
            newest = {target.subject: (target, reading) for target, reading in found}
            counted = [
                (target, reading, before[subject])
                for subject, (target, reading) in newest.items()
                if subject in before and _is_newer(before[subject], target, reading)
            ]
            after = [self._after(state, reading, random()) for _, reading, state in counted]
            self._states.store(after)
            self._history.append([(target.subject, _sample(reading)) for target, reading, _ in counted])
            self._record_facts([(target, reading) for target, reading, _ in counted])
            self._end_statuses(
                [target.subject for target, reading, old in counted if old.status and not reading.status],
                self._clock.now(),
            )
            outcomes = [
                _outcome(old, new, reading) for (_, reading, old), new in zip(counted, after, strict=True)
            ]
            for listener in self._listeners():
                listener.probed(outcomes)

    def lateness(self) -> tuple[int, datetime | None]:
        """Return how many targets were not probed in time, and since when the first of them."""
        return self._states.lateness(self._clock.now())

    def counts(self) -> Mapping[str, int]:
        """Return how many targets are in which state; "new" stands for those never probed."""
        return self._states.counts()

    def roll_up(self, *, raw: timedelta, keep: timedelta, most: int = 200) -> tuple[int, int]:
        """Sum up days of which every probe was kept for long enough, and forget the oldest days.

        Returns how many days of targets were summed up, and forgotten. A transaction for each few hundred
        targets: run again, it goes on where it was stopped.
        """
        now, summed = self._clock.now(), 0
        while (day := self._history.oldest_day()) is not None and day + timedelta(days=1) <= now - raw:
            with self._uow.transaction():
                summed += self._history.roll_up(day, most)
        return summed, self._history.forget_days(now - keep)

    def _seen(self, component: str, environment: str) -> FactSubject:
        self._access.require(Permission.READ, component=component)
        subject = FactSubject(component, environment)
        if not self._inventory().several([subject]):
            raise NotFound("target", str(subject))
        return subject

    def _every(self, seconds: int | None) -> timedelta:
        return self._interval if seconds is None else timedelta(seconds=seconds)

    def _wrong_plans(self) -> list[tuple[FactSubject, Target | None]]:
        planned = dict(self._states.all())
        wrong: list[tuple[FactSubject, Target | None]] = []
        for target in self._inventory().stream():
            plan = planned.pop(target.subject, None)
            wanted = target.base_url is not None and not target.paused
            if (plan is None) == wanted or (plan is not None and plan.target_version != target.version):
                wrong.append((target.subject, target))
        return wrong + [(subject, None) for subject in planned]

    def _after(self, before: ProbeState, reading: ProbeReading, share: float) -> ProbeState:
        same = before.state is reading.state
        unanswered = 0 if reading.answered else before.unanswered + 1
        every = self._every(before.interval)
        next_at = next_probe_at(reading, every, unanswered=unanswered, share=share)
        return replace(
            before,
            next_at=next_at,
            late_at=max(next_at, reading.at) + _LATE * every,
            probed_at=reading.at,
            state=reading.state,
            since=before.since if same else reading.at,
            consecutive=before.consecutive + 1 if same else 1,
            unanswered=unanswered,
            reason=reading.reason,
            status=reading.status,
            latency_ms=reading.latency_ms,
            path=reading.path if reading.answered else before.path,
        )

    def _record_facts(self, found: Sequence[tuple[Target, ProbeReading]]) -> None:
        if not found:
            return
        statements = [
            Statement(target.subject, field, value)
            for target, reading in found
            for field, value in reading.facts.items()
        ]
        at = max(reading.at for _, reading in found)
        self._facts.record(Side.OBSERVED, statements, source=PROBE_SOURCE, at=at)

    def _end_statuses(self, subjects: Sequence[FactSubject], at: datetime) -> None:
        """Have targets that answered before and do not now no status of an answer."""
        if subjects:
            held = self._facts.locked(subjects, Side.OBSERVED).values()
            self._facts.end([fact for fact in held if fact.field == STATUS_FIELD], at=at)


def _is_known(known: MutableMapping[FactSubject, Target], due: DueProbe) -> bool:
    target = known.get(due.subject)
    return target is not None and target.version == due.target_version


def _is_newer(state: ProbeState, target: Target, reading: ProbeReading) -> bool:
    if state.target_version != target.version:
        return False
    return state.probed_at is None or reading.at > state.probed_at


def _sample(reading: ProbeReading) -> Sample:
    return Sample(reading.at, reading.state, reading.latency_ms, reading.status)


def _outcome(before: ProbeState, after: ProbeState, reading: ProbeReading) -> ProbeOutcome:
    return ProbeOutcome(before.subject, reading, before.state, after.consecutive, after.since or reading.at)
