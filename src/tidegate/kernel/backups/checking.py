"""Checking: what is read of a backup against the digests in its manifest."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from tidegate.kernel.backups.encryption import Readable
from tidegate.kernel.backups.manifest import BackupDamaged

_CHUNK = 1024 * 1024


class Verified:
    """Reads a part, and at its end raises `BackupDamaged` where it is not what it should be."""

    def __init__(self, source: Readable, *, content: str, backup: str, what: str) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self._content = content
        self._backup = backup
        self._what = what

    def read(self, size: int = _CHUNK, /) -> bytes:
        """Return up to `size` bytes."""
        data = self._source.read(size)
        self._hash.update(data)
        if not data and f"sha256:{self._hash.hexdigest()}" != self._content:
            how = "does not have the content that its digest names"
            raise BackupDamaged(self._backup, self._what, how)
        return data


def compare(backup: str, what: str, stored: BinaryIO, *, digest: str, size: int) -> None:
    """Read stored bytes again; raises `BackupDamaged` where they are not as they were."""
    hasher, count = hashlib.sha256(), 0
    while data := stored.read(_CHUNK):
        hasher.update(data)
        count += len(data)
    if count != size or f"sha256:{hasher.hexdigest()}" != digest:
        raise BackupDamaged(backup, what, "is not as it was stored")
