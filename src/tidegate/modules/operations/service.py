"""Every part is asked how it is and what it measures, side by side within a time limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from tidegate.domain.errors import TidegateError
from tidegate.kernel.clock import Clock
from tidegate.kernel.health import HealthCheck, HealthWarning
from tidegate.kernel.logging import logger
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource, Meter


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a check: `output` says what was found or what is wrong."""

    check: HealthCheck
    passed: bool
    output: str
    duration_ms: float
    time: datetime
    warned: bool = False

    @property
    def state(self) -> str:
        """Say in the health check draft's word how the part is."""
        return _word(self.passed, self.warned)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether it works, at one moment."""

    passed: bool
    time: datetime

    @property
    def state(self) -> str:
        """Say it in the health check draft's word."""
        return _word(self.passed, False)


@dataclass(frozen=True, slots=True)
class HealthReport(Pulse):
    """A pulse with the outcome of each check under its name."""

    checks: Mapping[str, tuple[CheckResult, ...]]

    @property
    def state(self) -> str:
        """Say it in the health check draft's word: `warn` where something stands in for a part."""
        return _word(self.passed, any(one.warned for found in self.checks.values() for one in found))


@dataclass(frozen=True, slots=True)
class ExplainerState:
    """Whether a language model is there to write explanations, and why."""

    available: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Status:
    """What runs here, and whether it works; `commit` is None where it is not known."""

    status: str
    time: datetime
    environment: str
    commit: str | None
    modules: tuple[str, ...]
    flags: Mapping[str, bool]
    model: ExplainerState


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the server at one moment; without a single outcome nothing is known, so nothing passed."""

    time: datetime
    outcomes: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every part works."""
        return bool(self.outcomes) and all(outcome.passed for outcome in self.outcomes)

    @property
    def ready(self) -> bool:
        """Whether the parts work without which no request can be answered."""
        needed = [outcome for outcome in self.outcomes if outcome.check.needed]
        return bool(needed) and all(outcome.passed for outcome in needed)

    @property
    def operational(self) -> str:
        """Say the state in one word: degraded where a part fails or another one stands in for it.

        Down where no request can be answered.
        """
        if not self.ready:
            return "down"
        return "operational" if self.passed and not self.warned else "degraded"

    @property
    def warned(self) -> bool:
        """Whether something stands in for a part."""
        return any(outcome.warned for outcome in self.outcomes)

    def report(self, *, passed: bool) -> HealthReport:
        """Return the outcomes by the names of their checks."""
        return HealthReport(passed, self.time, {one.check.name: (one,) for one in self.outcomes})


class HealthService:
    """Asks the parts; `timeout` is in seconds and holds for all of them together."""

    def __init__(
        self, checks: Sequence[HealthCheck], *, clock: Clock, executor: ThreadPoolExecutor, timeout: float
    ) -> None:
        self._checks = checks
        self._clock = clock
        self._executor = executor
        self._timeout = timeout

    def now(self) -> datetime:
        """Return the time, which is all that a process that answers can say of itself."""
        return self._clock.now()

    def health(self) -> Health:
        """Run every check; raises nothing, since a check that breaks or takes too long is a failed one."""
        return self._run(self._checks)

    def readiness(self) -> Health:
        """Run only the checks on which readiness depends."""
        return self._run([check for check in self._checks if check.needed])

    def _run(self, checks: Sequence[HealthCheck]) -> Health:
        deadline = perf_counter() + self._timeout
        running = [(check, self._executor.submit(_timed, check.ask)) for check in checks]
        outcomes = tuple(self._outcome(check, future, deadline) for check, future in running)
        return Health(self._clock.now(), outcomes)

    def _outcome(self, check: HealthCheck, future: Future[tuple[str, float]], deadline: float) -> CheckResult:
        passed, warned, seconds = False, False, self._timeout
        try:
            output, seconds = future.result(timeout=max(0.0, deadline - perf_counter()))
            passed = True
        except TooLate:
            # What has not begun never will; what hangs keeps its thread, and there are only so many.
            future.cancel()
            output = f"No answer within {self._timeout:g} s."
        except HealthWarning as warning:
            passed, warned, output = True, True, str(warning)
        except TidegateError as error:
            output = str(error)
        except Exception as error:
            # A boundary: whatever breaks inside a check means that the part cannot be said to work.
            logger().warning("health.check_failed", check=check.name, exc_info=error)
            output = "The check broke: the server's log has the reason."
        return CheckResult(check, passed, output, round(seconds * 1000, 2), self._clock.now(), warned)


def _word(passed: bool, warned: bool) -> str:
    return "fail" if not passed else "warn" if warned else "pass"


class MetricsService:
    """Puts together what was counted and what is measured now; `timeout` holds for all sources together."""

    def __init__(
        self, sources: Sequence[GaugeSource], *, meter: Meter, executor: ThreadPoolExecutor, timeout: float
    ) -> None:
        self._sources = sources
        self._meter = meter
        self._executor = executor
        self._timeout = timeout

    @property
    def on(self) -> bool:
        """Tell whether anything is counted."""
        return self._meter.on

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return a scrape's page and its content type; a source that fails is named on it."""
        deadline = perf_counter() + self._timeout
        running = [(source, self._executor.submit(source.collect)) for source in self._sources]
        gauges: list[Gauge] = []
        failed: dict[tuple[str, ...], float] = {}
        for source, future in running:
            found = self._collected(source, future, deadline)
            gauges.extend(found or ())
            failed[(source.name,)] = float(found is None)
        failures = Gauge(
            "tidegate_gauge_source_failed", "1 where a part could not be measured.", failed, ("source",)
        )
        return self._meter.render([*gauges, failures], accept)

    def _collected(
        self, source: GaugeSource, future: Future[Sequence[Gauge]], deadline: float
    ) -> Sequence[Gauge] | None:
        try:
            return future.result(timeout=max(0.0, deadline - perf_counter()))
        except TooLate:
            future.cancel()
            logger().warning("metrics.source_timed_out", source=source.name)
        except Exception as error:
            # A boundary: one part that cannot be measured must not hide all others.
            logger().warning("metrics.source_failed", source=source.name, exc_info=error)
        return None


def _timed(ask: Callable[[], str]) -> tuple[str, float]:
    started = perf_counter()
    output = ask()
    return output, perf_counter() - started
