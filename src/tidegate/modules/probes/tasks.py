"""The work of probes in the background that is not probing: summing up and forgetting history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.probes.service import ProbeService


def roll_up(work: Work, _: Mapping[str, Json]) -> str:
    """Sum up old probes by the hour and forget the oldest.

    Goes a few hundred targets at a time; run again it goes on with what is left, so a kill is no harm.
    """
    settings = work.container.settings
    summed, forgotten = work.use(ProbeService).roll_up(
        raw=timedelta(hours=settings.probe_raw_hours), keep=timedelta(days=settings.probe_keep_days)
    )
    return f"{summed} days of targets summed up, {forgotten} forgotten"


ROLL_UP = Task("probes.roll_up", roll_up, schedule=Schedule.daily("03:30"), in_transaction=False)
