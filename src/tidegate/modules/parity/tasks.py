"""Work in the background: reports that are too much for a request, and the end of old ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.parity.service import COMPUTE_TASK, ParityService


def compute(work: Work, payload: Mapping[str, Json]) -> str:
    """Compute a report that waits.

    Run again from the beginning it computes the same anew: blobs are kept under their digests, and the chunks
    of a report are replaced as one.
    """
    return work.use(ParityService).compute(str(payload["report"]))


def forget(work: Work, _: Mapping[str, Json]) -> str:
    """Delete reports that were kept for PARITY_KEEP_DAYS; again, it deletes no more than the rest."""
    days = work.container.settings.parity_keep_days
    return f"Deleted {work.use(ParityService).forget(timedelta(days=days))} reports older than {days} days"


COMPUTE = Task(COMPUTE_TASK, compute, queue="parity", in_transaction=False)
FORGET = Task("parity.forget", forget, schedule=Schedule.daily("03:35"), in_transaction=False)
