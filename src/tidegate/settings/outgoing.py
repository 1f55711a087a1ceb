"""Outgoing requests: what the server may reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tidegate.domain.outgoing import AddressPolicy
from tidegate.environment import VariableReader, variable

GROUP = "Outgoing requests"


@dataclass(frozen=True, kw_only=True)
class OutgoingSettings:
    """Where the server may send requests, such as to the issuers of tokens."""

    outgoing_allow: tuple[str, ...] = variable(
        (),
        "OUTGOING_ALLOW",
        "What the server may reach besides public addresses over https, separated by commas: names "
        "(`gitlab.internal`), addresses and networks (`10.1.0.0/16`), these over plain http as well. An "
        "allowed name may be private, never link-local: that takes its network.",
        group=GROUP,
        shown_default="none",
    )
    outgoing_ca_file: str = variable(
        "",
        "OUTGOING_CA_FILE",
        "Certificates (PEM) to trust besides those of the system, such as those of a company.",
        group=GROUP,
        shown_default="none",
    )
    outgoing_proxy: str = variable(
        "",
        "OUTGOING_PROXY",
        "A proxy through which every request goes, such as `http://proxy.internal:3128`. It finds the "
        "addresses of names, and so decides what may be reached; addresses in URLs are checked as without "
        "it. `HTTP_PROXY` and its like are not read.",
        group=GROUP,
        secret=True,
        shown_default="none",
    )
    outgoing_timeout: float = variable(
        10.0,
        "OUTGOING_TIMEOUT",
        "Seconds that a request may take, redirects and all.",
        group=GROUP,
        least=1,
    )


def check_outgoing(environment: VariableReader, values: Mapping[str, Any]) -> None:
    """Refuse what cannot be reached, allowed or trusted before a request waits for it."""
    for entry in values["outgoing_allow"]:
        try:
            AddressPolicy.from_entries((entry,))
        except ValueError:
            environment.faults.append(
                f"OUTGOING_ALLOW: {entry!r} is neither a name, an address nor a network such as 10.1.0.0/16."
            )
    if values["outgoing_proxy"] and not is_server_url(values["outgoing_proxy"]):
        environment.faults.append(
            "OUTGOING_PROXY: its value is not a URL such as http://proxy.internal:3128."
        )
    file = values["outgoing_ca_file"]
    if file and not Path(file).is_file():
        environment.faults.append(f"OUTGOING_CA_FILE: there is no file {file!r}.")


def is_server_url(url: str) -> bool:
    """Tell whether it is http or https, and names a host and nothing beyond its path."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        )
    except ValueError:
        return False
