"""A place with jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.jobs import Shop, nothing, open_shop
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.tasks import Task


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[Shop]:
    """A place with a task `try` that does nothing, on each database."""
    made = open_shop(database, tmp_path / "shop")
    made.declare(Task("try", nothing, retries=2))
    yield made
    made.close()
