"""Where the rows of reports are kept: canonical JSON lines, some thousand to a blob."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tidegate.domain.canonical import Json, canonical_json, digest_of
from tidegate.domain.parity import ParityRow, ParityStatus
from tidegate.kernel.blobs import BlobStore
from tidegate.modules.parity.ports import Chunk

ROWS_AT_ONCE = 2_000


class RowWriter:
    """Keeps rows as they come, those of each status apart, and tells where they are."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._waiting: dict[ParityStatus, list[bytes]] = {status: [] for status in ParityStatus}
        self._first: dict[ParityStatus, str] = {}
        self._last: dict[ParityStatus, str] = {}
        self._chunks: list[Chunk] = []
        self._numbers: dict[ParityStatus, int] = dict.fromkeys(ParityStatus, 0)

    def add(self, row: ParityRow, document: dict[str, Json]) -> None:
        """Keep a row."""
        status = row.status
        waiting = self._waiting[status]
        if not waiting:
            self._first[status] = row.component
        self._last[status] = row.component
        waiting.append(canonical_json(document))
        if len(waiting) == ROWS_AT_ONCE:
            self._flush(status)

    def finish(self) -> tuple[tuple[Chunk, ...], str]:
        """Return where the rows are, and the digest that names all of them."""
        for status in ParityStatus:
            if self._waiting[status]:
                self._flush(status)
        chunks = sorted(self._chunks, key=lambda chunk: (chunk.status, chunk.number))
        listed: list[Json] = [[str(chunk.status), chunk.digest] for chunk in chunks]
        return tuple(chunks), digest_of(canonical_json(listed))

    def _flush(self, status: ParityStatus) -> None:
        rows = self._waiting[status]
        blob = self._blobs.put_bytes(b"\n".join(rows))
        number = self._numbers[status]
        first, last = self._first[status], self._last[status]
        self._chunks.append(Chunk(status, number, blob.digest, len(rows), first, last))
        self._numbers[status] = number + 1
        rows.clear()


def read_rows(blobs: BlobStore, chunk: Chunk, skipped: int = 0) -> Iterator[Mapping[str, Any]]:
    """Go through the rows of a chunk; raises `BlobDamaged` before the first where its bytes changed."""
    yield from map(msgspec.json.decode, blobs.get(chunk.digest).split(b"\n")[skipped:])
