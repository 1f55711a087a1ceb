"""Where a request goes by its URL, and the lines that it begins with."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from tidegate.kernel.outgoing.client import checked_url

_MANY = 20_000
_PORTS = {"http": 80, "https": 443}
_HEADERS = {"User-Agent": "tidegate", "Accept-Encoding": "identity", "Connection": "close"}


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """Where a URL leads: `authority` is host and port as they stand in it, `path` all that follows.

    `address` is its host where that is an address, None where it is a name.
    """

    host: str
    port: int
    secure: bool
    authority: str
    path: str
    address: str | None

    @property
    def server_name(self) -> str | None:
        """What the server's certificate is to be made out to; None over http."""
        return self.host.rstrip(".") if self.secure else None

    def request(self, headers: Mapping[str, str], *, by_proxy: bool = False) -> bytes:
        """Write the request, as a proxy wants it or as the server itself does."""
        asked = f"http://{self.authority}{self.path}" if by_proxy else self.path
        return _lines(f"GET {asked} HTTP/1.1", {"Host": self.authority, **_HEADERS, **headers})

    def tunnel_request(self, headers: Mapping[str, str]) -> bytes:
        """Write what asks a proxy for a connection to the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        way = f"{host}:{self.port}"
        return _lines(f"CONNECT {way} HTTP/1.1", {"Host": way, "User-Agent": "tidegate", **headers})


@lru_cache(maxsize=_MANY)
def target_of(url: str) -> RequestTarget:
    """Read a URL that a request can be sent to; raises `OutgoingRefused`. The same ones are asked often."""
    parts = checked_url(url)
    host = str(parts.hostname)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return RequestTarget(host, *_way(url), parts.netloc, path, _address(host))


def proxy_of(url: str) -> tuple[RequestTarget, dict[str, str]]:
    """Read a proxy's URL: where it is, and the header by which it knows who asks."""
    parts = urlsplit(url)
    host = str(parts.hostname)
    headers: dict[str, str] = {}
    if parts.username is not None:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {b64encode(who).decode()}"
    return RequestTarget(host, *_way(url), parts.netloc, "/", _address(host)), headers


def _way(url: str) -> tuple[int, bool]:
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme], parts.scheme == "https"


def _address(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _lines(first: str, headers: Mapping[str, str]) -> bytes:
    lines = (first, *(f"{name}: {value}" for name, value in headers.items()), "\r\n")
    return "\r\n".join(lines).encode("ascii")
