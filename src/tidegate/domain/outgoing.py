"""Which addresses requests that the server sends may reach, and the facts where one may not or does not."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tidegate.domain.errors import Invalid, Unavailable

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_V4 = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "metadata"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "reserved"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
# What lies outside of 2000::/3 and has no line here is reserved as well.
_V6 = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("2001::/32", "Teredo tunnel"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4 tunnel"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)
_RANGES: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), kind) for network, kind in (*_V4, *_V6)
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_BY_NAME = frozenset({"private", "loopback", "shared"})
"""What an allowed name may stand for; anything else has to be allowed as a network."""


class OutgoingRefused(Invalid):
    """A request that the server does not send; `host` and `reason` say where to and why not."""

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        self.reason = reason
        super().__init__(f"No request is sent to {host}: {reason}.")


class OutgoingFailed(Unavailable):
    """A request that was sent and not answered as it should be."""

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        self.reason = reason
        super().__init__(f"{host} did not answer as it should: {reason}.")


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be reached: every public address over https, and what is allowed by name or network."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def from_entries(cls, entries: Iterable[str]) -> AddressPolicy:
        """Read `OUTGOING_ALLOW`: addresses, networks and names; raises `ValueError` for anything else."""
        names: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]")))
            except ValueError:
                names.add(_checked_name(entry))
        return cls(frozenset(names), tuple(networks))

    def refusal(self, host: str, address: str, *, secure: bool) -> str | None:
        """Return why this address of a host is not connected to, or None where it is."""
        found = plain_address(address)
        kind = kind_of(found)
        named = host.lower().rstrip(".") in self.names and (kind is None or kind in _BY_NAME)
        if named or any(found.version == one.version and found in one for one in self.networks):
            return None
        if kind is not None and kind not in _BY_NAME:
            return f"its address {found} is {kind}"  # among others where clouds hand out secrets: no advice
        if kind is not None:
            return (
                f"its address {found} is {kind}; OUTGOING_ALLOW can allow it ({found}/{found.max_prefixlen})"
            )
        return None if secure else "it is not https; OUTGOING_ALLOW can name the host"

    def known_refusal(self, host: str, *, secure: bool) -> str | None:
        """Return why a host is not reached, as far as it can be told before its name is resolved.

        None says no more than that: what a name stands for is checked whenever something is sent there.
        """
        try:
            return self.refusal(host, host, secure=secure)
        except ValueError:  # a name
            name = host.lower().rstrip(".")
        if name in self.names:
            return None
        if name == "localhost" or name.endswith(
            ".localhost"
        ):  # of this machine, whatever is asked (RFC 6761)
            refusals = [self.refusal(host, address, secure=secure) for address in ("127.0.0.1", "::1")]
            return refusals[0] if all(refusals) else None
        # Without https a name is reached by itself or by a network that its address may lie in.
        return None if secure or self.networks else "it is not https; OUTGOING_ALLOW can name the host"


def plain_address(text: str) -> Address:
    """Read an address, and the IPv4 address in it where it is mapped or comes through NAT64."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def kind_of(address: Address) -> str | None:
    """Name the special range that an address lies in; None for one of the public Internet."""
    for network, kind in _RANGES:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address) and address not in _PUBLIC_V6:
        return "reserved"
    return None


def _checked_name(entry: str) -> str:
    name = entry.lower().rstrip(".")
    labels = name.split(".")
    fine = name.isascii() and all(label.replace("-", "").replace("_", "").isalnum() for label in labels)
    # A name is never all digits and dots: that would be a mistyped address.
    if not fine or labels[-1].isdigit():
        raise ValueError(entry)
    return name
