"""An installation on SQLite and on PostgreSQL, with two reports in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.installations import Installation, make_installation
from tidegate.kernel.db.engine import Database


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    """An installation with a component, a gate and two reports."""
    made = make_installation(database, tmp_path / "installation")
    made.fill()
    return made
