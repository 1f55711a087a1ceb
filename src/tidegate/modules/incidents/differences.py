"""What parity says of targets: a difference that nobody explained opens an incident, its end closes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tidegate.domain.facts import NO_TIME, FactSubject, Side
from tidegate.domain.incidents import IncidentSource, TargetCheckResult
from tidegate.domain.parity import ParityStatus, left_differing
from tidegate.domain.parity_rules import DEFAULT_RULES
from tidegate.kernel.pagination import MAX_LIMIT, PageRequest
from tidegate.modules.facts.service import FactService
from tidegate.modules.incidents.ports import CheckSeen
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.parity.ports import ParityReport, ShownRow
from tidegate.modules.parity.service import ParityService

_MOST_NAMED = 5
_BEFORE = timedelta(hours=1)
"""How long before its incident opened a field may have differed: the report that opened it took its time."""
_COMPARED = (ParityStatus.MATCH, ParityStatus.MISMATCH, ParityStatus.STALE)


class ParityDifferences:
    """Lets kept reports of what is declared and what is observed now open and close incidents."""

    def __init__(self, *, incidents: IncidentService, reports: ParityService, facts: FactService) -> None:
        self._incidents = incidents
        self._reports = reports
        self._facts = facts

    def reported(self, report: ParityReport, *, started: datetime, at: datetime) -> None:
        """Act on a report in the transaction that keeps it.

        Reports by other rules than the usual ones count for nothing here: whoever may read a component may
        ask for one, and could open and close incidents by it. A target closes only by a report that compared
        all of it that differed and found no difference, not even between values that are stale.

        Another report of the same target may have been done while this one was computed. It is newer where
        it began later, and then this one says nothing; where that is not known, this one closes nothing.
        """
        if not _counts(report):
            return
        others = [one for one in self._reports.done_since(started, but=report.id) if _counts(one)]
        newer = [one for one in others if one.created_at > started]
        fields: dict[FactSubject, list[str]] = {}
        for row in self._unexplained(report):
            fields.setdefault(_subject(row), []).append(row.row["field"])
        calm = [subject for subject in self._calm_again(report) if subject not in fields]
        seen = [_failed(one, names, at) for one, names in fields.items() if not _is_covered(one, newer)]
        seen += [_passed(one, at) for one in calm if not _is_covered(one, others)]
        self._incidents.record(seen)

    def _unexplained(self, report: ParityReport) -> Iterator[ShownRow]:
        for row in self._mismatches(report):
            explained = row.item is not None and row.item.explains(row.row)
            if row.row["environment"] is not None and not row.accepted and not explained:
                yield row

    def _mismatches(self, report: ParityReport) -> Iterator[ShownRow]:
        """Go through the mismatches page by page: a page knows who looks after its rows."""
        request: PageRequest | None = PageRequest(MAX_LIMIT)
        while request is not None:
            found = self._reports.rows(report.id, [ParityStatus.MISMATCH], request)
            yield from found.items
            cursor = found.next_cursor
            request = PageRequest(MAX_LIMIT, cursor) if cursor is not None else None

    def _calm_again(self, report: ParityReport) -> list[FactSubject]:
        """Return the targets in trouble of which the report compared all that had differed."""
        environment = report.left.environment
        troubled = self._incidents.troubled(
            IncidentSource.PARITY, component=report.component, environment=environment
        )
        opened = {FactSubject(key[1], key[2]): at for key, at in troubled.items()}
        if not opened:
            return []
        compared: dict[FactSubject, set[str]] = {}
        doubtful: set[FactSubject] = set()
        for row in self._reports.all_rows(report.id, _COMPARED):
            subject = _subject(row)
            if subject in opened:
                compared.setdefault(subject, set()).add(row.row["field"])
                if row.row["status"] == ParityStatus.STALE and _differs(row):
                    doubtful.add(subject)
        return [
            subject
            for subject in sorted(compared.keys() - doubtful)
            if not self._left_differing(subject, opened[subject], compared[subject])
        ]

    def _left_differing(self, subject: FactSubject, opened: datetime | None, compared: set[str]) -> bool:
        """Tell whether a field differed that is compared no longer: nobody measured that it is well."""
        since = opened - _BEFORE if opened is not None else NO_TIME
        sides = self._facts.both_since(subject, since, without=compared)
        return bool(left_differing(*sides, DEFAULT_RULES))


def _counts(report: ParityReport) -> bool:
    sides = {report.left.side, report.right.side}
    usual = report.rules_digest == DEFAULT_RULES.digest
    return report.of_now and not report.across and sides == set(Side) and usual


def _is_covered(subject: FactSubject, reports: Sequence[ParityReport]) -> bool:
    return any(
        one.component in (None, subject.component)
        and one.left.environment in (None, subject.environment)
        and (one.visible is None or subject.component in one.visible)
        for one in reports
    )


def _subject(row: ShownRow) -> FactSubject:
    return FactSubject(row.row["component"], row.row["environment"] or "")


def _differs(row: ShownRow) -> bool:
    left, right = row.row["left"], row.row["right"]
    return left is None or right is None or left["value"] != right["value"]


def _failed(subject: FactSubject, fields: list[str], at: datetime) -> CheckSeen:
    named = ", ".join(fields[:_MOST_NAMED])
    more = f" and {len(fields) - _MOST_NAMED} more" if len(fields) > _MOST_NAMED else ""
    title = f"{subject}: what runs is not what was declared"
    reason = f"Other than declared: {named}{more}."
    return CheckSeen(IncidentSource.PARITY, subject, TargetCheckResult.FAIL, at, title, reason)


def _passed(subject: FactSubject, at: datetime) -> CheckSeen:
    reason = "A report found what was declared."
    return CheckSeen(IncidentSource.PARITY, subject, TargetCheckResult.PASS, at, "", reason)
