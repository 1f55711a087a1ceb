"""The form that `tidegate submit` sends: a file part for each report, read from the disk while it is sent."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from tidegate.cli.lazy import NotDone
from tidegate.readers.base import Source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 256 * 1024
# What browsers write for characters that a quoted name cannot hold, and servers read as these.
_READ_AS_OTHERS = ("%22", "%0A", "%0D")


@dataclass(frozen=True, slots=True)
class OutgoingReport:
    """A report to be sent; `details` are what the server is told of it beside its bytes."""

    slot: str
    source: Source
    details: Mapping[str, str]


class OutgoingForm:
    """A form (RFC 7578) of reports: `size` is known before anything is read of them but their beginnings."""

    def __init__(
        self,
        reports: Sequence[OutgoingReport],
        *,
        boundary: Callable[[], str] = lambda: f"tidegate-{secrets.token_hex(16)}",
    ) -> None:
        self._boundary = boundary()
        self._reports = [(self._head(_named(report.slot)), report) for report in reports]
        details = json.dumps({report.slot: report.details for report in reports}).encode()
        # First: what a server cannot accept of it is refused before the reports are sent.
        self._details = self._head('name="details"', "Content-Type: application/json") + details + b"\r\n"
        self._end = f"--{self._boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={self._boundary}"
        parts = sum(len(head) + report.source.size + 2 for head, report in self._reports)
        self.size = len(self._details) + parts + len(self._end)

    def open(self) -> BinaryIO:
        """Open the form from its first byte; reading raises `NotDone` where a report changes meanwhile."""
        return io.BufferedReader(_Pieces(self._pieces()), _PIECE)

    def _pieces(self) -> Iterator[bytes]:
        yield self._details
        for head, report in self._reports:
            yield head
            yield from _exactly(report)
            yield b"\r\n"
        yield self._end

    def _head(self, name: str, *headers: str) -> bytes:
        lines = [f"--{self._boundary}", f"Content-Disposition: form-data; {name}", *headers]
        return "\r\n".join((*lines, "", "")).encode()


def _named(slot: str) -> str:
    """Write what names a report's part; raises `NotDone` for a path that no form can carry unchanged."""
    try:
        slot.encode()
    except UnicodeEncodeError:
        raise NotDone(f"{slot!r}: the file's name is not UTF-8, so it can name no slot: rename it.") from None
    as_windows_path = slot[1:3] == ":\\" or slot.startswith("\\\\")  # of which servers take the last name
    as_another = as_windows_path or any(word in slot for word in _READ_AS_OTHERS)
    if as_another or any(ord(character) < 32 for character in slot):
        raise NotDone(f"{slot!r}: the file's name can name no slot: rename it.")
    quoted = slot.replace('"', "%22")
    return f'name="report"; filename="{quoted}"\r\nContent-Type: application/octet-stream'


def _exactly(report: OutgoingReport) -> Iterator[bytes]:
    """Read as many bytes as were promised, and fail where there are fewer or more."""
    left = report.source.size
    with report.source.open() as stream:
        while left and (piece := stream.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
        if left or stream.read(1):
            raise NotDone(
                f"{report.slot}: it changed while it was sent, and nothing was recorded. Run the command "
                "again once its tool has ended."
            )


class _Pieces(io.RawIOBase):
    """A stream of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._next = pieces
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        while not self._piece:
            try:
                self._piece = memoryview(next(self._next))
            except StopIteration:
                return 0
        view = memoryview(buffer)
        given = self._piece[: len(view)]
        view[: len(given)] = given
        self._piece = self._piece[len(given) :]
        return len(given)
