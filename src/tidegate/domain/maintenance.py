"""Maintenance windows: once or again and again, in a time zone; what fails within one opens no incident."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject
from tidegate.domain.times import is_timezone

LONGEST_TITLE, LONGEST_RULE = 200, 200
MOST_MINUTES = 7 * 24 * 60
_MOST_COUNT, _MOST_INTERVAL = 1000, 99
_YEARS = range(2000, 2200)
"""A rule is gone through from its beginning, and no zone leads out of what a date can hold."""
_DAY = timedelta(days=1)
_PART = re.compile(r"([A-Z]+)=([0-9A-Z,+-]+)")
_WEEKDAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
_WEEKDAYS = re.compile(rf"{_WEEKDAY}(?:,{_WEEKDAY})*")
_ORDINAL_DAYS = re.compile(rf"[+-]?[1-4]{_WEEKDAY}(?:,[+-]?[1-4]{_WEEKDAY})*")
_MONTH_DAY = r"-?(?:[1-9]|1[0-9]|2[0-8])"
_MONTH_DAYS = re.compile(rf"{_MONTH_DAY}(?:,{_MONTH_DAY})*")
_UNTIL = re.compile(r"[0-9]{8}(?:T[0-9]{6}Z?)?")
_STARTS_TO_TELL = 60  # two months of every day, five years of every month
_EXAMPLES = "FREQ=WEEKLY;BYDAY=SU, FREQ=MONTHLY;BYDAY=1SA or FREQ=MONTHLY;BYMONTHDAY=-1"


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """When, and of what: `component` and `environment` are None for all of them.

    `starts_at` is a time of the wall in `timezone`, without an offset; `rule` is the value of an RRULE
    (RFC 5545), None for a window that comes once. It lasts `minutes` that pass, whatever the clock does.
    """

    title: str
    component: str | None
    environment: str | None
    starts_at: datetime
    timezone: str
    minutes: int
    rule: str | None = None

    def covers(self, subject: FactSubject) -> bool:
        """Tell whether it is of this target."""
        return self.component in (None, subject.component) and self.environment in (None, subject.environment)


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A plan that is kept; `version` counts its edits from 1."""

    id: str
    plan: WindowPlan
    version: int
    created_at: datetime
    created_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class WindowOccurrence:
    """One time that a window is open, from `start` on and before `end`, in UTC."""

    start: datetime
    end: datetime


def checked_plan(plan: WindowPlan) -> WindowPlan:
    """Return a plan that can be followed; raises `Invalid` naming every fault."""
    faults: list[tuple[str, str]] = []
    if not plan.title.strip():
        faults.append(("title", "say what is done"))
    if not 1 <= plan.minutes <= MOST_MINUTES:
        faults.append(("minutes", f"write 1 to {MOST_MINUTES:,} minutes"))
    if not is_timezone(plan.timezone):
        faults.append(("timezone", "write a time zone such as Europe/Berlin or UTC"))
    if plan.starts_at.tzinfo is not None:
        faults.append(("starts_at", "write the time of the wall without an offset, such as 2026-12-06T02:00"))
    if plan.starts_at.year not in _YEARS:
        faults.append(("starts_at", f"write a year from {_YEARS[0]} to {_YEARS[-1]}"))
    if plan.rule is not None and (why := _fault_of(plan.rule)) is not None:
        faults.append(("rule", why))
    if (
        not faults
        and plan.rule is not None
        and (gap := _shortest_gap(plan)) <= timedelta(minutes=plan.minutes)
    ):
        most = int(gap.total_seconds()) // 60 - 1
        faults.append(("minutes", f"the rule comes again before it ends: write at most {most:,} minutes"))
    if faults:
        told = "; ".join(f"{where}: {what}" for where, what in faults)
        raise Invalid(f"This maintenance window cannot be kept. {told}.", tuple(faults))
    return plan


def refuse_what_is_over(plan: WindowPlan, at: datetime) -> None:
    """Raise `Invalid` for a plan that is never open again: it keeps nothing away, and nobody would see it."""
    now = at.astimezone(ZoneInfo(plan.timezone)).replace(tzinfo=None)
    still_open = now - timedelta(minutes=plan.minutes)
    here = f"{now.isoformat(timespec='minutes')} in {plan.timezone}"
    if plan.rule is None:
        where, is_over = "starts_at", plan.starts_at <= still_open
        why = f"it would be over already: write a later time than now, {here}"
    else:
        rule = rrulestr(_local(plan.rule, plan.timezone), dtstart=plan.starts_at)
        where, is_over = "rule", rule.after(still_open) is None
        why = f"its last time would be over already: let it go on after now, {here}"
    if is_over:
        raise Invalid(f"This maintenance window cannot be kept. {where}: {why}.", ((where, why),))


def _shortest_gap(plan: WindowPlan) -> timedelta:
    """Return the least time between two of the first starts: a window that is as long never closes."""
    found = rrulestr(_local(plan.rule or "", plan.timezone), dtstart=plan.starts_at)
    starts = list(islice(found, _STARTS_TO_TELL))
    return min((later - one for one, later in pairwise(starts)), default=timedelta.max)


def occurrences(plan: WindowPlan, start: datetime, end: datetime) -> Iterator[WindowOccurrence]:
    """Go through the times that a window is open between two moments, in their order.

    A start that the clock skips is as long after the gap as it was to be after the gap's beginning; one that
    comes twice is the first of the two (RFC 5545, section 3.3.5).
    """
    zone, lasts = ZoneInfo(plan.timezone), timedelta(minutes=plan.minutes)
    first = (start - lasts).astimezone(zone).replace(tzinfo=None) - _DAY
    last = end.astimezone(zone).replace(tzinfo=None) + _DAY
    for wall in _starts(plan.rule, plan.starts_at, _midnight(first), _midnight(last) + _DAY, plan.timezone):
        begins = wall.replace(tzinfo=zone).astimezone(UTC)
        if begins < end and begins + lasts > start:
            yield WindowOccurrence(begins, begins + lasts)


def current(plan: WindowPlan, at: datetime) -> WindowOccurrence | None:
    """Return the time that a window is open at a moment, None where it is not."""
    found = (one for one in occurrences(plan, at, at + timedelta(microseconds=1)))
    return next((one for one in found if one.start <= at < one.end), None)


def following(plan: WindowPlan, at: datetime, within: timedelta) -> WindowOccurrence | None:
    """Return the time that a window is open now or next, None where that is not within some time."""
    return next(occurrences(plan, at, at + within), None)


@lru_cache(maxsize=8192)
def _starts(
    rule: str | None, starts_at: datetime, first: datetime, last: datetime, timezone: str
) -> tuple[datetime, ...]:
    """Return the starts on the wall; kept, since a rule is gone through from its beginning each time."""
    if rule is None:
        return (starts_at,) if first <= starts_at <= last else ()
    found = rrulestr(_local(rule, timezone), dtstart=starts_at)
    return tuple(found.between(first, last, inc=True))


def _local(rule: str, timezone: str) -> str:
    """Write an end in UTC as a time of the wall, as the starts are."""
    parts = _parts(rule)
    until = parts.get("UNTIL", "")
    if until.endswith("Z"):
        moment = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        parts["UNTIL"] = moment.astimezone(ZoneInfo(timezone)).strftime("%Y%m%dT%H%M%S")
    elif len(until) == 8:
        parts["UNTIL"] = f"{until}T235959"  # the day of the wall, to its end
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _parts(rule: str) -> dict[str, str]:
    found = (_PART.fullmatch(part) for part in rule.split(";"))
    return {match[1]: match[2] for match in found if match is not None}


def _fault_of(rule: str) -> str | None:
    """Return what is wrong with a rule; those that never come cannot be written, so that none is sought."""
    parts = _parts(rule)
    if len(parts) != len(rule.split(";")) or len(rule) > LONGEST_RULE:
        return f"write the value of an RRULE, such as {_EXAMPLES}"
    known = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "WKST"}
    if unknown := sorted(set(parts) - known):
        return f"{', '.join(unknown)} cannot be used here: write {_EXAMPLES}"
    if "COUNT" in parts and "UNTIL" in parts:
        return "write COUNT or UNTIL, not both"
    checks: Mapping[str, Callable[[str], bool]] = {
        "INTERVAL": lambda value: value.isdigit() and 1 <= int(value) <= _MOST_INTERVAL,
        "COUNT": lambda value: value.isdigit() and 1 <= int(value) <= _MOST_COUNT,
        "UNTIL": _is_until,
        "WKST": lambda value: value in ("MO", "SU"),
    }
    for name, fine in checks.items():
        if name in parts and not fine(parts[name]):
            return f"{name}={parts[name]} cannot be used: write it as {_LIMITS[name]}"
    return _fault_of_days(parts)


_LIMITS = {
    "INTERVAL": f"a number from 1 to {_MOST_INTERVAL}",
    "COUNT": f"a number from 1 to {_MOST_COUNT}",
    "UNTIL": f"20271231, or 20271231T235959Z in UTC, up to {_YEARS[-1]}; without it there is no end",
    "WKST": "MO or SU",
}


def _fault_of_days(parts: dict[str, str]) -> str | None:
    days, month_days = parts.get("BYDAY"), parts.get("BYMONTHDAY")
    match parts.get("FREQ"):
        case "DAILY" if days is None and month_days is None:
            return None
        case "WEEKLY" if month_days is None and (days is None or _WEEKDAYS.fullmatch(days)):
            return None
        case "MONTHLY" if month_days is None and days is not None and _ORDINAL_DAYS.fullmatch(days):
            return None
        case "MONTHLY" if days is None and month_days is not None and _MONTH_DAYS.fullmatch(month_days):
            return None
    return (
        "write FREQ=DAILY; FREQ=WEEKLY, maybe with BYDAY=SA,SU; or FREQ=MONTHLY with BYDAY=1SA to 4SA or "
        "-1SA, or with BYMONTHDAY=1 to 28, or -1 for the last day"
    )


def _is_until(value: str) -> bool:
    if not _UNTIL.fullmatch(value) or int(value[:4]) not in _YEARS:
        return False
    try:
        datetime.strptime(value[:8] + value[9:15], "%Y%m%d%H%M%S" if len(value) > 8 else "%Y%m%d")
    except ValueError:
        return False
    return True


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())
