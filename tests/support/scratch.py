"""Where tests keep files that nobody needs afterwards: in memory where there is room, disks are slow."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_MEMORY = Path("/dev/shm")  # nosec B108  # what is made in it gets a folder of its own
_ROOM = 4 << 30


def folder(memory: Path = _MEMORY, room: int = _ROOM) -> Path | None:
    """Return a folder in memory with room for what a run of all tests writes; None where there is none."""
    if not (memory.is_dir() and os.access(memory, os.W_OK | os.X_OK)):
        return None
    return memory if shutil.disk_usage(memory).free >= room else None


def use_memory() -> None:
    """Have pytest's `tmp_path` lie there, unless somebody has said where it is to be."""
    found = folder()
    if found is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(found))
