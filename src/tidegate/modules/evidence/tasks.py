"""Work in the background: garbage collection of blobs, and of uploads that were cut off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from tidegate.domain.canonical import Json
from tidegate.kernel.blob_gc import referenced_digests, remove_unreferenced
from tidegate.kernel.container import Work
from tidegate.kernel.http.uploads import sweep
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.kernel.storage import local_folder

# Bytes are put before the row that names them; no submission takes anything like a week.
_SAFE_AGE = timedelta(days=7)


def prune(work: Work, _: Mapping[str, Json]) -> str:
    """Remove uploads that were cut off, and stored reports that no row names and nobody sent for a week.

    What is gone is gone, so running it again, from wherever it was killed, does no more than the rest. Only
    reports in a local folder are checked: an object store has no way to take an object away only if
    nobody has just put it again.
    """
    settings = work.container.settings
    uploads = sweep(settings.data_dir / "incoming")
    cut_off = f"{uploads} uploads that were cut off"
    folder = local_folder(settings.blob_url)
    if folder is None:
        return f"Removed: {cut_off}; reports in an object store are left alone"

    def referenced(digests: Collection[str]) -> set[str]:
        found = referenced_digests(work.uow.session, digests)
        work.uow.release()
        return found

    removed, checked = remove_unreferenced(
        folder,
        referenced,
        before=work.container.clock.now() - _SAFE_AGE,
    )
    return f"Removed: {cut_off}, {removed} of {checked} reports older than {_SAFE_AGE.days} days"


PRUNE = Task("evidence.prune", prune, schedule=Schedule.daily("03:50"), in_transaction=False)
