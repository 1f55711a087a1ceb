"""Tidegate as a worker is put together, with every module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.jobs import Shop, open_shop
from tidegate.app import compose
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.wakeups import WakeUps
from tidegate.registry import MODULES


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    """A place with every module, and its clock moved by hand."""
    made = open_shop(database, tmp_path / "shop")
    compose(made.container, MODULES)
    made.container.provide(WakeUps, lambda _: made.bell)
    made.learn_tasks()
    return made
