"""The client of many requests at a time, such as probes: its addresses, times and sizes are bounded too."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, AddressFamily, socket
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.client import AnswerLimits, BoundedClient, checked_url
from tidegate.kernel.outgoing.network import CONNECT_TIMEOUT, Resolver

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientResponse
    from aiohttp.connector import Connection


_CHUNK = 16_384
_DNS_SECONDS = 10
_WORDS = re.compile(r"[^ -~]+")
_HEADERS = {"User-Agent": "tidegate", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """What a server answered; `seconds` is from the first step to the last byte.

    Names of headers are in lower case; `tls_expires_at` is when its certificate expires, None over http.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    tls_expires_at: datetime | None


@dataclass(slots=True)
class _Asked:
    """The request that a connection is opened for, and why addresses were refused to it."""

    host: str
    secure: bool
    checked: bool
    refusals: list[str] = field(default_factory=list)


_ASKED: ContextVar[_Asked] = ContextVar("asked")


class _RefusedAddress(OSError):
    """An address that the policy forbids; the next one of the host may be fine."""


class AsyncOutgoing(BoundedClient):
    """Sends GET requests, each over a connection of its own; made and used in one event loop.

    No redirect is followed: it is an answer like any other. No cookies are kept and no credentials sent.
    """

    _session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncOutgoing]:
        """Keep what requests share for as long as this is open: resolved names, trusted certificates."""
        connector = aiohttp.TCPConnector(
            limit=0,
            force_close=True,  # an old connection would answer for what no longer stands behind the name
            ttl_dns_cache=_DNS_SECONDS,
            ssl=self._context(),
            resolver=_PolicyResolver(self._resolve),
            socket_factory=self._socket,
        )
        async with aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            auto_decompress=False,
            trust_env=False,
            raise_for_status=False,
            response_class=_response_class(),
        ) as session:
            self._session = session
            try:
                yield self
            finally:
                self._session = None

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: AnswerLimits | None = None
    ) -> TimedAnswer:
        """Ask for a URL; raises `OutgoingRefused` and `OutgoingFailed`."""
        assert self._session is not None, "open it first"  # nosec B101  # a fault of the caller's code
        limits = limits or self._limits
        parts = checked_url(url)
        asked = _Asked(str(parts.hostname), parts.scheme == "https", checked=not self._proxy)
        self._check_literal(asked)
        _ASKED.set(asked)
        started = time.perf_counter()
        try:
            async with self._session.get(
                URL(url, encoded=True),
                headers=headers,
                allow_redirects=False,
                proxy=self._proxy or None,
                timeout=aiohttp.ClientTimeout(
                    limits.seconds, sock_connect=min(CONNECT_TIMEOUT, limits.seconds)
                ),
            ) as response:
                body = await _read(response, asked.host, limits.most_bytes)
                return TimedAnswer(
                    response.status,
                    {name.lower(): value for name, value in response.headers.items()},
                    body,
                    time.perf_counter() - started,
                    response.tls_expires_at,  # type: ignore[attr-defined]  # of `_response_class`
                )
        except TimeoutError as error:
            raise OutgoingFailed(asked.host, "it took too long") from error
        except (aiohttp.ClientError, OSError) as error:
            if asked.refusals and not isinstance(error, aiohttp.ClientSSLError):
                raise OutgoingRefused(asked.host, asked.refusals[0]) from error
            raise OutgoingFailed(asked.host, _reason(error)) from error

    def _check_literal(self, asked: _Asked) -> None:
        """Refuse an address that stands in the URL; those of a name are checked as it is connected to."""
        try:
            ip_address(asked.host)
        except ValueError:
            named = asked.host.lower().rstrip(".") in self._policy.names
            if not asked.checked and not asked.secure and not named:
                raise OutgoingRefused(
                    asked.host, "it is not https; OUTGOING_ALLOW can name the host"
                ) from None
            return
        refusal = self._policy.refusal(asked.host, asked.host, secure=asked.secure)
        if refusal is not None:
            raise OutgoingRefused(asked.host, refusal)

    def _socket(self, found: tuple[Any, ...]) -> socket:
        """Open a socket for an address that is connected to next, and for no other: the last word is here."""
        family, kind, protocol, _, address = found
        asked = _ASKED.get()
        if asked.checked:  # else it is the proxy's, the operator's own choice
            refusal = self._policy.refusal(asked.host, str(address[0]), secure=asked.secure)
            if refusal is not None:
                asked.refusals.append(refusal)
                raise _RefusedAddress(refusal)
        return socket(family, kind, protocol)


class _PolicyResolver(AbstractResolver):
    """Resolves names as the other client does; how long that may take, the request's time says."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """Return the addresses of a name."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(None, partial(self._resolve, host, port))
        except UnicodeError as error:
            raise OSError("its name cannot be resolved") from error
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=AF_INET6 if ":" in address else AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Keep nothing."""


def _response_class() -> type[ClientResponse]:
    """Return a response that notes when the certificate expires: the connection may soon be gone."""

    class NotingResponse(aiohttp.ClientResponse):
        tls_expires_at: datetime | None = None

        async def start(self, connection: Connection) -> aiohttp.ClientResponse:
            transport = connection.transport
            certificate = transport.get_extra_info("peercert") if transport is not None else None
            if certificate and "notAfter" in certificate:
                seconds = ssl.cert_time_to_seconds(certificate["notAfter"])
                self.tls_expires_at = datetime.fromtimestamp(seconds, UTC)
            return await super().start(connection)

    return NotingResponse


async def _read(response: aiohttp.ClientResponse, host: str, most: int) -> bytes:
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        # It was asked for none; and what is small on the way may be huge here.
        raise OutgoingFailed(host, "its answer is compressed, which was not asked for")
    too_large = OutgoingFailed(host, f"its answer is larger than {most:,} bytes")
    if (response.content_length or 0) > most:
        raise too_large
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)


def _reason(error: BaseException) -> str:
    """Say in one line what went wrong, and nothing that a hostile answer could have put there."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {_plain(error.certificate_error)}"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name cannot be resolved"
    if isinstance(error, (aiohttp.ClientResponseError, aiohttp.ClientPayloadError)):
        return "its answer is not HTTP, breaks off, or its headers are too large"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it closed the connection without an answer"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionRefusedError):
        return "it refuses connections"
    if isinstance(error, aiohttp.ClientOSError):
        return f"the connection failed: {_plain(error.strerror or 'it was reset')}"
    return "the connection failed"


def _plain(error: object) -> str:
    text = getattr(error, "verify_message", "") or str(error)
    return _WORDS.sub(" ", text).strip()[:200]
