"""Work in the background: objectives that are measured and targets that are compared, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.incidents.differences import ParityDifferences
from tidegate.modules.incidents.objectives import ObjectiveService


def watch_objectives(work: Work, _: Mapping[str, Json]) -> str:
    """Measure every objective; those that are missed open incidents.

    Run again from the beginning it measures anew: what it has opened it finds open.
    """
    count, missed = work.use(ObjectiveService).watch()
    return f"Measured {count} objectives: {missed} are missed"


WATCH = Task(
    "incidents.objectives",
    watch_objectives,
    schedule=Schedule.every(minutes=5),
    queue="objectives",
    keep=timedelta(days=1),
    in_transaction=False,
)


def watch_parity(work: Work, _: Mapping[str, Json]) -> str:
    """Compare what is declared of targets with what is observed; what differs opens incidents.

    Run again from the beginning it compares anew: what it has opened it finds open.
    """
    compared, differ = work.use(ParityDifferences).look()
    return f"Compared {compared} targets that may differ or did: {differ} do"


def watch_parity_task(minutes: int) -> Task:
    """Have declared and observed compared every so many minutes."""
    timeout = timedelta(minutes=30)
    return Task(
        "incidents.parity",
        watch_parity,
        schedule=Schedule.every(minutes=minutes),
        queue="parity-watch",
        timeout=timeout,
        keep=timedelta(days=1),
        in_transaction=False,
    )
