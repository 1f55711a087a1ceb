"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.workspace import Workspace, usual


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a folder with a gate and two reports."""
    return usual(tmp_path)
