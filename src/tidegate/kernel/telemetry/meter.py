"""What is counted while the work is done, and what is measured when asked; this file needs no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.kernel.db.engine import Database


@dataclass(frozen=True, slots=True)
class Gauge:
    """One thing measured now: a value for each combination of labels, such as `{("backup",): 3.0}`."""

    name: str
    help: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, help: str, value: float) -> Gauge:
        """Return a gauge that has one value and no labels."""
        return cls(name, help, {(): value})


@dataclass(frozen=True, slots=True)
class GaugeSource:
    """A question that is asked at each scrape; `collect` returns what was measured, or raises.

    Modules add theirs with `container.contribute(GaugeSource, …)`. What all replicas share belongs here, what
    one process does belongs to the meter.
    """

    name: str
    collect: Callable[[], Sequence[Gauge]] = field(repr=False)


class Meter:
    """Counts nothing: stands where monitoring is off, so that nobody has to ask whether it is on."""

    on = False

    def request(self, *, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count an answered request; `route` is its template, None where no route is known."""

    def evidence(self, *, format: str, size: int, seconds: float) -> None:
        """Count a report that was accepted: its bytes, and how long it took from reading to verdict."""

    def verdict(self, state: str) -> None:
        """Count a verdict that was given."""

    def replica_read(self, outcome: str) -> None:
        """Count a read that the replica answered, or why the primary did."""

    def watch(self, database: Database) -> None:
        """Follow the connections of a database's pool."""

    def update_pool_gauges(self) -> None:
        """Set the gauges of the pool; called when a request begins and when it has ended."""

    def render(self, gauges: Sequence[Gauge], accept: str) -> tuple[bytes, str]:
        """Write everything that was counted, and these gauges, as a page and its content type."""
        raise LookupError("nothing is counted while monitoring is off")
