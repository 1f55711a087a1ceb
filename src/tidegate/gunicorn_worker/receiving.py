"""One request as it arrives: its head read by gunicorn's parser once, its body kept until it is whole."""

from __future__ import annotations

import enum
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import InvalidHeader, LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from tidegate.gunicorn_worker.chunks import ChunkScanner
from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.spool import Spool, SpoolRoom

_LONGEST_HEAD = 64 * 1024
_END = b"\r\n\r\n"
_PIECE = 1024 * 1024
_READ_AHEAD = 2 * 1024 * 1024  # more than gunicorn's readers ask for at once


class BodyNeeded(BaseException):
    """The application wants to read what has not arrived yet.

    No `Exception`: nothing that handles errors is to make an answer of it.
    """


class Next(enum.Enum):
    """What is to be done with a request as far as it has arrived."""

    RECEIVE = "receive"
    ASK = "ask"  # the application, whether it wants a body that is large
    HANDLE = "handle"


class ReceivedBytes(Unreader):
    """Gives gunicorn's readers what has arrived; raises `BodyNeeded` where the rest is still to come."""

    def __init__(self, head: bytes, body: Spool) -> None:
        super().__init__()
        self.buf.write(head)
        self._body = body
        self.whole = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next piece."""
        piece = self._body.read(min(max(size_hint or 0, 8192), _PIECE))
        if not piece and not self.whole:
            raise BodyNeeded
        return piece


class IncomingRequest:
    """What has arrived of one request on a connection."""

    def __init__(self, cfg: Any, client: Any, number: int, limits: ClientLimits, room: SpoolRoom) -> None:
        self._cfg, self._client, self._number, self._limits = cfg, client, number, limits
        self._buffer = bytearray()
        self._body = Spool(room)
        self._bytes: ReceivedBytes | None = None
        self._left: int | None = None
        self._chunks: ChunkScanner | None = None
        self._asked = False
        self._closing = False
        self.request: Request | None = None
        self.fault: Exception | None = None
        self.whole = False
        self.surplus = b""
        """What came behind it: the beginning of the next request."""

    @property
    def begun(self) -> bool:
        """Whether anything of it has arrived."""
        return bool(self._buffer) or self.request is not None or self.fault is not None

    def feed(self, data: bytes) -> None:
        """Take in what arrived; raises `SpoolFull`."""
        if self.request is None:
            self._take_head(data)
        else:
            self._take_body(data)

    def next(self) -> Next:
        """Say what is to be done now."""
        if self.whole or self.fault is not None:
            return Next.HANDLE
        if self.request is None or self._asked:
            return Next.RECEIVE
        large = self._left is not None and self._left + self._body.size > self._limits.small
        return Next.ASK if large or self._body.size > self._limits.small else Next.RECEIVE

    def wants_to_be_told(self) -> bool:
        """Tell, once, whether the client waits for "100 Continue" before it sends the body."""
        waits = self.request is not None and self.request._expected_100_continue
        if waits and self.request is not None:
            self.request._expected_100_continue = False
        return waits and not self._body.size

    def hand_over(self) -> Request:
        """Return the request for the application; raises what is wrong with it."""
        if self.fault is not None:
            raise self.fault
        assert self.request is not None and self._bytes is not None  # nosec B101  # next() said so
        self._body.rewind()
        self._closing = self.request.must_close
        if not self.whole:
            # Where the next request begins is not known if the application answers now.
            self.request.force_close()
        return self.request

    def take_back(self) -> None:
        """Go on receiving: the application wants the whole body."""
        assert self.request is not None and self._bytes is not None  # nosec B101  # it was handed over
        self._asked = True
        self.request.must_close = self._closing
        self._bytes.take_buffered()
        self._body.resume()
        self.request.set_body_reader()

    def close(self) -> None:
        """Let go of what it holds."""
        self._body.close()

    def _take_head(self, data: bytes) -> None:
        searched = max(0, len(self._buffer) - len(_END) + 1)
        self._buffer += data
        end = self._buffer.find(_END, searched)
        if end < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                self.fault = LimitRequestHeaders("max buffer headers")
            elif self._buffer.count(b"\n") != self._buffer.count(b"\r\n"):
                # It will never end the way that a head ends (RFC 9112, section 2.2).
                self.fault = InvalidHeader("bare LF as line terminator")
            return
        head = bytes(self._buffer[: end + len(_END)])
        rest = bytes(self._buffer[end + len(_END) :])
        self._bytes = ReceivedBytes(head, self._body)
        try:
            self.request = Request(self._cfg, self._bytes, self._client, self._number)
        except Exception as wrong:  # whatever it is, the thread that handles it answers it
            self.fault = wrong
            return
        except BodyNeeded:  # a head that gunicorn does not see the end of
            self.fault = InvalidHeader("the head has no end")
            return
        reader = self.request.body.reader
        if isinstance(reader, ChunkedReader):
            self._chunks = ChunkScanner()
        else:
            self._left = reader.length
        self._take_body(rest)

    def _take_body(self, data: bytes) -> None:
        if self._chunks is None:
            self._take_counted(data)
        else:
            self._take_chunked(data, self._chunks)

    def _take_counted(self, data: bytes) -> None:
        left = self._left or 0
        taken = data[:left]
        if taken:
            self._body.write(taken)
        self._left = left - len(taken)
        if not self._left:
            self._end(data[len(taken) :])

    def _take_chunked(self, data: bytes, chunks: ChunkScanner) -> None:
        try:
            end = chunks.feed(data)
        except Exception as wrong:  # as above
            self.fault = wrong
            return
        self._body.write(data if end is None else data[:end])
        if end is not None:
            self._end(data[end:])
        elif chunks.decoded > self._limits.largest + _READ_AHEAD and self.request is not None:
            # More than any operation takes: the application refuses it at its limit, and reads no further.
            self.request.force_close()
            self._end(b"")

    def _end(self, surplus: bytes) -> None:
        assert self._bytes is not None  # nosec B101  # the head was read
        self._bytes.whole = True
        self.whole = True
        self.surplus = surplus
