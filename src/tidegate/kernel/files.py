"""Files, locks and sockets on every platform: where POSIX and Windows differ, it is in here alone."""

from __future__ import annotations

import os
import select
import shutil
import time
from pathlib import Path
from typing import BinaryIO

REPLACES_OPEN_FILES = os.name != "nt"
"""Whether a file can be moved or replaced while somebody has it open; Windows refuses that."""

_OWNER_ONLY = 0o600
_PIECE = 64 * 1024
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# ERROR_ACCESS_DENIED and ERROR_SHARING_VIOLATION: which of them comes depends on what is done to the file.
_IN_USE = frozenset({5, 32})


def create(path: Path | str) -> BinaryIO:
    """Create a file that its owner alone may read, and open it unbuffered; raises `FileExistsError`."""
    return open(path, "xb", buffering=0, opener=_open_private)


def make_private(path: Path) -> None:
    """Make an empty file that its owner alone may read, unless there is a file already."""
    with open(path, "ab", opener=_open_private):
        return


def sync_folder(folder: Path | str) -> None:
    """Make the names in a folder survive a power cut.

    Windows does not open folders; there NTFS keeps names in its journal.
    """
    flag: int | None = getattr(os, "O_DIRECTORY", None)
    if flag is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | flag)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path | str, target: Path | str) -> None:
    """Move a synced file to its name, in place of what was there, such that a power cut does not undo it."""
    os.replace(path, target)
    sync_folder(os.path.dirname(target) or os.curdir)


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file that its owner alone may write, and have it survive a power cut.

    A line before it that was cut off is ended first, so that it spoils no other.
    """
    with open(path, "ab", buffering=0, opener=_open_private) as file:
        cut_off = file.tell() > 0 and not _ends_with_newline(path)
        file.write((b"\n" if cut_off else b"") + line + b"\n")
        os.fsync(file.fileno())
    sync_folder(path.parent)


def last_line(path: Path) -> bytes | None:
    """Return a file's last line without its end; None where there is no file, or nothing in it.

    Reads from the end, a piece at a time: the file may have grown for years.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        position = file.seek(0, os.SEEK_END)
        found = b""
        while position > 0 and b"\n" not in found.rstrip(b"\n"):
            step = min(position, _PIECE)
            position = file.seek(position - step)
            found = file.read(step) + found
    return found.rstrip(b"\n").rpartition(b"\n")[2] or None


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def link_or_copy(path: Path, other: Path) -> None:
    """Give a file a second name; copy it where the file system has no hard links. `other` may not exist."""
    try:
        getattr(os, "link", _no_links)(path, other)
    except FileExistsError:
        raise
    except OSError:
        with path.open("rb") as source, create(other) as target:
            shutil.copyfileobj(source, target)
            os.fsync(target.fileno())


def is_in_use(error: OSError) -> bool:
    """Tell whether Windows refused to move or remove a file because somebody has it open."""
    return getattr(error, "winerror", None) in _IN_USE


def is_ours(status: os.stat_result) -> bool:
    """Tell whether a file is of the user that this process runs as; Windows has no number for that."""
    user = getattr(os, "getuid", None)
    return user is None or status.st_uid == user()


def local_path(url: str) -> Path:
    """Return the path that a `file://` URL names, or that is written plainly."""
    path = url.removeprefix("file://")
    # file:///C:/reports is C:/reports.
    return Path(path if REPLACES_OPEN_FILES or path == url else path.removeprefix("/"))


def has_input(descriptor: int) -> bool:
    """Tell whether a socket has something to read right now."""
    if not hasattr(select, "poll"):
        # Windows: its select takes sockets of any number, where POSIX' own ends at 1023.
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class LockFile:
    """A lock on a file: one holder on this machine at a time, and a killed process does not keep it.

    The file stays when the lock is released: whoever removed it would part those who wait for it.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._descriptor = os.open(path, os.O_RDWR | _NO_FOLLOW | (os.O_CREAT if create else 0), _OWNER_ONLY)

    def acquire(self, *, timeout: float = 0.0, pause: float = 0.05) -> bool:
        """Wait for the lock; returns False where it did not come in time.

        It is asked for again and again, every `pause` seconds: a wait in the kernel would have no end to it.
        """
        from filelock import lock_descriptor  # slow to import, and only SQLite and files of ours are locked

        give_up = time.monotonic() + timeout
        while not lock_descriptor(self._descriptor, blocking=False):
            if time.monotonic() >= give_up:
                return False
            time.sleep(pause)
        return True

    def release(self) -> None:
        """Let the next one have it; only for its holder."""
        from filelock import unlock_descriptor

        unlock_descriptor(self._descriptor)

    def close(self) -> None:
        """Close the file, which releases the lock, except where a forked process has the file open too."""
        os.close(self._descriptor)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)


def _no_links(*_: object) -> None:
    raise OSError("this platform has no hard links")
