"""What a status page shows of an environment: states, uptime by day, incidents, maintenance, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from tidegate.domain.errors import Unavailable
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.maintenance import MaintenanceWindow, WindowOccurrence
from tidegate.domain.probe_history import DAY, day_of, share_up
from tidegate.kernel.clock import Clock
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.incidents.maintenance import MaintenanceService
from tidegate.modules.incidents.ports import Incident
from tidegate.modules.incidents.repository import ACTIVE
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.measurements import ProbeMeasurements
from tidegate.modules.probes.service import ProbeService

SHOWN_DAYS = 90
MOST_COMPONENTS = 100
_MOST_INCIDENTS = 50
_AHEAD = timedelta(days=14)
_MOST_WINDOWS = 10
_KEPT = timedelta(seconds=30)
_MOST_KEPT = 100
_TRIED_AGAIN = timedelta(seconds=5)
_MOST_UPTIMES = 1_000


class ShownState(StrEnum):
    """How a component is, in the word that people read."""

    OPERATIONAL = "operational"
    MAINTENANCE = "under maintenance"
    DEGRADED = "degraded"
    UNKNOWN = "not known"
    DOWN = "down"


_SHOWN: Mapping[HealthState | None, ShownState] = {
    HealthState.PASS: ShownState.OPERATIONAL,
    HealthState.WARN: ShownState.DEGRADED,
    HealthState.UNKNOWN: ShownState.UNKNOWN,
    HealthState.FAIL: ShownState.DOWN,
}


@dataclass(frozen=True, slots=True)
class ShownComponent:
    """A component by its title, and its uptime by day, oldest first; None without a probe.

    What was not asked in time is not known, whatever it said last.
    """

    title: str
    state: ShownState
    uptime: float | None
    days: tuple[tuple[datetime, float | None], ...]


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """An incident that is open: `title` is what is meant for the public, None where nothing is."""

    component: str
    title: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class ShownMaintenance:
    """A maintenance window that is open or comes; `component` is None for all of them."""

    title: str
    component: str | None
    when: WindowOccurrence


@dataclass(frozen=True, slots=True)
class StatusPage:
    """An environment as its users see it; `left_out` says how many components there are besides."""

    environment: str
    made_at: datetime
    components: tuple[ShownComponent, ...]
    incidents: tuple[ShownIncident, ...]
    maintenance: tuple[ShownMaintenance, ...]
    left_out: bool

    @property
    def state(self) -> ShownState:
        """The worst state of its components; not known without any, or where the rest is no better known."""
        order, states = tuple(ShownState), [one.state for one in self.components]
        if self.left_out or not states:
            states.append(ShownState.UNKNOWN)
        return max(states, key=order.index)


@dataclass(frozen=True, slots=True)
class Uptime:
    """How much of the last 90 days a target was up, by day and of all; None without a probe."""

    made_at: datetime
    share: float | None
    days: tuple[tuple[datetime, float | None], ...]


class Uptimes:
    """Keeps the uptimes of targets for some seconds: of a hundred, 90 days are some ten thousand rows."""

    def __init__(self) -> None:
        self._kept: dict[FactSubject, Uptime] = {}
        self._lock = Lock()

    def of(
        self, subjects: Sequence[FactSubject], now: datetime, measurements: ProbeMeasurements
    ) -> Mapping[FactSubject, Uptime]:
        """Return the uptimes of targets, each as it was half a minute ago at most."""
        with self._lock:
            found = {one: self._kept[one] for one in subjects if one in self._kept}
        found = {one: kept for one, kept in found.items() if timedelta() <= now - kept.made_at < _KEPT}
        missing = [one for one in subjects if one not in found]
        start = day_of(now) - (SHOWN_DAYS - 1) * DAY
        counts = measurements.days_of(missing, start, now) if missing else {}
        made = {one: _uptime(counts[one], start, now) for one in missing}
        with self._lock:
            if len(self._kept) + len(made) > _MOST_UPTIMES:
                self._kept.clear()
            self._kept.update(made)
        return {**found, **made}


def _uptime(by_day: Mapping[datetime, Mapping[HealthState, int]], start: datetime, now: datetime) -> Uptime:
    total = sum(sum(one.values()) for one in by_day.values())
    up = sum((share_up(one) or 0) * sum(one.values()) for one in by_day.values())
    days = [start + number * DAY for number in range(SHOWN_DAYS)]
    bars = tuple((day, share_up(by_day.get(day, {}))) for day in days)
    return Uptime(now, up / total if total else None, bars)


class StatusPageService:
    """Knows what status pages show, of what the caller may see."""

    def __init__(
        self,
        *,
        catalog: CatalogService,
        inventory: InventoryService,
        probes: ProbeService,
        measurements: ProbeMeasurements,
        uptimes: Uptimes,
        incidents: IncidentService,
        maintenance: MaintenanceService,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._inventory = inventory
        self._probes = probes
        self._measurements = measurements
        self._uptimes = uptimes
        self._incidents = incidents
        self._maintenance = maintenance
        self._clock = clock

    def page(self, environment: str) -> StatusPage:
        """Return the status page of an environment; raises `NotFound`."""
        self._catalog.environment(environment)
        found = self._inventory.targets(PageRequest(MOST_COMPONENTS), environment=environment)
        targets = [one for one in found.items if one.base_url is not None and not one.paused]
        subjects = [one.subject for one in targets]
        titles = self._catalog.titles([one.component for one in targets]) if targets else {}
        windows = self._maintenance.ahead(subjects, self._clock.now() + _AHEAD) if subjects else ()
        return StatusPage(
            environment,
            self._clock.now(),
            self._components(subjects, titles, windows),
            self._open(environment, titles),
            tuple(
                ShownMaintenance(window.plan.title, titles.get(window.plan.component or ""), when)
                for window, when in windows[:_MOST_WINDOWS]
            ),
            found.next_cursor is not None,
        )

    def _components(
        self,
        subjects: Sequence[FactSubject],
        titles: Mapping[str, str],
        windows: Sequence[tuple[MaintenanceWindow, WindowOccurrence]],
    ) -> tuple[ShownComponent, ...]:
        now = self._clock.now()
        states = self._probes.states_of(subjects)
        uptimes = self._uptimes.of(subjects, now, self._measurements)
        shown: list[ShownComponent] = []
        for subject in subjects:
            found, state = states.get(subject), ShownState.UNKNOWN
            if found is not None and found.probed_at is not None and not found.is_late(now):
                state = _SHOWN.get(found.state, ShownState.UNKNOWN)
            if any(window.plan.covers(subject) and when.start <= now for window, when in windows):
                state = ShownState.MAINTENANCE
            uptime = uptimes[subject]
            shown.append(ShownComponent(titles[subject.component], state, uptime.share, uptime.days))
        return tuple(sorted(shown, key=lambda one: one.title.casefold()))

    def _open(self, environment: str, titles: Mapping[str, str]) -> tuple[ShownIncident, ...]:
        found: tuple[Incident, ...] = self._incidents.incidents(
            PageRequest(_MOST_INCIDENTS), states=ACTIVE, environment=environment
        ).items
        return tuple(
            ShownIncident(titles[one.component], one.public_title, one.opened_at)
            for one in found
            if one.component in titles
        )


class PublicStatusPages:
    """Keeps public status pages for some seconds, so that many who look cost as much as one.

    A page that cannot be made, since the database is away, is not tried again for some seconds: those who
    look would wait for it one after the other.
    """

    def __init__(self, make: Callable[[str], StatusPage], clock: Clock) -> None:
        self._make = make
        self._clock = clock
        self._kept: dict[str, StatusPage] = {}
        self._failed_at: datetime | None = None
        self._lock = Lock()

    def page(self, environment: str) -> StatusPage:
        """Return a page that was made half a minute ago at most; raises `NotFound` and `Unavailable`."""
        with self._lock:
            kept, now = self._kept.get(environment), self._clock.now()
            if kept is not None and timedelta() <= now - kept.made_at < _KEPT:
                return kept
            if self._failed_at is not None and timedelta() <= now - self._failed_at < _TRIED_AGAIN:
                raise Unavailable("The database does not answer in time.")
            try:
                kept = self._make(environment)
            except Unavailable:
                self._failed_at = now
                raise
            self._failed_at = None
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[environment] = kept
            return kept

    def last_known(self, environment: str) -> StatusPage | None:
        """Return the last page that could be made, however old: how it was then, and not how it is."""
        return self._kept.get(environment)
