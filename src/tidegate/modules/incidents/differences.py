"""What parity says of targets: a difference that nobody explained opens an incident, its end closes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from tidegate.domain.access import Permission
from tidegate.domain.facts import NO_TIME, PROBE_SOURCE, FactSubject, Side
from tidegate.domain.incidents import IncidentSource, TargetCheckResult
from tidegate.domain.parity import Moments, ParityCounts, ParityRow, ParityStatus, compare, left_differing
from tidegate.domain.parity_rules import DEFAULT_RULES
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.facts.service import FactService
from tidegate.modules.incidents.ports import CheckSeen
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.parity.ports import ParityReport, ReportSide
from tidegate.modules.parity.service import ParityService

_FIELD = attrgetter("field")
_MOST_NAMED = 5
_AT_ONCE = 100
"""How many targets are compared in a transaction."""
_BEFORE = timedelta(hours=1)
"""How long before its incident opened a field may have differed."""
_COMPARED = (ParityStatus.MATCH, ParityStatus.MISMATCH, ParityStatus.STALE)


class ParityDifferences:
    """Compares what is declared of targets with what is observed now, which opens and closes incidents."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        incidents: IncidentService,
        reports: ParityService,
        facts: FactService,
        inventory: Callable[[], InventoryService],
        access: Access,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._incidents = incidents
        self._reports = reports
        self._facts = facts
        self._inventory = inventory
        self._access = access
        self._clock = clock

    def asked(self, report: ParityReport) -> None:
        """Look at once at what somebody asks a report of, as far as they may describe it.

        A report by rules of one's own, or of anything but what is declared and observed now, counts for
        nothing here.
        """
        usual = report.rules_digest == DEFAULT_RULES.digest
        if (
            report.of_now
            and not report.across
            and {report.left.side, report.right.side} == set(Side)
            and usual
        ):
            self.look(component=report.component, environment=report.left.environment)

    def look(self, *, component: str | None = None, environment: str | None = None) -> tuple[int, int]:
        """Compare the targets that may differ or did; returns how many these are, and how many do differ.

        Only those that the caller may describe. Each is compared in the transaction that opens or closes, one
        caller at a time: what was read before another one looked never counts after it.
        """
        if not self._access.may_somewhere(Permission.DESCRIBE_TARGET):
            return 0, 0
        differing = self._facts.differing(component=component, environment=environment)
        troubled = self._troubled(component, environment)
        wanted = [one for one in sorted({*differing, *troubled}) if self._may_describe(one)]
        self._uow.release()
        failed = 0
        for start in range(0, len(wanted), _AT_ONCE):
            with self._uow.transaction():
                self._reports.look_alone()
                seen = self._compared(wanted[start : start + _AT_ONCE], component, environment)
                self._incidents.record(seen)
            failed += sum(one.result is TargetCheckResult.FAIL for one in seen)
        return len(wanted), failed

    def _troubled(
        self, component: str | None, environment: str | None
    ) -> Mapping[FactSubject, datetime | None]:
        found = self._incidents.troubled(IncidentSource.PARITY, component=component, environment=environment)
        return {FactSubject(key[1], key[2]): at for key, at in found.items()}

    def _may_describe(self, subject: FactSubject) -> bool:
        return self._access.allows(
            Permission.DESCRIBE_TARGET, component=subject.component, environment=subject.environment
        )

    def _compared(
        self, subjects: Sequence[FactSubject], component: str | None, environment: str | None
    ) -> list[CheckSeen]:
        now, troubled = self._clock.now(), self._troubled(component, environment)
        left, right = (
            [fact for one in subjects for fact in sorted(self._facts.current(one, side), key=_FIELD)]
            for side in (Side.DECLARED, Side.OBSERVED)
        )
        rows = list(compare(left, right, DEFAULT_RULES, Moments(now, now), ParityCounts()))
        failing = self._unexplained([row for row in rows if row.status is ParityStatus.MISMATCH], now)
        seen = [_failed(one, fields, now) for one, fields in failing.items()]
        for one, of_it in groupby(rows, _subject):
            if one in troubled and one not in failing and self._is_calm(troubled[one], one, list(of_it)):
                seen.append(_passed(one, now))
        return seen

    def _unexplained(self, rows: Sequence[ParityRow], now: datetime) -> Mapping[FactSubject, list[str]]:
        """Return the fields that differ, by their targets, without those that somebody looks after.

        They may have said so in a report of everything, or in one of the environment.
        """
        there = {one.subject for one in self._inventory().several(sorted(set(map(_subject, rows))))}
        found: dict[FactSubject, list[str]] = {}
        for environment in (None, *sorted({row.environment for row in rows})):
            comparison = (
                f"{ReportSide(Side.DECLARED, environment)} ~ {ReportSide(Side.OBSERVED, environment)}"
            )
            items = self._reports.items_of(comparison, [row.key for row in rows])
            rows = [
                row
                for row in rows
                if (item := items.get(row.key)) is None
                or not (item.accepts(row.to_document(), now) or item.explains(row.to_document()))
            ]
        for row in rows:
            # What a probe saw of a target that was taken out since says nothing of now.
            is_probed = row.right is not None and row.right.source == PROBE_SOURCE
            if _subject(row) in there or not is_probed:
                found.setdefault(_subject(row), []).append(row.field)
        return found

    def _is_calm(self, opened: datetime | None, subject: FactSubject, rows: Sequence[ParityRow]) -> bool:
        """Tell whether all that had differed was compared and is the same, even where it is stale."""
        compared = {row.field for row in rows if row.status in _COMPARED}
        doubtful = any(row.status is ParityStatus.STALE and _differs(row) for row in rows)
        return bool(compared) and not doubtful and not self._left_differing(subject, opened, compared)

    def _left_differing(self, subject: FactSubject, opened: datetime | None, compared: set[str]) -> bool:
        """Tell whether a field differed that is compared no longer: nobody measured that it is well."""
        since = opened - _BEFORE if opened is not None else NO_TIME
        sides = self._facts.both_since(subject, since, without=compared)
        return bool(left_differing(*sides, DEFAULT_RULES))


def _subject(row: ParityRow) -> FactSubject:
    return FactSubject(row.component, row.environment)


def _differs(row: ParityRow) -> bool:
    return row.left is None or row.right is None or row.left.value != row.right.value


def _failed(subject: FactSubject, fields: list[str], at: datetime) -> CheckSeen:
    named = ", ".join(fields[:_MOST_NAMED])
    more = f" and {len(fields) - _MOST_NAMED} more" if len(fields) > _MOST_NAMED else ""
    title = f"{subject}: what runs is not what was declared"
    reason = f"Other than declared: {named}{more}."
    return CheckSeen(IncidentSource.PARITY, subject, TargetCheckResult.FAIL, at, title, reason)


def _passed(subject: FactSubject, at: datetime) -> CheckSeen:
    reason = "It was compared, and is what was declared."
    return CheckSeen(IncidentSource.PARITY, subject, TargetCheckResult.PASS, at, "", reason)
