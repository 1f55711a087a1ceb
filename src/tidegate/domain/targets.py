"""Targets: a component in an environment, where it answers, and what is asked of it there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactSubject

LONGEST_URL = 2000
LEAST_INTERVAL, MOST_INTERVAL = 10, 86_400
"""Seconds between two probes of a target, at least and at most."""


@dataclass(frozen=True, slots=True)
class Target:
    """A component in an environment.

    `base_url` is None for one that is not to be probed; `contract` says what is asked of it there
    (`domain.contracts`), None for what every service answers; `interval` is in seconds, None for the
    installation's. `version` counts its edits from 1.
    """

    component: str
    environment: str
    base_url: str | None
    contract: Json
    owner: str | None
    interval: int | None
    paused: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def subject(self) -> FactSubject:
        """What facts of this target are about."""
        return FactSubject(self.component, self.environment)


def checked_base_url(url: str) -> str:
    """Return a URL that paths can be added to, without a slash at its end.

    Raises `Invalid` for another scheme than HTTP and HTTPS, and for one with a secret, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no number
    except ValueError as error:
        raise _refused(f"{error}") from None
    if parts.username is not None or parts.password is not None:
        raise _refused("it holds a user name or a password, which lists and logs would show")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("write http:// or https:// and a host")
    if parts.query or parts.fragment or len(url) > LONGEST_URL or any(c.isspace() for c in url):
        raise _refused(f"leave out queries, fragments and spaces, and use at most {LONGEST_URL} characters")
    return url.rstrip("/")


def checked_interval(seconds: int | None) -> int | None:
    """Return the seconds between two probes; raises `Invalid` outside of the limits."""
    if seconds is not None and not LEAST_INTERVAL <= seconds <= MOST_INTERVAL:
        why = f"{seconds} is outside {LEAST_INTERVAL} to {MOST_INTERVAL} seconds"
        raise Invalid(f"The interval cannot be used: {why}.", (("/interval", why),))
    return seconds


def _refused(why: str) -> Invalid:
    return Invalid(f"The base URL cannot be used: {why}.", (("/base_url", why),))
