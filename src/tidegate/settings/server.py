"""How the server listens, and whom it answers."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from tidegate.environment import VariableReader, variable

GROUP = "Server"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Where the server listens, who may call it, and with how many processes it answers."""

    host: str = variable(
        "127.0.0.1",
        "HOST",
        "The address to listen on; `0.0.0.0` for callers from other machines: put TLS in front then, so "
        "that nobody reads their tokens on the way.",
        group=GROUP,
    )
    port: int = variable(8000, "PORT", "The port to listen on.", group=GROUP, least=1, most=65535)
    allowed_hosts: tuple[str, ...] = variable(
        (),
        "ALLOWED_HOSTS",
        "The names under which the server may be called, separated by commas; a request with another "
        "`Host` is refused. Empty: this machine's own names while HOST is one of them, else any.",
        group=GROUP,
        shown_default="see meaning",
    )
    proxy_hops: int = variable(
        0,
        "TRUSTED_PROXY_HOPS",
        "How many proxies stand in front and set `X-Forwarded-For`, `-Proto` and `-Host`. Zero trusts none.",
        group=GROUP,
        least=0,
    )
    public_url: str = variable(
        "",
        "PUBLIC_URL",
        "The address under which people and pipelines reach this server, such as "
        "`https://tidegate.example.org`: scheme, name and port, no path. Passkeys and single sign-on are "
        "bound to it and need it; outside this machine it begins with https.",
        group=GROUP,
        shown_default="none",
    )
    cors_origins: tuple[str, ...] = variable(
        (),
        "CORS_ORIGINS",
        "Origins whose pages may call the API from a browser, separated by commas, such as "
        "`https://console.example.org`. Empty: none.",
        group=GROUP,
        aliases=("CORS_ORIGIN",),
        shown_default="none",
    )
    workers: int = variable(2, "WEB_CONCURRENCY", "Worker processes of gunicorn.", group=GROUP, least=1)
    threads: int = variable(4, "WEB_THREADS", "Threads of each worker process.", group=GROUP, least=1)
    timeout: int = variable(
        60,
        "WEB_TIMEOUT",
        "Seconds after which a worker that does not respond is replaced.",
        group=GROUP,
        least=1,
    )
    graceful_timeout: int = variable(
        30,
        "WEB_GRACEFUL_TIMEOUT",
        "Seconds that requests in flight get to finish when the server stops.",
        group=GROUP,
        least=0,
    )
    keep_alive: int = variable(
        5, "WEB_KEEPALIVE", "Seconds that an idle connection is kept.", group=GROUP, least=0
    )
    connections: int = variable(
        2000,
        "WEB_CONNECTIONS",
        "Connections that each worker process keeps open; with one more, the one that moves least is closed.",
        group=GROUP,
        least=1,
    )
    head_timeout: int = variable(
        10,
        "WEB_HEAD_TIMEOUT",
        "Seconds in which the head of a request has to arrive (408).",
        group=GROUP,
        least=1,
    )
    least_rate: int = variable(
        500,
        "WEB_LEAST_RATE",
        "Bytes a second that a client has to send of a body, or to take of an answer, in every ten seconds "
        "(408).",
        group=GROUP,
        least=1,
    )
    health_timeout: float = variable(
        2.0,
        "HEALTH_TIMEOUT",
        "Seconds that one check of `/health` may take; one that takes longer has failed.",
        group=GROUP,
        least=0,
    )


def check_origins(environment: VariableReader, origins: tuple[str, ...]) -> None:
    """Refuse what no browser sends as an origin: it would allow nobody, or everybody, in silence."""
    environment.faults.extend(
        f"CORS_ORIGINS: {origin!r} is not an origin such as https://console.example.org: scheme and host, no "
        "path, no pattern."
        for origin in origins
        if not _ORIGIN.fullmatch(origin)
    )


def check_public_url(environment: VariableReader, url: str) -> None:
    """Refuse an address that no browser would name as this server's origin, or that others can listen to."""
    if not url:
        return
    found = _ORIGIN.fullmatch(url)
    usual_port = url.startswith("https:") and url.endswith(":443") or url.endswith(":80")
    if found is None or url != url.lower() or usual_port:
        environment.faults.append(
            f"PUBLIC_URL: {url!r} is not an address such as https://tidegate.example.org: https, the name in "
            "lower case, a port where it is not the usual one, and nothing behind it, not even a slash."
        )
    elif url.startswith("http:") and not is_loopback(found[1]):
        environment.faults.append(
            f"PUBLIC_URL: {url!r} begins with http, which is for this machine alone "
            "(http://localhost:8000). Put TLS in front of the server and write https."
        )


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine's own, reached from nowhere else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
