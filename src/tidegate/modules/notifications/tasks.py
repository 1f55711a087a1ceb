"""The work of notifications in the background that is not sending: forgetting what is old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.notifications.service import NotificationService


def forget(work: Work, _: Mapping[str, Json]) -> str:
    """Delete notifications that were kept for long enough; run again it goes on with what is left."""
    keep = timedelta(days=work.container.settings.notification_keep_days)
    return f"{work.use(NotificationService).forget(keep)} notifications forgotten"


FORGET = Task("notifications.forget", forget, schedule=Schedule.daily("03:50"), in_transaction=False)
