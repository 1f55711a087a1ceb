"""The folder in which the processes of one server count together: fresh at every start, gone at its end."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tidegate.domain.errors import Unavailable
from tidegate.kernel.files import LockFile, is_ours

PREFIX = "tidegate-metrics-"
_LOCK = "lock"


class SharedFolder:
    """A folder of one server's own, in the first of `places` that can be written.

    It holds a lock that lives as long as any process of the server, so that the next start finds out which
    folders a killed server left behind, and removes those alone.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self.path = _make(places)
        # Locked before it gets its name: no other start ever sees it unlocked. Forked processes hold it too.
        unnamed = self.path / "new"
        self._lock = LockFile(unnamed)
        self._lock.acquire()
        unnamed.rename(self.path / _LOCK)
        for folder in self.path.parent.glob(f"{PREFIX}*"):
            if _is_left_behind(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> SharedFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _make(places: Sequence[Path]) -> Path:
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        except OSError:
            continue
    tried = ", ".join(str(place) for place in places)
    raise Unavailable(
        f"Metrics need a folder that can be written. Tried: {tried}. Let one of them be writable."
    )


def _is_left_behind(folder: Path) -> bool:
    """Tell whether a folder is ours and no process of its server lives any more."""
    try:
        if not is_ours(folder.stat()):
            return False
        lock = LockFile(folder / _LOCK, create=False)
    except OSError:
        return False  # not complete yet, just removed, or none of ours
    try:
        return lock.acquire()
    finally:
        lock.close()
