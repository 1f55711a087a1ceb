"""Garbage collection of blobs: reports that no row names, left by submissions that were cut off."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from tidegate.kernel.blob_layout import blob_files
from tidegate.kernel.db.base import BLOB, Base
from tidegate.kernel.files import is_in_use
from tidegate.kernel.storage import INCOMING

_BATCH = 5000


def referenced_digests(session: Session, digests: Collection[str]) -> set[str]:
    """Return those that a row of any table names, whichever modules are switched on."""
    columns = (c for table in Base.metadata.sorted_tables for c in table.columns if c.info.get(BLOB))
    queries = [select(column).where(column.in_(digests)) for column in columns]
    return set(session.scalars(union(*queries)).all())


def remove_unreferenced(
    folder: Path, referenced: Callable[[Collection[str]], set[str]], *, before: datetime
) -> tuple[int, int]:
    """Remove from a local folder what nobody names and nobody put since; returns how many of how many.

    Whoever submits a report that is there already makes its file young again (`StorageBackend.refresh`)
    before a row names it. So a file that is taken away is first moved where nobody finds it, and checked once
    more: one that became young in between goes back.
    """
    checked = removed = 0
    old = ((digest, path) for digest, path in blob_files(folder) if _is_old(path, before))
    while batch := list(islice(old, _BATCH)):
        checked += len(batch)
        digests = dict(batch)
        for digest in digests.keys() - referenced(digests.keys()):
            removed += _remove(digests[digest], folder / INCOMING, before)
    return removed, checked


def _is_old(path: Path, before: datetime) -> bool:
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _remove(path: Path, aside: Path, before: datetime) -> bool:
    if not _is_old(path, before):
        return False
    aside.mkdir(mode=0o700, exist_ok=True)
    hidden = aside / uuid.uuid4().hex
    try:
        os.replace(path, hidden)
    except FileNotFoundError:  # another worker was faster
        return False
    except OSError as error:
        if is_in_use(error):  # somebody reads it
            return False
        raise
    if not _is_old(hidden, before):
        os.replace(hidden, path)
        return False
    hidden.unlink()
    return True
