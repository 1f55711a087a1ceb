"""How the background work is put together; web and worker processes have the same services."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.jobs.leases import Leases
from tidegate.kernel.jobs.queue import JobQueue
from tidegate.kernel.jobs.scheduler import Scheduler
from tidegate.kernel.jobs.task_status import TaskStatuses
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.jobs.wakeups import WakeUps, wake_ups_of
from tidegate.kernel.jobs.worker_registry import WorkerRegistry


def install(container: Container) -> None:
    """Let every part ask for the `JobQueue`."""
    wake_ups = wake_ups_of(container.database.url)
    clock = container.clock

    def queue(work: Work) -> JobQueue:
        return JobQueue(
            work.uow,
            lambda: work.all_of(Task),
            clock=clock,
            new_id=new_id,
            wake=lambda session: work.use(WakeUps).send(session),
        )

    container.provide(WakeUps, lambda _: wake_ups)
    container.provide(JobQueue, queue)
    container.provide(Leases, lambda work: Leases(work.uow, clock=clock, new_id=new_id))
    container.provide(WorkerRegistry, lambda work: WorkerRegistry(work.uow))
    container.provide(TaskStatuses, lambda work: TaskStatuses(work.uow))
    container.provide(Scheduler, lambda work: Scheduler(work.uow, work.use(JobQueue), clock=clock))
