"""The audit log's work in the background: proving every day that nobody changed it, anchoring its head."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.files import append_line, last_line
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import GiveUp, Task
from tidegate.kernel.logging import logger
from tidegate.modules.audit.service import AnchorContradicted, AnchorService, AuditService


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


def anchor(work: Work, _: Mapping[str, Json]) -> str:
    """Sign where the chain ends and keep that elsewhere, unless it contradicts the anchor before.

    Only adds a line elsewhere, so it may be run again at any time: an anchor more does no harm.
    """
    settings = work.container.settings
    path = Path(settings.audit_anchor_file) if settings.audit_anchor_file else None
    try:
        signed = work.use(AnchorService).anchor(last=None if path is None else last_line(path))
    except AnchorContradicted as error:
        raise GiveUp(
            f"{error} `tidegate audit verify --anchor {path}` finds where. After a restore that was meant, "
            "move that file away and keep it, then run `tidegate jobs run audit.anchor`."
        ) from error
    if signed is None:
        return "Nothing is anchored: the log has no row yet"
    head = signed.anchor.head
    if path is not None:
        append_line(path, signed.line)
    if settings.audit_anchor_log:
        logger().info("audit.anchored", seq=head.seq, hash=head.hash, anchor=signed.line.decode())
    return f"Anchored: head {head.seq}:{head.hash}"


def anchor_task(minutes: int) -> Task:
    """Have the head anchored every so many minutes."""
    timeout = timedelta(minutes=5)
    return Task(
        ANCHOR,
        anchor,
        schedule=Schedule.every(minutes=minutes),
        timeout=timeout,
        lateness=max(timeout, timedelta(minutes=min(minutes, 60))),
        keep=timedelta(days=7),
        in_transaction=False,
    )


ANCHOR = "audit.anchor"
VERIFY = Task("audit.verify", verify, schedule=Schedule.daily("04:10"), in_transaction=False)
