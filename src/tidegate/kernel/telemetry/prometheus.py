"""The meter in Prometheus' words: each process counts for itself, a scrape adds all of them up.

Labels have few values: routes are templates, what no route knows shares one name, and so do odd methods.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter
from prometheus_client import Gauge as ProcessGauge
from prometheus_client import Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import tidegate
from tidegate.kernel.telemetry.meter import Gauge, Meter
from tidegate.kernel.telemetry.pool import PoolGauges

if TYPE_CHECKING:
    from tidegate.kernel.db.engine import Database

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNMATCHED = "unmatched"
"""The route of every request that no route answers."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_EVIDENCE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


def shared_folder() -> Path | None:
    """Return the folder in which gunicorn's processes count together; None where one process is all."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else None


class PrometheusMeter(Meter):
    """Counts for Prometheus; `folder` is where the other processes of this server count."""

    on = True

    def __init__(self, *, commit: str = "", folder: Path | None = None) -> None:
        # Several processes cannot say when a sum of theirs began.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no types
        self._folder = folder
        self._registry = own = CollectorRegistry()
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._build = Gauge(
            "tidegate_build_info",
            "What runs here; always 1.",
            {(tidegate.__version__, commit or "unknown"): 1.0},
            ("version", "commit"),
        )
        self._requests = Counter(
            "tidegate_http_requests", "Requests answered.", ("method", "route", "status"), registry=own
        )
        self._request_seconds = Histogram(
            "tidegate_http_request_duration_seconds",
            "Time until a request was answered.",
            ("method", "route"),
            buckets=_REQUEST_SECONDS,
            registry=own,
        )
        self._evidence_bytes = Counter(
            "tidegate_evidence_bytes", "Bytes of accepted reports.", ("format",), registry=own
        )
        self._evidence_seconds = Histogram(
            "tidegate_evidence_duration_seconds",
            "Time from a report's last byte to its verdicts.",
            ("format",),
            buckets=_EVIDENCE_SECONDS,
            registry=own,
        )
        self._verdicts = Counter("tidegate_verdicts", "Verdicts given.", ("state",), registry=own)
        self._replica_reads = Counter(
            "tidegate_replica_reads",
            "Reads that the replica may answer, by what came of it.",
            ("outcome",),
            registry=own,
        )
        self._replica_reads.labels("replica")  # 0 from the start, so that a rate of it has a beginning
        self._pool = PoolGauges(
            size=self._process_gauge("tidegate_database_pool_size", "Connections kept open at most."),
            in_use=self._process_gauge("tidegate_database_pool_in_use", "Connections in use."),
            overflow=self._process_gauge("tidegate_database_pool_overflow", "Connections open beyond those."),
        )

    def _process_gauge(self, name: str, help: str) -> ProcessGauge:
        """Make a gauge that is added up over the processes that live."""
        return ProcessGauge(name, help, registry=self._registry, multiprocess_mode="livesum")

    def request(self, *, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count an answered request."""
        kind = (method if method in _METHODS else "other", route or UNMATCHED, status)
        if (counted := self._counted.get(kind)) is None:
            # Finding a metric by its labels takes as long as counting; there are only so many kinds.
            method, route, status = kind
            counted = self._counted[kind] = (
                self._requests.labels(method, route, str(status)),
                self._request_seconds.labels(method, route),
            )
        counter, histogram = counted
        counter.inc()
        histogram.observe(seconds)

    def evidence(self, *, format: str, size: int, seconds: float) -> None:
        """Count a report that was accepted."""
        self._evidence_bytes.labels(format).inc(size)
        self._evidence_seconds.labels(format).observe(seconds)

    def verdict(self, state: str) -> None:
        """Count a verdict that was given."""
        self._verdicts.labels(state).inc()

    def replica_read(self, outcome: str) -> None:
        """Count a read that the replica answered, or why the primary did."""
        self._replica_reads.labels(outcome).inc()

    def watch(self, database: Database) -> None:
        """Follow the connections of a database's pool."""
        self._pool.follow(database.engine)

    def update_pool_gauges(self) -> None:
        """Set the gauges of the pool."""
        self._pool.update()

    def render(self, gauges: Sequence[Gauge], accept: str) -> tuple[bytes, str]:
        """Write the page in the format that is asked for: OpenMetrics, or the text format that all read."""
        page = CollectorRegistry()
        if self._folder is None:
            page.register(self._registry)
        else:
            MultiProcessCollector(page, str(self._folder))  # type: ignore[no-untyped-call]  # as above
        page.register(_Now((self._build, *gauges)))
        encode, content_type = choose_encoder(accept)
        return encode(page), content_type


class _Now(Collector):
    """Gauges that were measured for this very page."""

    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for labels, value in gauge.values.items():
                family.add_metric(labels, value)
            yield family
