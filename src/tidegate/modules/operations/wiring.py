"""How health checks and gauges are put together; modules contribute `HealthCheck`s and `GaugeSource`s."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tidegate.domain.errors import TidegateError
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db import schema
from tidegate.kernel.db.replica import AWAY, NO_REPLICA
from tidegate.kernel.health import HealthCheck, HealthCheckFailed, HealthWarning
from tidegate.kernel.telemetry.meter import Gauge, GaugeSource
from tidegate.modules.operations.service import HealthService, MetricsService

# Checks that hang pile up to this many; every later one then waits in vain and fails, as it should.
_THREADS = 16


def build(container: Container) -> None:
    """Register the services, and the checks and gauges of the kernel's parts."""
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="health")
    timeout = container.settings.health_timeout

    def health_service(work: Work) -> HealthService:
        return HealthService(
            work.all_of(HealthCheck), clock=container.clock, executor=executor, timeout=timeout
        )

    def metrics_service(work: Work) -> MetricsService:
        return MetricsService(
            work.all_of(GaugeSource), meter=container.meter, executor=executor, timeout=timeout
        )

    container.provide(HealthService, health_service)
    container.provide(MetricsService, metrics_service)
    container.contribute(
        HealthCheck, lambda _: HealthCheck("database", "datastore", lambda: _ping(container), needed=True)
    )
    container.contribute(
        HealthCheck, lambda _: HealthCheck("schema", "datastore", lambda: _schema(container), needed=True)
    )
    container.contribute(HealthCheck, lambda _: HealthCheck("blobs", "datastore", lambda: _blobs(container)))
    container.contribute(HealthCheck, lambda _: HealthCheck("disk", "system", lambda: _room(container)))
    container.contribute(HealthCheck, lambda _: HealthCheck("modules", "system", lambda: _modules(container)))
    if container.database.replica is not None:
        container.contribute(
            HealthCheck, lambda _: HealthCheck("replica", "datastore", lambda: _replica(container))
        )
    container.contribute(GaugeSource, lambda _: GaugeSource("replica", lambda: _replica_gauges(container)))
    container.contribute(GaugeSource, lambda _: GaugeSource("disk", lambda: _disk_gauges(container)))


def _ping(container: Container) -> str:
    container.database.ping()
    return "The database answers."


def _schema(container: Container) -> str:
    if not schema.fits(container.database):
        raise HealthCheckFailed("The schema is not at the newest version: run the migrations.")
    if not schema.at_head(container.database):
        return "The schema is a newer version's, which this one can work on."
    return "The schema is at the newest version."


def _replica_lag(container: Container) -> tuple[str | None, float]:
    replica = container.database.replica
    assert replica is not None  # nosec B101  # the check is contributed where there is one
    with container.database.engine.connect() as connection:
        return replica.lag(connection)


def _replica(container: Container) -> str:
    try:
        reason, lag = _replica_lag(container)
    except TidegateError as error:
        raise HealthWarning(f"The replica cannot be asked, so that the primary is: {error}") from error
    if reason == NO_REPLICA:
        raise HealthWarning(
            "DATABASE_REPLICA_URL names no standby of the database that DATABASE_URL names: the primary "
            "answers. Name one that follows it (docs/read-replica.md)."
        )
    if reason is not None:
        most = container.settings.replica_max_lag_seconds
        raise HealthWarning(
            f"The replica is {lag:.0f} s late, REPLICA_MAX_LAG_SECONDS allows {most:g}: the primary answers."
        )
    return f"The replica answers, {lag:.1f} s late."


def _replica_gauges(container: Container) -> list[Gauge]:
    reason: str | None = AWAY
    lag = float("inf")
    if container.database.replica is not None:
        with suppress(TidegateError):
            reason, lag = _replica_lag(container)
    usable = float(reason is None)
    return [
        Gauge.of("tidegate_replica_lag_seconds", "How late the replica is; +Inf where none answers.", lag),
        Gauge.of("tidegate_replica_usable", "1 where reports are read from the replica.", usable),
    ]


def _blobs(container: Container) -> str:
    container.blobs.ping()
    return "The blob store answers."


def _room(container: Container) -> str:
    if container.database.lacked_room:
        raise HealthCheckFailed(
            "The database refused a write within the last minute: its disk is full. Make room."
        )
    least, free = container.settings.min_free_disk_bytes, shutil.disk_usage(_there(container)).free
    text = f"{free >> 20:,} MiB are free where DATA_DIR lies"
    if free < least:
        raise HealthCheckFailed(f"Only {text}, and MIN_FREE_DISK_BYTES asks for {least >> 20:,}: make room.")
    return f"{text}."


def _disk_gauges(container: Container) -> list[Gauge]:
    usage = shutil.disk_usage(_there(container))
    return [
        Gauge.of("tidegate_data_disk_free_bytes", "Free bytes on the disk of DATA_DIR.", usage.free),
        Gauge.of("tidegate_data_disk_size_bytes", "Size of the disk of DATA_DIR.", usage.total),
    ]


def _there(container: Container) -> Path:
    """Return the data folder, or the nearest one above it that is there already."""
    data = container.settings.data_dir.absolute()
    return next(folder for folder in (data, *data.parents) if folder.exists())


def _modules(container: Container) -> str:
    work = container.work(SERVER)
    try:
        parts: list[object] = [work.use(wanted) for wanted in container.provided()]
    finally:
        work.close()
    return f"All {len(parts)} parts of the modules can be built."
