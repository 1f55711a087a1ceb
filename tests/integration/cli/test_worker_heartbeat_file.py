"""The heartbeat that a worker leaves for a health check which asks no server."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tidegate.cli import main


@pytest.mark.requirement("S2-32")
def test_is_left_where_it_is_wanted(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    settings = {"FLASK_ENV": "development", "DATA_DIR": str(tmp_path / "data")}
    for command in (["db", "upgrade"], ["worker", "--once"]):
        assert CliRunner().invoke(main, command, env=settings).exit_code == 0
    assert not heartbeat.exists()
    settings["WORKER_HEARTBEAT_FILE"] = str(heartbeat)
    assert CliRunner().invoke(main, ["worker", "--once"], env=settings).exit_code == 0
    assert heartbeat.exists()
