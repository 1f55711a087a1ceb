"""The wrong thing running, found: half of the targets drift while workers are killed, others look odd.

Two workers share the targets; `kill -9` of either comes at random throughout. Measured is how long the
slowest drift took until a parity report named it. No other target may be named, and each drift has one
incident. `BENCH_TARGETS` says how many targets there are (1,000).
"""

from __future__ import annotations

import os
import random
import subprocess  # nosec B404  # starts workers of this very interpreter
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from benchmarks import servers, targets
from benchmarks.table import Row
from benchmarks.targets import CONTRACT, DECLARED, DRIFTS, Targets
from tidegate.app import make_container, with_all_modules
from tidegate.domain.catalog import ComponentFacts, EnvironmentFacts
from tidegate.domain.facts import FactSubject, Side, checked_statements
from tidegate.domain.parity import FINDINGS
from tidegate.domain.principals import COMMAND_LINE
from tidegate.kernel.container import Container
from tidegate.kernel.db import schema
from tidegate.migrations import all_tables
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.service import InventoryService, TargetFacts
from tidegate.modules.parity.ports import NewReport, ReportSide
from tidegate.modules.parity.service import ParityService
from tidegate.settings import read_settings

COUNT = int(os.environ.get("BENCH_TARGETS", "1000"))
GRACE = 5.0
"""Seconds beyond an interval within which every drift is to be found."""
_PATIENCE = 300.0
_PAUSE = 0.5
_SLOWEST = 0.3


@dataclass(slots=True)
class Storm:
    """What came of it: seconds until each drift was found by its component, false alarms, kills.

    `doubts` names the incidents that there should not be, and those that are missing.
    """

    found: dict[str, float] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    false_alarms: set[str] = field(default_factory=set)
    kills: int = 0
    doubts: Sequence[str] = ()

    @property
    def slowest(self) -> float:
        """The seconds until the last drift was found; endless where one was not."""
        return float("inf") if self.missed or not self.found else max(self.found.values())


class _Workers:
    """Two workers; one at a time is killed, when both of them are there, and started again at once."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._settings = settings
        self._running = [self._start(number) for number in range(2)]

    def _beat(self, number: int) -> Path:
        return self._folder / f"beat-{number}"

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        self._beat(number).unlink(missing_ok=True)
        settings = {**self._settings, "WORKER_HEARTBEAT_FILE": str(self._beat(number))}
        with (self._folder / f"worker-{number}.log").open("ab") as log:
            return subprocess.Popen(  # nosec B603  # this interpreter, fixed arguments
                [sys.executable, "-m", "tidegate", "worker"],
                env={**os.environ, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill_one(self) -> bool:
        """Kill one of two; False where one is still starting."""
        if not all(self._beat(number).exists() for number in range(2)):
            return False
        number = random.randrange(2)  # nosec B311  # either of them
        self._running[number].kill()
        self._running[number].wait()
        self._running[number] = self._start(number)
        return True

    def end(self) -> None:
        """End both."""
        for process in self._running:
            process.kill()
            process.wait()


def storm(
    container: Container,
    folder: Path,
    settings: Mapping[str, str],
    *,
    count: int,
    interval: int,
    window: float,
) -> Storm:
    """Let half of so many targets drift within `window` seconds, and see when each of them is found."""
    with targets.running(count, slowest=_SLOWEST) as services:
        declare(container, services, interval)
        workers = _Workers(folder, settings)
        try:
            wait_until_well(container)
            return _drift(container, services, workers, interval, window)
        finally:
            workers.end()


def _drift(
    container: Container,
    services: Targets,
    workers: _Workers,
    interval: int,
    window: float,
) -> Storm:
    result = Storm()
    pick = random.Random()  # nosec B311  # of a drill
    plan = sorted((pick.random() * window, number) for number in range(0, services.count, 2))
    drifted: dict[str, float] = {}
    begun = time.monotonic()
    kill_at = begun
    end = begun + window + interval + 2 * GRACE
    while time.monotonic() < end and (plan or len(result.found) < len(drifted)):
        now = time.monotonic()
        while plan and plan[0][0] <= now - begun:
            _, number = plan.pop(0)
            services.drifts[number] = (number // 2) % len(DRIFTS)
            drifted[_name(number)] = now
        if now >= kill_at and workers.kill_one():
            result.kills += 1
            kill_at = now + pick.uniform(1.0, interval / 2)
        for component in _differing(container):
            if component in drifted:
                result.found.setdefault(component, time.monotonic() - drifted[component])
            else:
                result.false_alarms.add(component)
        time.sleep(_PAUSE)
    result.missed = sorted(drifted.keys() - result.found)
    result.doubts = doubtful_incidents(container, drifted)
    return result


def doubtful_incidents(container: Container, drifted: Collection[str]) -> Sequence[str]:
    """Say where a drift has not one incident of parity, where any is there twice, or is of no drift."""
    incidents = all_tables().tables["incidents"].c
    query = select(incidents.component, incidents.source, func.count()).group_by(
        incidents.component, incidents.source
    )
    with container.database.engine.connect() as connection:
        seen = {(component, source): count for component, source, count in connection.execute(query)}
    doubtful = [
        f"{component}: {count} of {source}"
        for (component, source), count in seen.items()
        if count != 1 or component not in drifted
    ]
    missing = {component for component in drifted if (component, "parity") not in seen}
    return doubtful + [f"{component}: no incident" for component in sorted(missing)]


def _name(number: int) -> str:
    return f"service-{number:04}"


def declare(container: Container, services: Targets, interval: int) -> None:
    """Declare the services as they are while they are healthy, to be probed once an interval."""
    work = container.work(COMMAND_LINE)
    catalog, facts, inventory = work.use(CatalogService), work.use(FactService), work.use(InventoryService)
    catalog.describe_environment("production", EnvironmentFacts(rank=1))
    now = container.clock.now()
    for number in range(services.count):
        name = _name(number)
        catalog.describe_component(name, ComponentFacts(title=name, owner="port"))
        statements = checked_statements(FactSubject(name, "production"), DECLARED)
        facts.record(Side.DECLARED, statements, source="drill", at=now)
        said = TargetFacts(base_url=services.url(number), contract=CONTRACT, interval=interval)
        inventory.describe_target(name, "production", said)
    work.close()


def wait_until_well(container: Container) -> None:
    """Wait until a parity report has nothing to say of any service; raises `RuntimeError`."""
    until = time.monotonic() + _PATIENCE
    while differing := _differing(container):
        if time.monotonic() > until:
            raise RuntimeError(f"{len(differing)} targets are not as declared from the beginning")
        time.sleep(_PAUSE)


def _differing(container: Container) -> set[str]:
    """Return the components of which a parity report says that anything is other than declared."""
    work = container.work(COMMAND_LINE)
    try:
        service = work.use(ParityService)
        report = service.create(NewReport(ReportSide(Side.DECLARED), ReportSide(Side.OBSERVED)))
        return {str(shown.row["component"]) for shown in service.all_rows(report.id, FINDINGS)}
    finally:
        work.close()


@contextmanager
def installation(kind: str) -> Iterator[tuple[Container, Path, dict[str, str]]]:
    """Make an empty installation that may probe loopback; yields its folder and settings with it."""
    with ExitStack() as stack:
        folder = stack.enter_context(servers.scratch())
        url = stack.enter_context(servers.database(kind, folder))
        settings = {"DATA_DIR": str(folder), "DATABASE_URL": url, "OUTGOING_ALLOW": "127.0.0.0/8"}
        container = make_container(read_settings(settings))
        stack.callback(container.database.dispose)
        schema.upgrade(container.database)
        yield with_all_modules(container), folder, settings


def _found_on(kind: str, backend: str) -> Row:
    interval = 60
    with installation(kind) as (container, folder, settings):
        came = storm(container, folder, settings, count=COUNT, interval=interval, window=2.0 * interval)
    print(f"{backend}: {len(came.found)} found, {len(came.missed)} missed, {came.kills} kills")
    if came.false_alarms or came.doubts:
        raise RuntimeError(f"false alarms: {sorted(came.false_alarms)[:5]}; {list(came.doubts)[:5]}")
    most = interval + GRACE
    name = f"the slowest of {COUNT // 2:,} drifts found while workers are killed, {backend}"
    ratio = came.slowest / most
    return Row(name, came.slowest, "s", "one interval + 5 s", most, ratio, "<= 1x", ratio <= 1)


def found_on_sqlite() -> Row:
    """Measure the slowest drift on SQLite."""
    return _found_on("sqlite", "SQLite")


def found_on_postgresql() -> Row:
    """Measure the slowest drift on PostgreSQL."""
    return _found_on("postgresql", "PostgreSQL")


ROWS = (found_on_sqlite, found_on_postgresql)
"""The functions that `make bench` calls."""
