"""The prober in its thread, against real services on loopback, on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.targets import running_service
from tidegate.app import compose
from tidegate.domain.catalog import ComponentFacts, EnvironmentFacts
from tidegate.domain.errors import Unavailable
from tidegate.domain.facts import FactSubject, Side
from tidegate.domain.health_words import HealthState
from tidegate.domain.principals import WORKER
from tidegate.domain.probe_schedule import LEASE
from tidegate.domain.probing import ProbeListener, ProbeOutcome
from tidegate.domain.targets import Target
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.background import BackgroundThread
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.facts.service import FactService
from tidegate.modules.inventory.service import InventoryService, TargetFacts
from tidegate.modules.probes import prober
from tidegate.modules.probes.service import ProbeService
from tidegate.registry import MODULES
from tidegate.settings import Settings, read_settings

PATIENCE = 30


class Listener:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[ProbeOutcome] = []
        self.refuses = 0
        self.breaks = False

    def probed(self, outcomes: Sequence[ProbeOutcome]) -> None:
        if self.breaks:
            raise RuntimeError("a fault of ours")
        if self.refuses:
            self.refuses -= 1
            raise Unavailable("It is away.")
        self.told += outcomes


@dataclasses.dataclass
class Place:
    """An installation, and what it tells of probes."""

    container: Container
    listener: Listener

    def describe(
        self, name: str, url: str | None, *, interval: int | None = None, paused: bool = False
    ) -> None:
        work = self.container.work(WORKER)
        work.use(CatalogService).describe_component(name, ComponentFacts(title=name, owner="port"))
        facts = TargetFacts(base_url=url, interval=interval, paused=paused)
        inventory = work.use(InventoryService)
        inventory.describe_target(name, "production", facts)
        work.close()

    def facts(self, name: str) -> dict[str, object]:
        work = self.container.work(WORKER)
        found = work.use(FactService).current(FactSubject(name, "production"), Side.OBSERVED)
        work.close()
        return {fact.field: fact.value for fact in found}

    def background(self) -> BackgroundThread:
        work = self.container.work(WORKER)
        found = next(one for one in work.all_of(BackgroundThread) if one.name == "prober")
        work.close()
        return found

    @contextmanager
    def probing(self) -> Iterator[threading.Event]:
        stop = threading.Event()
        thread = threading.Thread(target=self.background().run, args=(stop,))
        thread.start()
        try:
            yield stop
        finally:
            stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        {
            "DATA_DIR": str(tmp_path / "data"),
            "OUTGOING_ALLOW": "127.0.0.1/32",
            "PROBE_TIMEOUT": "1",
            "PROBE_PER_HOST": "50",
        }
    )


@pytest.fixture
def place(database: Database, settings: Settings) -> Place:
    container = Container(
        settings=settings, database=database, blobs=BlobStore.from_url(settings.blob_url), clock=SystemClock()
    )
    compose(container, MODULES)
    listener = Listener()
    container.contribute(ProbeListener, lambda _: listener)
    work = container.work(WORKER)
    work.use(CatalogService).describe_environment("production", EnvironmentFacts(rank=1))
    work.close()
    return Place(container, listener)


def eventually(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.05)


class TestProber:
    def test_finds_how_targets_are_and_tells_it(self, place: Place) -> None:
        with running_service() as fine, running_service({"status": "down"}) as broken:
            place.describe("fine", fine.url)
            place.describe("broken", broken.url)
            place.describe("gone", "http://127.0.0.1:9")
            place.describe("paused", fine.url, paused=True)
            place.describe("without", None)
            with place.probing():
                eventually(lambda: len(place.listener.told) >= 3)
        told = {one.subject.component: one for one in place.listener.told}
        states = {name: one.reading.state for name, one in told.items()}
        assert states == {"fine": HealthState.PASS, "broken": HealthState.FAIL, "gone": HealthState.FAIL}
        assert told["fine"].changed and told["fine"].consecutive == 1
        assert place.facts("fine")["version"] == "1.0.0"
        assert place.facts("gone") == {"health.state": "fail"}
        assert place.facts("paused") == {}

    def test_asks_again_after_the_interval_and_notices_the_change(self, place: Place) -> None:
        with running_service() as service:
            place.describe("harbour", service.url, interval=10)
            with place.probing():
                eventually(lambda: len(place.listener.told) == 1)
                service.says({"status": "pass", "version": "0.9.0"})
                began = time.monotonic()
                eventually(lambda: place.facts("harbour")["version"] == "0.9.0")
        assert time.monotonic() - began < 15

    def test_that_stops_hands_over_to_another(self, place: Place) -> None:
        with running_service() as service, place.probing() as first:
            with place.probing():
                place.describe("harbour", service.url, interval=10)
                eventually(lambda: len(place.listener.told) == 1)
                first.set()
                eventually(lambda: len(place.listener.told) == 2)
        assert len(service.asked) == 2

    def test_asks_each_target_once_whoever_does(self, place: Place) -> None:
        with ExitStack() as stack:
            services = [stack.enter_context(running_service()) for _ in range(20)]
            for number, service in enumerate(services):
                place.describe(f"c{number}", service.url)
            with place.probing(), place.probing():
                eventually(lambda: len(place.listener.told) >= 20)
            assert [len(service.asked) for service in services] == [1] * 20

    def test_plans_targets_of_which_it_was_not_told(self, place: Place) -> None:
        with running_service() as service:
            place.describe("harbour", service.url)
            with place.container.database.engine.begin() as connection:
                connection.execute(text("DELETE FROM probe_states"))
            with place.probing():
                eventually(lambda: len(place.listener.told) == 1)

    @pytest.mark.requirement("S2-28")
    def test_takes_no_more_of_a_host_than_its_share(self, place: Place, tmp_path: Path) -> None:
        limited = dataclasses.replace(place.container.settings, probe_per_host=1)
        place.container.settings = limited
        with ExitStack() as stack:
            services = [stack.enter_context(running_service()) for _ in range(12)]
            for number, service in enumerate(services):
                place.describe(f"c{number}", service.url)
            with place.probing():
                eventually(lambda: len(place.listener.told) >= 12)
        assert {one.reading.state for one in place.listener.told} == {HealthState.PASS}

    def test_outlives_a_probe_that_breaks_and_plans_that_cannot_be_read(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        ask, claim = prober.ask_one, ProbeService.claim

        async def breaks(outgoing: Any, container: Container, target: Target, contract: Any) -> Any:
            asked.append(target.component)
            if target.component == "broken":
                raise RuntimeError("A fault of ours.")
            return await ask(outgoing, container, target, contract)

        def away(self: ProbeService, *more: Any) -> Any:
            if not asked:
                asked.append("claimed in vain")
                raise Unavailable("It is away.")
            return claim(self, *more)

        monkeypatch.setattr(prober, "ask_one", breaks)
        monkeypatch.setattr(ProbeService, "claim", away)
        with running_service() as service:
            place.describe("broken", service.url)
            place.describe("fine", service.url)
            with place.probing():
                eventually(lambda: len(place.listener.told) == 1)
        assert place.listener.told[0].subject.component == "fine"
        assert sorted(asked) == ["broken", "claimed in vain", "fine"]

    @pytest.mark.drill
    def test_keeps_what_it_asks_while_its_plan_takes_longer_than_a_lease(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = threading.Event()
        ask, follow = prober.ask_one, ProbeService.follow
        longer = 1.5 * LEASE.total_seconds()

        async def slow(*more: Any) -> Any:
            asked.set()
            await asyncio.sleep(longer)
            return await ask(*more)

        def long_plan(self: ProbeService, mark: Any) -> Any:
            if asked.is_set():
                time.sleep(longer)
            return follow(self, mark)

        monkeypatch.setattr(prober, "ask_one", slow)
        monkeypatch.setattr(prober, "_FOLLOW", 0.0)
        monkeypatch.setattr(ProbeService, "follow", long_plan)
        with running_service() as service:
            place.describe("harbour", service.url)
            with place.probing():
                assert asked.wait(PATIENCE)
                while not place.listener.told:
                    work = place.container.work(WORKER)
                    assert work.use(ProbeService).claim(1, {}) == [], "another would ask it as well"
                    work.close()
                    time.sleep(0.1)
        assert len(service.asked) == 1

    def test_ends_at_once_where_there_is_nothing_to_probe(self, place: Place) -> None:
        with place.probing():
            time.sleep(0.2)
        assert place.listener.told == []

    def test_outlives_a_listener_that_refuses(self, place: Place) -> None:
        place.listener.refuses = 1
        with running_service() as service:
            place.describe("harbour", service.url)
            with place.probing():
                eventually(lambda: len(place.listener.told) == 1)
        assert place.facts("harbour")["health.state"] == "pass"

    def test_ends_where_its_records_break_so_that_the_worker_begins_it_anew(self, place: Place) -> None:
        place.listener.breaks = True
        with running_service() as service:
            place.describe("harbour", service.url)
            with pytest.raises(RuntimeError, match="a fault of ours"):
                place.background().run(threading.Event())

    @pytest.mark.parametrize("error", [Unavailable("It is away."), RuntimeError("a fault of ours")])
    def test_goes_on_renewing_whatever_became_of_it_once(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        renewed: list[str] = []

        async def away(self: prober.Prober, now: Any) -> None:
            renewed.append("in vain")
            raise error

        monkeypatch.setattr(prober, "_RENEW", 0.05)
        monkeypatch.setattr(prober.Prober, "_renew", away)
        with running_service() as service:
            place.describe("harbour", service.url)
            with place.probing():
                eventually(lambda: len(renewed) > 2)
