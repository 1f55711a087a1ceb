"""Backups: where they are kept, who can open them, when they are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from tidegate.environment import VariableReader, variable

GROUP = "Backups"


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """Which backups there are, and how they are tested."""

    backup_url: str = variable(
        "",
        "BACKUP_URL",
        "Where backups are kept: a folder or a URL that fsspec knows, such as `s3://bucket/folder`.",
        group=GROUP,
        secret=True,
        shown_default="DATA_DIR/backups",
    )
    backup_keep: int = variable(
        30, "BACKUP_KEEP", "How many complete backups are kept; older ones are removed.", group=GROUP, least=1
    )
    backup_recipients: str = variable(
        "",
        "BACKUP_RECIPIENTS",
        "Encrypt backups for these age recipients (`age1…`, `ssh-…`), separated by commas or one a line.",
        group=GROUP,
        shown_default="none: backups are not encrypted",
    )
    backup_identity: str = variable(
        "",
        "BACKUP_IDENTITY",
        "The age identity that opens encrypted backups for the weekly restore test; give it as "
        "BACKUP_IDENTITY_FILE. Making backups does not need it.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    backup_nightly: str = variable(
        "",
        "BACKUP_NIGHTLY",
        "Whether the worker takes a backup every night and restores one every week as a test; then `/health` "
        "fails when one is late or failed.",
        group=GROUP,
        choices=("true", "false"),
        shown_default="true in production, else false",
    )
    backup_at: str = variable(
        "02:30", "BACKUP_AT", "When the nightly backup begins, in UTC; written as `02:30`.", group=GROUP
    )
    backup_restore_test: bool = variable(
        True,
        "BACKUP_RESTORE_TEST",
        "Whether the newest backup is restored every Sunday into a scratch database and verified. On "
        "PostgreSQL the role needs CREATEDB for it.",
        group=GROUP,
    )


def check_backups(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse a time of day that there is not."""
    try:
        found = time.fromisoformat(values["backup_at"])
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        environment.faults.append(f"BACKUP_AT: {values['backup_at']!r} is not a time of day such as 02:30.")
