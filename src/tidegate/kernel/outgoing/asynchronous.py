"""The client of many requests at a time, such as probes: its addresses, times and sizes are bounded too."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from socket import AI_NUMERICHOST
from typing import cast

from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.client import AnswerLimits, BoundedClient
from tidegate.kernel.outgoing.destination import RequestTarget, proxy_of, target_of
from tidegate.kernel.outgoing.exchange import TOO_LATE, Exchange
from tidegate.kernel.outgoing.network import CONNECT_TIMEOUT

_DNS_SECONDS = 10
_MOST_NAMES = 20_000
_UNKNOWN = "its name cannot be resolved"
_WORDS = re.compile(r"[^ -~]+")


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


class AsyncOutgoing(BoundedClient):
    """Sends GET requests, each over a connection of its own; made and used in one event loop.

    A connection that was kept would answer for what no longer stands behind a name. No redirect is followed:
    it is an answer like any other. No cookies are kept and no credentials sent.
    """

    _names: dict[str, tuple[float, tuple[str, ...]]] | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[AsyncOutgoing]:
        """Keep what requests share for as long as this is open: the names that were resolved just now."""
        self._names = {}
        try:
            yield self
        finally:
            self._names = None

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: AnswerLimits | None = None
    ) -> TimedAnswer:
        """Ask for a URL; raises `OutgoingRefused` and `OutgoingFailed`."""
        limits, headers = limits or self._limits, headers or {}
        target = target_of(url)
        started = time.perf_counter()
        ends = asyncio.get_running_loop().time() + limits.seconds
        exchange = Exchange(target.host, limits.most_bytes, ends)
        try:
            if self._proxy:
                await self._ask_proxy(exchange, target, headers, ends)
            else:
                await self._connect(exchange, target, ends, checked=True)
                await exchange.ask(target.request(headers))
            return TimedAnswer(
                exchange.status,
                exchange.headers,
                bytes(exchange.body),
                time.perf_counter() - started,
                exchange.tls_expires_at() if target.secure else None,
            )
        except TimeoutError as error:
            raise OutgoingFailed(target.host, TOO_LATE) from error
        except OSError as error:
            raise OutgoingFailed(target.host, _reason(error)) from error
        finally:
            exchange.end()

    async def _connect(
        self, exchange: Exchange, target: RequestTarget, ends: float, *, checked: bool
    ) -> None:
        """Connect to an address that was checked just now, and to no other: nothing is resolved after it."""
        loop = asyncio.get_running_loop()
        addresses = (target.address,) if target.address else await self._resolved(target, ends)
        refusals: list[str] = []
        trouble: OSError | None = None
        for address in addresses:
            refusal = self._policy.refusal(target.host, address, secure=target.secure) if checked else None
            if refusal is not None:
                refusals.append(refusal)
                continue
            # TLS may take all of the request's time, unless another address waits for its turn.
            patient = target.secure and address == addresses[-1]
            try:
                async with asyncio.timeout_at(ends if patient else min(ends, loop.time() + CONNECT_TIMEOUT)):
                    await loop.create_connection(
                        lambda: exchange,
                        address,
                        target.port,
                        ssl=self._context() if target.secure else None,
                        server_hostname=target.server_name,
                        flags=AI_NUMERICHOST,
                    )
                return
            except OSError as error:
                trouble = error
        if refusals and not isinstance(trouble, ssl.SSLError):
            raise OutgoingRefused(target.host, refusals[0]) from trouble
        assert trouble is not None  # nosec B101  # there is at least one address
        raise trouble

    async def _resolved(self, target: RequestTarget, ends: float) -> tuple[str, ...]:
        """Resolve a name as the other client does, or take what it stood for a few seconds ago."""
        assert self._names is not None, "open it first"  # nosec B101  # a fault of the caller's code
        loop = asyncio.get_running_loop()
        until, found = self._names.get(target.host, (0.0, ()))
        if loop.time() < until:
            return found
        resolving = loop.run_in_executor(None, self._resolve, target.host, target.port)
        try:
            async with asyncio.timeout_at(ends) as limit:
                found = await resolving
        except (OSError, UnicodeError) as error:
            raise OutgoingFailed(target.host, TOO_LATE if limit.expired() else _UNKNOWN) from error
        if not found:
            raise OutgoingFailed(target.host, _UNKNOWN)
        if len(self._names) >= _MOST_NAMES:
            self._names.clear()
        self._names[target.host] = (loop.time() + _DNS_SECONDS, found)
        return found

    async def _ask_proxy(
        self, exchange: Exchange, target: RequestTarget, headers: Mapping[str, str], ends: float
    ) -> None:
        """Ask through the proxy, the operator's own choice: it finds out what names stand for."""
        self._check_for_proxy(target)
        proxy, credentials = proxy_of(self._proxy)
        if not target.secure:
            await self._connect(exchange, proxy, ends, checked=False)
            await exchange.ask(target.request({**headers, **credentials}, by_proxy=True))
            return
        tunnel = Exchange(target.host, 0, ends, tunnel=True)
        try:
            await self._connect(tunnel, proxy, ends, checked=False)
            await tunnel.ask(target.tunnel_request(credentials))
            if tunnel.status != 200:
                raise OutgoingFailed(target.host, f"the proxy answered {tunnel.status}")
            async with asyncio.timeout_at(ends):
                secured = await asyncio.get_running_loop().start_tls(
                    tunnel.connection, exchange, self._context(), server_hostname=target.server_name
                )
            exchange.connection_made(cast(asyncio.Transport, secured))
            await exchange.ask(target.request(headers))
        finally:
            tunnel.end()

    def _check_for_proxy(self, target: RequestTarget) -> None:
        """Refuse an address that stands in the URL, and http to a name that is not allowed."""
        refusal = None
        if target.address is not None:
            refusal = self._policy.refusal(target.host, target.address, secure=target.secure)
        elif not target.secure and target.host.rstrip(".") not in self._policy.names:
            refusal = "it is not https; OUTGOING_ALLOW can name the host"
        if refusal is not None:
            raise OutgoingRefused(target.host, refusal)


def _reason(error: OSError) -> str:
    """Say in one line what went wrong, and nothing that a hostile answer could have put there."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {_plain(error.verify_message)}"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, ConnectionRefusedError):
        return "it refuses connections"
    return f"the connection failed: {_plain(error.strerror or 'it was reset')}"


def _plain(text: str) -> str:
    return _WORDS.sub(" ", text).strip()[:200]
