"""Connections of outgoing requests: names are resolved here, and what is connected to is what was checked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeAlias

import httpcore

from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused

Resolver: TypeAlias = Callable[[str, int], tuple[str, ...]]
"""Finds the addresses of a name; raises `OSError`."""

CONNECT_TIMEOUT = 5.0


def system_addresses(host: str, port: int) -> tuple[str, ...]:
    """Ask the system for the addresses of a name, or of a number in any of the forms that it reads."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


class Deadline:
    """When a request has to be over, redirects and all."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self, host: str, at_most: float | None = None) -> float:
        """Return the seconds that are left; raises `OutgoingFailed` where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise OutgoingFailed(host, "it took too long")
        return left if at_most is None else min(left, at_most)


class CheckedStream(httpcore.NetworkStream):
    """A connection of which every single wait ends with the request's deadline, however slowly bytes come."""

    def __init__(self, inner: httpcore.NetworkStream, host: str, deadline: Deadline) -> None:
        self._inner = inner
        self._host = host
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        return self._inner.read(max_bytes, self._deadline.left(self._host, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._inner.write(buffer, self._deadline.left(self._host, timeout))

    def close(self) -> None:
        """End the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Speak TLS from now on; the certificate is checked against the name, not against the address."""
        left = self._deadline.left(self._host, timeout)
        secured = self._inner.start_tls(ssl_context, server_hostname, left)
        return CheckedStream(secured, self._host, self._deadline)

    def get_extra_info(self, info: str) -> object:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(info)


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to addresses that the policy lets through, and to no other."""

    def __init__(
        self, policy: AddressPolicy, resolve: Resolver, *, secure: bool, deadline: Deadline, proxy: str = ""
    ) -> None:
        self._policy = policy
        self._resolve = resolve
        self._secure = secure
        self._deadline = deadline
        self._proxy = proxy
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve a name once, check each address, and connect to one of those that were checked."""
        trouble: Exception | None = None
        for address in self._checked(host, port):
            left = self._deadline.left(host, CONNECT_TIMEOUT)
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
                continue
            return CheckedStream(stream, host, self._deadline)
        assert trouble is not None  # nosec B101  # there is at least one address
        raise trouble

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = self._resolved(host, port)
        if host == self._proxy:  # the operator's own choice, wherever it stands
            return list(addresses)
        refusals = [self._policy.refusal(host, address, secure=self._secure) for address in addresses]
        fine = [address for address, refusal in zip(addresses, refusals, strict=True) if refusal is None]
        if not fine:
            raise OutgoingRefused(host, str(refusals[0]))
        return fine

    def _resolved(self, host: str, port: int) -> tuple[str, ...]:
        """Resolve apart: the system's resolver knows no deadline."""
        found: list[tuple[str, ...]] = []
        failed: list[OSError | UnicodeError] = []

        def resolve() -> None:
            try:
                found.append(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                failed.append(error)

        apart = threading.Thread(target=resolve, name="outgoing-resolver", daemon=True)
        apart.start()
        apart.join(self._deadline.left(host, CONNECT_TIMEOUT))
        if found and found[0]:
            return found[0]
        known = "its name cannot be resolved" if failed or found else "resolving its name took too long"
        raise OutgoingFailed(host, known)
