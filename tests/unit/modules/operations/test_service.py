"""Tests of the health service: what cannot answer has failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import pytest

from tests.support.metrics import Metrics
from tidegate.domain.errors import Unavailable
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.health import HealthCheck
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.kernel.telemetry.prometheus import PrometheusMeter
from tidegate.modules.operations.service import Health, HealthService, MetricsService


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Return what ends the checks that hang."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """Return two threads."""
    with ThreadPoolExecutor(2) as made:
        yield made


def fine() -> str:
    """Answer."""
    return "Fine."


def away() -> str:
    """Fail with an error that a user may read."""
    raise Unavailable("The database does not answer.")


def broken() -> str:
    """Fail with an error that nobody foresaw."""
    raise KeyError("inside")


def ask(executor: ThreadPoolExecutor, *checks: HealthCheck, timeout: float = 5.0) -> Health:
    """Run the checks."""
    return HealthService(checks, clock=SystemClock(), executor=executor, timeout=timeout).health()


class TestHealth:
    def test_passes_when_every_part_answers(self, executor: ThreadPoolExecutor) -> None:
        found = ask(executor, HealthCheck("a", "system", fine), HealthCheck("b", "system", fine, needed=True))

        assert (found.passed, found.ready) == (True, True)
        assert [outcome.output for outcome in found.outcomes] == ["Fine.", "Fine."]

    def test_fails_when_one_part_fails_and_says_why(self, executor: ThreadPoolExecutor) -> None:
        found = ask(executor, HealthCheck("a", "system", fine, needed=True), HealthCheck("b", "system", away))

        assert (found.passed, found.ready) == (False, True)
        assert found.outcomes[1].output == "The database does not answer."

    def test_shows_nothing_of_the_inside(self, executor: ThreadPoolExecutor) -> None:
        found = ask(executor, HealthCheck("a", "system", broken, needed=True))

        assert (found.passed, found.ready) == (False, False)
        assert found.outcomes[0].output == "The check broke: the server's log has the reason."

    def test_fails_what_takes_too_long_without_waiting_for_it(
        self, executor: ThreadPoolExecutor, stop: threading.Event
    ) -> None:
        def hang() -> str:
            stop.wait(30)
            return "Too late."

        started = perf_counter()
        found = ask(executor, HealthCheck("a", "system", hang), HealthCheck("b", "system", fine), timeout=0.2)
        stop.set()

        assert perf_counter() - started < 5
        assert [outcome.passed for outcome in found.outcomes] == [False, True]
        assert found.outcomes[0].output == "No answer within 0.2 s."

    def test_fails_while_earlier_checks_hold_every_thread(
        self, executor: ThreadPoolExecutor, stop: threading.Event
    ) -> None:
        def hang() -> str:
            stop.wait(30)
            return "Too late."

        ask(executor, HealthCheck("a", "system", hang), HealthCheck("b", "system", hang), timeout=0.1)
        found = ask(executor, HealthCheck("c", "system", fine), timeout=0.1)
        stop.set()

        assert not found.passed

    def test_passes_nothing_where_nothing_is_asked(self, executor: ThreadPoolExecutor) -> None:
        found = ask(executor)

        assert (found.passed, found.ready) == (False, False)

    def test_asks_only_what_is_needed_for_readiness(self, executor: ThreadPoolExecutor) -> None:
        checks = (HealthCheck("a", "system", fine, needed=True), HealthCheck("b", "system", away))
        service = HealthService(checks, clock=SystemClock(), executor=executor, timeout=5)

        assert [outcome.check.name for outcome in service.readiness().outcomes] == ["a"]


def scrape(executor: ThreadPoolExecutor, *sources: GaugeSource, timeout: float = 5.0) -> Metrics:
    """Return the page that these sources give."""
    service = MetricsService(sources, meter=PrometheusMeter(), executor=executor, timeout=timeout)
    return Metrics.of(service.page("")[0].decode())


class TestMetrics:
    def test_hold_what_every_part_measures(self, executor: ThreadPoolExecutor) -> None:
        found = scrape(executor, GaugeSource("depth", lambda: [Gauge.of("tidegate_depth", "How deep.", 3)]))

        assert found.value("tidegate_depth") == 3
        assert found.value("tidegate_gauge_source_failed", source="depth") == 0

    def test_tell_by_name_what_cannot_be_measured_and_hide_nothing_else(
        self, executor: ThreadPoolExecutor, stop: threading.Event
    ) -> None:
        def hang() -> list[Gauge]:
            stop.wait(30)
            return []

        def break_down() -> list[Gauge]:
            raise KeyError("inside")

        parts = (
            GaugeSource("broken", break_down),
            GaugeSource("depth", lambda: [Gauge.of("tidegate_depth", "How deep.", 3)]),
            GaugeSource("slow", hang),
        )
        began = perf_counter()
        found = scrape(executor, *parts, timeout=0.3)

        assert perf_counter() - began < 5
        failed = {
            name: found.value("tidegate_gauge_source_failed", source=name) for name in ("broken", "slow")
        }
        assert failed == {"broken": 1, "slow": 1}
        assert found.value("tidegate_depth") == 3
        stop.set()
