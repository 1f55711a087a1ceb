"""The audit log's work in the background: proving every day that nobody changed it."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import GiveUp, Task
from tidegate.modules.audit.service import AuditService


def verify(work: Work, _: Mapping[str, Json]) -> str:
    """Verify the whole chain; raises `GiveUp` where it does not hold, since another look finds the same.

    Only reads, so it may be run again at any time.
    """
    report = work.use(AuditService).verification()
    if not report.intact:
        raise GiveUp(
            f"The audit chain is NOT INTACT at row {report.bad_seq}: {report.fault}. "
            "Compare it with an export or a backup (`tidegate audit verify FILE`)."
        )
    head = f", head {report.head.seq}:{report.head.hash}" if report.head else ""
    return f"Intact: {report.checked} rows{head}"


VERIFY = Task("audit.verify", verify, schedule=Schedule.daily("04:10"), in_transaction=False)
