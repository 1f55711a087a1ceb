"""The client of every request that the server sends: addresses are checked, times and sizes bounded."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore
import msgspec

from tidegate.domain.canonical import Json
from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.network import CheckedNetwork, Deadline, Resolver, system_addresses

if TYPE_CHECKING:
    from tidegate.kernel.container import Container
    from tidegate.settings import Settings

MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_VISIBLE = re.compile(r"[!-~]{1,4000}")
# All that another host is told of the request that led there.
_KEPT_HEADERS = frozenset({"accept"})
_WORDS = re.compile(r"[^ -~]+")


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """How much of an answer is read, in how much time, and how many redirects are followed."""

    seconds: float
    most_bytes: int = MOST_BYTES
    redirects: int = MOST_REDIRECTS


@dataclass(frozen=True, slots=True)
class OutgoingAnswer:
    """What a server answered; names of headers are in lower case, `url` is where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def document(self) -> Json:
        """Read the body as JSON; raises `OutgoingFailed`."""
        try:
            parsed: Json = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise OutgoingFailed(host_of(self.url), "its answer is not JSON") from error
        return parsed


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


class BoundedClient:
    """What every client of ours is told: which addresses it may reach, for how long, by which proxy."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        seconds: float,
        resolve: Resolver = system_addresses,
        ca_file: str = "",
        proxy: str = "",
    ) -> None:
        self._policy = policy
        self._limits = AnswerLimits(seconds)
        self._resolve = resolve
        self._ca_file = ca_file
        self._proxy = proxy
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the client that the settings describe."""
        return cls(
            AddressPolicy.from_entries(settings.outgoing_allow),
            seconds=settings.outgoing_timeout,
            ca_file=settings.outgoing_ca_file,
            proxy=settings.outgoing_proxy,
        )

    @property
    def limits(self) -> AnswerLimits:
        """The usual limits: `replace` them for a request that needs others."""
        return self._limits

    def _context(self) -> ssl.SSLContext:
        """Read the certificates that are trusted, once: it takes a while."""
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context()
                if self._ca_file:
                    self._tls.load_verify_locations(self._ca_file)
            return self._tls


class Outgoing(BoundedClient):
    """Sends requests. One for each process; safe to use from many threads.

    A GET follows redirects, each checked like the first request; to another origin it goes without the
    headers that were given, so that no credentials follow. Anything else follows none.
    """

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: AnswerLimits | None = None
    ) -> OutgoingAnswer:
        """Ask for what is at a URL; raises `OutgoingRefused` and `OutgoingFailed`."""
        return self._send(_Request("GET", url, _pairs(headers), None), limits or self._limits)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        headers: Mapping[str, str] | None = None,
        limits: AnswerLimits | None = None,
    ) -> OutgoingAnswer:
        """Send a body to a URL; raises `OutgoingRefused` and `OutgoingFailed`."""
        given = _pairs({"Content-Type": content_type, **(headers or {})})
        return self._send(_Request("POST", url, given, body), limits or self._limits)

    def _send(self, sent: _Request, limits: AnswerLimits) -> OutgoingAnswer:
        deadline = Deadline(limits.seconds)
        for left in range(limits.redirects, -1, -1):
            answer = self._once(sent, limits, deadline)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None:
                return answer
            if sent.method != "GET":
                raise OutgoingFailed(host_of(sent.url), "it redirects what is not to be sent twice")
            if left:
                sent = _redirected(sent, target)
        raise OutgoingFailed(host_of(sent.url), f"it redirects more than {limits.redirects} times")

    def _once(self, sent: _Request, limits: AnswerLimits, deadline: Deadline) -> OutgoingAnswer:
        parts = checked_url(sent.url)
        host = str(parts.hostname)
        secure = parts.scheme == "https"
        if self._proxy:
            self._check_literal(host, secure=secure)
        network = CheckedNetwork(
            self._policy,
            self._resolve,
            secure=secure,
            deadline=deadline,
            proxy=urlsplit(self._proxy).hostname or "",
        )
        times = {name: limits.seconds for name in ("connect", "read", "write", "pool")}
        headers = [*sent.headers, ("User-Agent", "tidegate"), ("Accept-Encoding", "identity")]
        try:
            with (
                self._pool(network, secure=secure) as pool,
                pool.stream(
                    sent.method, sent.url, headers=headers, content=sent.body, extensions={"timeout": times}
                ) as response,
            ):
                return _read(response, host, limits.most_bytes, sent.url)
        except httpcore.TimeoutException as error:
            raise OutgoingFailed(host, "it took too long") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
            raise OutgoingFailed(host, _reason(error)) from error

    def _check_literal(self, host: str, *, secure: bool) -> None:
        """Check what is an address already: what a name stands for, the proxy finds out."""
        try:
            refusal = self._policy.refusal(host, host, secure=secure)
        except ValueError:
            named = host.lower().rstrip(".") in self._policy.names
            refusal = None if secure or named else "it is not https; OUTGOING_ALLOW can name the host"
        if refusal is not None:
            raise OutgoingRefused(host, refusal)

    def _pool(self, network: CheckedNetwork, *, secure: bool) -> httpcore.ConnectionPool:
        encrypted_proxy = self._proxy.startswith("https:")
        context = self._context() if secure or encrypted_proxy else None
        proxy = None
        if self._proxy:
            proxy = httpcore.Proxy(self._proxy, ssl_context=context if encrypted_proxy else None)
        return httpcore.ConnectionPool(
            ssl_context=context, proxy=proxy, max_connections=1, network_backend=network
        )


def checked_url(url: str) -> SplitResult:
    """Return the parts of a URL that a request can be sent to; raises `OutgoingRefused`."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if not _VISIBLE.fullmatch(url) or parts.scheme not in ("http", "https") or not host:
        raise OutgoingRefused("a URL", "it is not http or https with a host, or has other characters in it")
    if not _HOST.fullmatch(host) or "\\" in url:
        raise OutgoingRefused("a URL", "its host has characters that names do not have")
    if parts.username is not None or parts.password is not None:
        raise OutgoingRefused(host, "its URL holds a name or password")
    return parts


def host_of(url: str) -> str:
    """Return the host of a URL that has been checked."""
    return urlsplit(url).hostname or "a URL"


def install(container: Container, outgoing: Outgoing | None = None) -> None:
    """Let every part send requests through one client; a test may hand in another."""
    made = outgoing or Outgoing.from_settings(container.settings)
    container.provide(Outgoing, lambda _: made)


def _read(response: httpcore.Response, host: str, most: int, url: str) -> OutgoingAnswer:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in response.headers
    }
    if headers.get("content-encoding", "identity").lower() != "identity":
        # It was asked for none; and what is small on the way may be huge here.
        raise OutgoingFailed(host, "its answer is compressed, which was not asked for")
    announced = headers.get("content-length", "")
    too_large = OutgoingFailed(host, f"its answer is larger than {most:,} bytes")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise too_large
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return OutgoingAnswer(response.status, headers, bytes(body), url)


def _redirected(sent: _Request, target: str) -> _Request:
    try:
        url = urljoin(sent.url, target).partition("#")[0]
    except ValueError as error:
        raise OutgoingFailed(host_of(sent.url), "it redirects to what is no URL") from error
    headers = sent.headers
    if _origin(checked_url(sent.url)) != _origin(checked_url(url)):
        headers = tuple(pair for pair in headers if pair[0].lower() in _KEPT_HEADERS)
    return replace(sent, url=url, headers=headers)


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _pairs(headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((headers or {}).items())


def _reason(error: Exception) -> str:
    """Say in one line what went wrong, and nothing that a hostile answer could have put there."""
    text = _WORDS.sub(" ", str(error)).strip()
    if isinstance(error, httpcore.ProtocolError):
        return "its answer is not HTTP, or its headers are too large"
    return text[:200] or "the connection failed"
