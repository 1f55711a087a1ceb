"""Incidents through a storm: 10,000 openings and closings in a minute, and what reads take meanwhile.

A process of its own records the probes of 500 targets as a prober does, in batches of 250: each target fails
and recovers ten times. `BENCH_CHANGES` says how many changes there are.
"""

from __future__ import annotations

import os
import subprocess  # nosec B404  # starts this very interpreter
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from benchmarks import load, servers
from benchmarks.table import Row
from tidegate.app import make_container, with_all_modules
from tidegate.domain.catalog import ComponentFacts, EnvironmentFacts
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.principals import WORKER
from tidegate.domain.probing import ProbeReading
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.inventory.service import InventoryService, TargetFacts
from tidegate.modules.probes.service import ProbeService
from tidegate.settings import read_settings

TARGETS = 500
CHANGES = int(os.environ.get("BENCH_CHANGES", "10000"))
_CYCLES = max(1, CHANGES // (2 * TARGETS))
_BATCH = 250
_LOOKS = [HealthState.FAIL] * 3 + [HealthState.PASS] * 2
_SECONDS = 60.0
_STARTING = 10.0
"""Seconds that a process may take to start and to read what the targets are."""
_PATH = "/api/v1/incidents?limit=50"
_MOST = 3.0


def on_sqlite() -> list[Row]:
    """Measure a storm on SQLite."""
    return _storm("sqlite", "SQLite")


def on_postgresql() -> list[Row]:
    """Measure a storm on PostgreSQL."""
    return _storm("postgresql", "PostgreSQL")


def _storm(kind: str, name: str) -> list[Row]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.tidegate(kind))
        settings = {"DATA_DIR": str(server.folder), "DATABASE_URL": server.database_url}
        _register(with_all_modules(make_container(read_settings(settings))))
        load.run(_plan(server.port, 200)).check()
        idle = load.run(_plan(server.port, 1200))
        idle.check()
        reading = load.Load(_plan(server.port, 100_000))
        reading.start()
        command = [sys.executable, "-m", "benchmarks.incidents"]
        began = time.perf_counter()
        storm = subprocess.run(command, env={**os.environ, **settings})  # nosec B603  # this module
        took = time.perf_counter() - began
        stormy = reading.stop()
        stormy.check()
        opened, closed, wrong = _counted(server.database_url)
    ours, peer = stormy.percentile(0.99) * 1000, idle.percentile(0.99) * 1000
    expected = _CYCLES * TARGETS
    lost = abs(expected - opened) + abs(expected - closed) + wrong + (storm.returncode != 0)
    changes = f"{2 * expected:,} changes of incidents in {took:.0f} s, {name}"
    fine = ours < _MOST * peer and took < _SECONDS + _STARTING
    return [
        Row(f"p99 of reads through {changes}", ours, "ms", "idle", peer, ours / peer, "< 3x", fine),
        Row(f"lost or doubled of {changes}", lost, "changes", "none", 0, float(lost), "0", lost == 0),
    ]


def _plan(port: int, count: int) -> load.Plan:
    return load.Plan(port, "GET", _PATH, count, 4, pause=0.05)


def _counted(url: str) -> tuple[int, int, int]:
    """Return how many openings and closings there are, and how many incidents have not one of each."""
    database = Database(url)
    count = "SELECT count(*) FROM incident_events WHERE kind = :kind"
    wrong = (
        "SELECT count(*) FROM (SELECT incident_id FROM incident_events GROUP BY incident_id "
        "HAVING count(*) <> 2) AS others"
    )
    try:
        with database.engine.connect() as connection:
            opened = connection.execute(text(count), {"kind": "opened"}).scalar_one()
            closed = connection.execute(text(count), {"kind": "closed"}).scalar_one()
            return opened, closed, connection.execute(text(wrong)).scalar_one()
    finally:
        database.dispose()


def _register(container: Container) -> None:
    work = container.work(WORKER)
    try:
        with work.uow.transaction():
            work.use(CatalogService).describe_environment("production", EnvironmentFacts(rank=1))
            for subject in _subjects():
                facts = ComponentFacts(title=subject.component, owner="port")
                work.use(CatalogService).describe_component(subject.component, facts)
                target = TargetFacts(base_url="https://192.0.2.1")
                work.use(InventoryService).describe_target(subject.component, "production", target)
    finally:
        work.close()


def _subjects() -> list[FactSubject]:
    return [FactSubject(f"boat{number:04}", "production") for number in range(TARGETS)]


def storm() -> None:
    """Record the probes, spread over a minute; each cycle is two hours after the one before."""
    container = with_all_modules(make_container(read_settings(dict(os.environ))))
    work = container.work(WORKER)
    try:
        targets = work.use(InventoryService).several(_subjects())
        work.uow.release()
        first = datetime.now(UTC) - timedelta(hours=2 * _CYCLES)
        batches = _CYCLES * len(_LOOKS) * (TARGETS // _BATCH)
        began, done = time.perf_counter(), 0
        for cycle in range(_CYCLES):
            for minute, state in enumerate(_LOOKS):
                at = first + timedelta(hours=2 * cycle, minutes=minute)
                reading = ProbeReading(
                    at, state, "made up", 10, 200, "/health", {"health.state": state.value}
                )
                for start in range(0, TARGETS, _BATCH):
                    some = targets[start : start + _BATCH]
                    work.use(ProbeService).store([(target, reading) for target in some])
                    done += 1
                    time.sleep(max(0.0, began + done * _SECONDS / batches - time.perf_counter()))
    finally:
        work.close()


ROWS = (on_sqlite, on_postgresql)
"""The functions that `make bench` calls."""

if __name__ == "__main__":
    storm()
