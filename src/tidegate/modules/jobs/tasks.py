"""The jobs module's own work in the background: clearing away what is not needed any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.db.idempotency import IdempotencyKeys
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.jobs.service import JobService


def prune(work: Work, _: Mapping[str, Json]) -> str:
    """Delete old answers of idempotent requests, and old jobs, runs, occurrences and workers.

    Goes a few hundred rows at a time; run again it goes on with what is left, so a kill is no harm.
    """
    settings, now = work.container.settings, work.container.clock.now()
    forgotten = work.use(JobService).forget(timedelta(days=settings.jobs_keep_days))
    kept = IdempotencyKeys(work.uow, work.container.clock)
    answers = kept.forget_before(now - timedelta(days=settings.idempotency_keep_days))
    deleted = {**forgotten, "answers": answers}
    return "Deleted: " + ", ".join(f"{number} {what}" for what, number in deleted.items())


PRUNE = Task("jobs.prune", prune, schedule=Schedule.daily("03:40"), in_transaction=False)
