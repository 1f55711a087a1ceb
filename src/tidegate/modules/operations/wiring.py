"""How the checks are put together; a module adds one of its own with `container.contribute(Check, …)`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tidegate.kernel.container import Container, Work
from tidegate.kernel.db import schema
from tidegate.modules.jobs.service import WorkHealth
from tidegate.modules.operations.service import Check, HealthService, PartFailed

# Checks that hang pile up to this many; every later one then waits in vain and fails, as it should.
_THREADS = 16


def build(container: Container) -> None:
    """Register the health service and the checks of the kernel's parts."""
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="health")
    timeout = container.settings.health_timeout

    def health_service(work: Work) -> HealthService:
        return HealthService(work.all_of(Check), clock=container.clock, executor=executor, timeout=timeout)

    container.provide(HealthService, health_service)
    container.contribute(
        Check, lambda _: Check("database", "datastore", lambda: _ping(container), needed=True)
    )
    container.contribute(
        Check, lambda _: Check("schema", "datastore", lambda: _schema(container), needed=True)
    )
    container.contribute(Check, lambda _: Check("blobs", "datastore", lambda: _blobs(container)))
    container.contribute(
        Check, lambda _: Check("worker", "system", lambda: _work(container, WorkHealth.worker))
    )
    container.contribute(
        Check, lambda _: Check("scheduler", "system", lambda: _work(container, WorkHealth.scheduler))
    )
    container.contribute(Check, lambda _: Check("modules", "system", lambda: _modules(container)))


def _ping(container: Container) -> str:
    container.database.ping()
    return "The database answers."


def _schema(container: Container) -> str:
    if not schema.fits(container.database):
        raise PartFailed("The schema is not at the newest version: run the migrations.")
    return "The schema is at the newest version."


def _blobs(container: Container) -> str:
    container.blobs.ping()
    return "The blob store answers."


def _work(container: Container, ask: Callable[[WorkHealth], str]) -> str:
    if WorkHealth not in container.provided():
        return "The module `jobs` is switched off."
    work = container.work()
    try:
        return ask(work.use(WorkHealth))
    finally:
        work.close()


def _modules(container: Container) -> str:
    work = container.work()
    try:
        parts: list[object] = [work.use(wanted) for wanted in container.provided()]
    finally:
        work.close()
    return f"All {len(parts)} parts of the modules can be built."
