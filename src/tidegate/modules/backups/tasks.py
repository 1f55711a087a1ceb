"""What the worker does for backups: one every night, and one restored as a test every week."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.tasks import GiveUp
from tidegate.modules.backups.service import BackupService

NIGHTLY = "backups.nightly"
RESTORE_TEST = "backups.restore_test"


def nightly(work: Work, _payload: Mapping[str, Json]) -> str:
    """Take a backup and remove those that are too old.

    It may be run again at any point: a backup that was not finished is none, another one is taken.
    """
    service = work.use(BackupService)
    manifest = service.create(reason="nightly")
    pruned = service.prune()
    if manifest.missing_count:
        raise GiveUp(
            f"The backup {manifest.name} was taken, but {manifest.missing_count} reports that the database "
            f"names are missing or damaged in the store, such as {manifest.missing[0]}."
        )
    left = f"; reports that no backup names were left: {pruned.fault}" if pruned.fault else ""
    return (
        f"{manifest.name}: {manifest.size} bytes, {manifest.blob_count} reports; "
        f"{len(pruned.names)} older ones removed{left}"
    )


def restore_test(work: Work, _payload: Mapping[str, Json]) -> str:
    """Restore the newest backup into a scratch database and verify it.

    It may be run again at any point: what is left of the scratch database is replaced.
    """
    manifest, report = work.use(BackupService).verify(deep=True)
    rows = report.checked if report is not None else 0
    return f"{manifest.name}: restored, {rows} rows of the audit chain intact"
