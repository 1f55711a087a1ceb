"""One request and its answer over a connection of its own: parsed as it comes, bounded in size and time."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import cast

import httptools

from tidegate.domain.outgoing import OutgoingFailed

LONGEST_HEADER, LONGEST_HEAD = 8_190, 65_536
"""Bytes of one header's value, and of all that comes before a body."""
NOT_HTTP = "its answer is not HTTP, breaks off, or its headers are too large"
NO_ANSWER = "it closed the connection without an answer"
TOO_LATE = "it took too long"


class Exchange(asyncio.Protocol):
    """Sends one request, and keeps what is answered; `ends` is when that has to be over, by the loop's clock.

    With `tunnel` it is over after the headers: what follows is what another server says through a proxy.
    """

    def __init__(self, host: str, most: int, ends: float, *, tunnel: bool = False) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self._connection: asyncio.Transport | None = None
        self._host = host
        self._most = most
        self._tunnel = tunnel
        loop = asyncio.get_running_loop()
        self._over: asyncio.Future[None] = loop.create_future()
        self._timer = loop.call_at(ends, self._fail, TOO_LATE)
        self._parser = httptools.HttpResponseParser(self)
        # What servers that were written by hand do wrong, and no reader can take for something else.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._received = 0
        self._head = 0
        self._in_body = False

    @property
    def connection(self) -> asyncio.Transport:
        """The connection; for what was connected."""
        assert self._connection is not None  # nosec B101  # a fault of the caller's code
        return self._connection

    async def ask(self, request: bytes) -> None:
        """Send the request and wait for all of the answer; raises `OutgoingFailed` and `OSError`."""
        self.connection.write(request)
        await self._over

    def end(self) -> None:
        """End the connection, whatever is still to come."""
        self._timer.cancel()
        if self._connection is not None:
            self._connection.abort()
        if not self._over.done():
            self._over.cancel()
        elif not self._over.cancelled():
            self._over.exception()  # it may have failed before anybody waited for it
        del self._parser  # it knows this object, and would keep it until garbage is searched for

    def tls_expires_at(self) -> datetime | None:
        """Return when the server's certificate expires; None without one."""
        certificate = self.connection.get_extra_info("peercert")
        if not certificate:
            return None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the connection."""
        self._connection = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._over.done():
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._succeed()  # it would speak another protocol from now on
        except httptools.HttpParserError:
            self._fail(NOT_HTTP)
        if not self._in_body and self._received > LONGEST_HEAD:
            self._fail(NOT_HTTP)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say what a connection that is gone means: without a length an answer lasts until its end."""
        if self._over.done():
            return
        if exc is not None:
            self._timer.cancel()
            self._over.set_exception(exc)
        elif not self._received:
            self._fail(NO_ANSWER)
        elif self._in_body and not {"content-length", "transfer-encoding"} & self.headers.keys():
            self._succeed()
        else:
            self._fail(NOT_HTTP)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header; those that come after a body are nobody's."""
        self._head += len(name) + len(value)
        if len(value) > LONGEST_HEADER or self._head > LONGEST_HEAD:
            self._fail(NOT_HTTP)
        elif not self._in_body:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """Refuse what is too large or compressed before any of it is read."""
        self.status = self._parser.get_status_code()
        if self._is_interim():
            return
        self._in_body = True
        if self._tunnel:
            self._succeed()
        elif self.headers.get("content-encoding", "identity").lower() != "identity":
            # It was asked for none; and what is small on the way may be huge here.
            self._fail("its answer is compressed, which was not asked for")
        elif self._announced() > self._most:
            self._fail(self._too_large())

    def on_body(self, body: bytes) -> None:
        """Keep what comes of the body."""
        self.body += body
        if len(self.body) > self._most:
            self._fail(self._too_large())

    def on_message_complete(self) -> None:
        """End, unless the answer proper is still to come."""
        if self._is_interim():
            self.headers.clear()
        else:
            self._succeed()

    def _is_interim(self) -> bool:
        return 100 <= self.status < 200 and self.status != 101

    def _announced(self) -> int:
        length = self.headers.get("content-length", "")
        return int(length) if length.isdecimal() else 0  # of what is no number the parser says so

    def _too_large(self) -> str:
        return f"its answer is larger than {self._most:,} bytes"

    def _succeed(self) -> None:
        self._timer.cancel()
        if not self._over.done():
            self._over.set_result(None)

    def _fail(self, reason: str) -> None:
        self._timer.cancel()
        if not self._over.done():
            self._over.set_exception(OutgoingFailed(self._host, reason))
