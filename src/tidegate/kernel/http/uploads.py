"""Report bodies: raw bytes up to the limit, in memory when small and in a temporary file when not."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from flask import request

from tidegate.kernel.http.problems import ProblemError
from tidegate.readers.base import Source

_IN_MEMORY = 1024 * 1024
_PIECE = 1024 * 1024
_A_DAY = 24 * 3600


@contextmanager
def uploaded_report(*, name: str, max_bytes: int, spool: Path) -> Iterator[Source]:
    """Receive the body as a report; what was spooled to the folder `spool` is gone afterwards.

    Refuses multipart forms (415), which hold another thing than the tool's own bytes, and a body above
    `max_bytes` (413) before it is read to its end. Any other `Content-Type` will do: curl's --data-binary
    says application/x-www-form-urlencoded of whatever it sends.
    """
    if request.mimetype == "multipart/form-data":
        raise ProblemError(
            "unsupported-media-type",
            "Send the report's bytes as the body itself (curl --data-binary @report.xml), not as a form.",
            headers={"Accept-Post": "application/octet-stream"},
        )
    request.max_content_length = max_bytes
    plain = "Content-Encoding" not in request.headers
    if plain and request.content_length is not None and request.content_length <= _IN_MEMORY:
        # In one piece: reading to the end takes eight kilobytes at a time.
        yield Source.of_bytes(request.stream.read(request.content_length), name)
        return
    with spool_folder(spool) as folder:
        spooled = folder / "report"
        with spooled.open("wb") as out:
            while piece := request.stream.read(_PIECE):
                out.write(piece)
        yield spooled_source(spooled, name)


@contextmanager
def spool_folder(spool: Path) -> Iterator[Path]:
    """Make a folder for what arrives; it is gone afterwards, with what it holds."""
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(spool)
    with tempfile.TemporaryDirectory(dir=spool) as folder:
        yield Path(folder)


def spooled_source(path: Path, name: str) -> Source:
    """Return a report that has arrived in a file, by the name that its sender gave it."""
    source = Source.of_path(path)
    return Source(name, source.head, source.size, source.opener, path)


def sweep(spool: Path) -> int:
    """Remove what a server that was killed left behind, and tell how much; no upload takes a day."""
    swept = 0
    for left in spool.iterdir() if spool.is_dir() else ():
        with suppress(FileNotFoundError):  # another process sweeps too
            if time.time() - left.stat().st_mtime > _A_DAY:
                shutil.rmtree(left)
                swept += 1
    return swept


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Read a stream piece by piece, and close it at the end or when the reader went away."""
    with stream:
        while piece := stream.read(_PIECE):
            yield piece
