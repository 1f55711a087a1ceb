"""Two workers that share targets, of which one is killed: the other one finds what changes, in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.targets import running_service
from tidegate.app import make_container
from tidegate.cli.worker import configured_container
from tidegate.domain.catalog import ComponentFacts, EnvironmentFacts
from tidegate.domain.facts import FactSubject, Side
from tidegate.domain.principals import WORKER
from tidegate.kernel.container import Container
from tidegate.kernel.db import schema
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.inventory.service import InventoryService, TargetFacts
from tidegate.settings import read_settings

INTERVAL = 10
PATIENCE = 60
TARGETS = 30


@pytest.fixture
def variables(database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    plain = database_url.set(drivername=database_url.get_backend_name())
    settings = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
        "OUTGOING_ALLOW": "127.0.0.1/32",
        "INCIDENT_OPEN_AFTER": "1",
        "LOG_FORMAT": "json",
    }
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def container(variables: dict[str, str]) -> Iterator[Container]:
    made = make_container(read_settings())
    schema.upgrade(made.database)
    made.database.dispose()
    with configured_container() as container:
        yield container


def worker(log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen([sys.executable, "-m", "tidegate", "worker"], stdout=stream, stderr=stream)


def versions(container: Container) -> list[object]:
    work = container.work(WORKER)
    try:
        facts = work.use(FactService)
        found: list[object] = []
        for number in range(TARGETS):
            current = facts.current(FactSubject(f"c{number}", "production"), Side.OBSERVED)
            found.append({fact.field: fact.value for fact in current}.get("version"))
        return found
    finally:
        work.close()


def incidents(container: Container) -> list[str]:
    work = container.work(WORKER)
    try:
        return sorted(one.component for one in work.use(IncidentService).incidents(PageRequest(500)).items)
    finally:
        work.close()


def eventually(what: Callable[[], bool], patience: float = PATIENCE) -> None:
    until = time.monotonic() + patience
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.2)


@pytest.mark.drill
def test_the_one_that_is_left_finds_every_change_within_an_interval(
    container: Container, tmp_path: Path
) -> None:
    work = container.work(WORKER)
    work.use(CatalogService).describe_environment("production", EnvironmentFacts(rank=1))
    with ExitStack() as stack:
        services = [stack.enter_context(running_service()) for _ in range(TARGETS)]
        for number, service in enumerate(services):
            work.use(CatalogService).describe_component(f"c{number}", ComponentFacts(title="C", owner="o"))
            facts = TargetFacts(base_url=service.url, interval=INTERVAL)
            work.use(InventoryService).describe_target(f"c{number}", "production", facts)
        work.close()
        workers = [worker(tmp_path / f"{number}.log") for number in range(2)]
        try:
            eventually(lambda: versions(container) == ["1.0.0"] * TARGETS)
            os.kill(workers[0].pid, signal.SIGKILL)
            for service in services:
                service.says({"status": "fail", "version": "0.9.0"})
            eventually(lambda: versions(container) == ["0.9.0"] * TARGETS, INTERVAL + 5)
            # An incident is there with the probe that opens it: one each, whoever recorded what.
            assert incidents(container) == sorted(f"c{number}" for number in range(TARGETS))
        finally:
            for one in workers:
                one.kill()
                one.wait()
