"""The wrong thing running is found within an interval, by whichever worker is left, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from benchmarks.drift import GRACE, storm
from tidegate.app import make_container, with_all_modules
from tidegate.kernel.db import schema
from tidegate.settings import read_settings

INTERVAL = 10
TARGETS = 60


@pytest.mark.drill
def test_ten_kinds_of_drift_are_found_in_time_while_workers_are_killed(
    database_url: URL, tmp_path: Path
) -> None:
    plain = database_url.set(drivername=database_url.get_backend_name())
    settings = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
        "OUTGOING_ALLOW": "127.0.0.0/8",
    }
    container = make_container(read_settings(settings))
    try:
        schema.upgrade(container.database)
        came = storm(
            with_all_modules(container), tmp_path, settings, count=TARGETS, interval=INTERVAL, window=15.0
        )
    finally:
        container.database.dispose()
    assert (came.missed, came.false_alarms, list(came.doubts)) == ([], set(), [])
    assert len(came.found) == TARGETS // 2
    assert came.kills
    # Twice the grace of `make bench`: other drills, browsers among them, take the processors as well.
    assert came.slowest <= INTERVAL + 2 * GRACE
