"""What has arrived of a body: in memory while there is room, else in a file without a name."""

from __future__ import annotations

import io
import tempfile
from typing import IO

from tidegate.gunicorn_worker.limits import ClientLimits

_ALWAYS_IN_MEMORY = 16 * 1024


class SpoolFull(Exception):
    """What arrives takes more disk than all requests that are still arriving may."""


class SpoolRoom:
    """How much memory and disk is left to the bodies of one worker; used by its main thread alone."""

    def __init__(self, limits: ClientLimits) -> None:
        self.memory, self.disk = limits.memory, limits.disk
        self.most_in_memory, self.folder = limits.small, limits.folder


class Spool:
    """A body: written while it arrives, then read from its beginning."""

    def __init__(self, room: SpoolRoom) -> None:
        self._room = room
        self._file: IO[bytes] = io.BytesIO()
        self._on_disk = False
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add what arrived; raises `SpoolFull`."""
        if not self._on_disk and not self._fits(len(data)):
            self._move_to_disk()
        if self._on_disk:
            if self._room.disk < len(data):
                raise SpoolFull
            self._room.disk -= len(data)
        else:
            self._room.memory -= len(data)
        self._file.write(data)
        self.size += len(data)

    def rewind(self) -> None:
        """Read from the beginning."""
        self._file.seek(0)

    def resume(self) -> None:
        """Write on at the end."""
        self._file.seek(0, io.SEEK_END)

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        return self._file.read(size)

    def close(self) -> None:
        """Give back what it took."""
        if self._on_disk:
            self._room.disk += self.size
        else:
            self._room.memory += self.size
        self.size = 0
        self._file.close()

    def _fits(self, more: int) -> bool:
        whole = self.size + more
        return whole <= _ALWAYS_IN_MEMORY or (
            whole <= self._room.most_in_memory and self._room.memory >= more
        )

    def _move_to_disk(self) -> None:
        if self._room.disk < self.size:
            raise SpoolFull
        self._room.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Without a name: nothing of it is left behind, however the process ends.
        file: IO[bytes] = tempfile.TemporaryFile(dir=self._room.folder)  # noqa: SIM115  # closed with it
        self._file.seek(0)
        file.write(self._file.read())
        self._file.close()
        self._room.memory += self.size
        self._room.disk -= self.size
        self._file, self._on_disk = file, True
