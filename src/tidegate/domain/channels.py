"""Channels: where notifications are told, of which events, and what may be written down of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from enum import StrEnum
from urllib.parse import urlsplit

from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Invalid
from tidegate.domain.notifications import NotificationEvent, NotificationKind

LONGEST_URL = 2000
MOST_ADDRESSES = 20
LONGEST_ADDRESS = 254
MOST_SCOPES = 50
"""How many components, and how many environments, a channel may be limited to."""
_VISIBLE = re.compile(r"[!-~]+")


class ChannelKind(StrEnum):
    """How a channel tells."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class Audience:
    """Which events a channel tells: no kind, component or environment named is every one of them."""

    kinds: tuple[NotificationKind, ...] = ()
    components: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    def includes(self, event: NotificationEvent) -> bool:
        """Tell whether an event is for it."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.components or event.component in self.components)
            and (not self.environments or event.environment in self.environments)
        )


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """A secret that a webhook is signed with; `until` is when it ends, None for the one in force."""

    text: str
    until: datetime | None = None

    def __repr__(self) -> str:
        """Show nothing of it: it would end up in a log."""
        return "SigningSecret(…)"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where events are told, as anybody may see it who administers channels.

    `shown` stands for the URL, of which the path is a secret with most receivers; `addresses` are those of
    e-mail. `failures` counts attempts in a row that failed, since `failing_since`; nothing is sent before
    `held_until`. `edition` counts its edits from 1.
    """

    name: str
    kind: ChannelKind
    shown: str
    addresses: tuple[str, ...]
    audience: Audience
    enabled: bool
    edition: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    failures: int = 0
    failing_since: datetime | None = None
    held_until: datetime | None = None
    old_secret_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelSecrets:
    """What is kept of a channel and shown to nobody."""

    url: str = ""
    secrets: tuple[SigningSecret, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of it: it would end up in a log."""
        return "ChannelSecrets(…)"

    def signing(self, now: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at a moment, the one in force first."""
        return tuple(one.text for one in self.secrets if one.until is None or one.until > now)


@dataclass(frozen=True, slots=True)
class ChannelTarget:
    """Where a channel goes, as it was written: a URL, or addresses of e-mail."""

    url: str = ""
    addresses: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Show nothing of the URL."""
        return f"ChannelTarget(addresses={self.addresses!r})"


def checked_target(kind: ChannelKind, target: ChannelTarget) -> ChannelTarget:
    """Return where a channel of this kind goes; raises `Invalid` with every fault."""
    faults = list(_address_faults(target) if kind is ChannelKind.EMAIL else _url_faults(target))
    if faults:
        raise Invalid(f"This {kind} channel cannot be kept: {faults[0][1]}", tuple(faults))
    return target


def checked_audience(audience: Audience) -> Audience:
    """Return an audience without repetitions, in order; raises `Invalid`."""
    if NotificationKind.TEST in audience.kinds:
        why = "A test goes to the channel that is tested alone: leave `test` out."
        raise Invalid(why, (("/kinds", why),))
    for what, names in (("component", audience.components), ("environment", audience.environments)):
        if len(names) > MOST_SCOPES:
            why = f"Name at most {MOST_SCOPES} {what}s, or none for all of them."
            raise Invalid(why, ((f"/{what}s", why),))
        for name in names:
            checked_name(what, name)
    return Audience(
        tuple(kind for kind in NotificationKind if kind in audience.kinds),
        _ordered(audience.components),
        _ordered(audience.environments),
    )


def shown_target(target: ChannelTarget) -> str:
    """Write a target without what may be a secret: of a URL that is all but its host."""
    if target.addresses:
        return ", ".join(target.addresses)
    parts = urlsplit(target.url)
    port = f":{parts.port}" if parts.port is not None else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}/" + ("…" if parts.path.strip("/") or parts.query else "")


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _url_faults(target: ChannelTarget) -> Iterator[tuple[str, str]]:
    if target.addresses:
        yield "/addresses", "Addresses are for channels of the kind email: give a URL instead."
    try:
        parts = urlsplit(target.url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or not _VISIBLE.fullmatch(target.url) or len(target.url) > LONGEST_URL:
        yield "/url", f"Give a URL such as https://hooks.example.org/in, of at most {LONGEST_URL} characters."
    elif parts.username is not None or parts.password is not None:
        yield "/url", "Leave name and password out of the URL: the signature shows who sends it."


def _address_faults(target: ChannelTarget) -> Iterator[tuple[str, str]]:
    if target.url:
        yield "/url", "A channel of the kind email has addresses and no URL."
    if not 1 <= len(target.addresses) <= MOST_ADDRESSES:
        yield "/addresses", f"Name 1 to {MOST_ADDRESSES} addresses of e-mail."
    if len(set(map(str.lower, target.addresses))) != len(target.addresses):
        yield "/addresses", "Name each address once."
    for number, address in enumerate(target.addresses):
        if not is_mail_address(address):
            yield f"/addresses/{number}", f"{address[:100]!r} is no address such as port@example.org."


def is_mail_address(text: str) -> bool:
    """Tell whether a text is one plain address of e-mail: ASCII, without a name, quotes or comments."""
    if (
        not _VISIBLE.fullmatch(text)
        or len(text) > LONGEST_ADDRESS
        or any(sign in text for sign in '<>",;:()[]\\')
    ):
        return False
    from email.headerregistry import Address  # a grammar of 2 MiB, and needed where addresses are set alone

    try:
        parsed = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        return False
    return bool(parsed.username) and bool(parsed.domain) and f"{parsed.username}@{parsed.domain}" == text


def for_event(channels: Sequence[Channel], event: NotificationEvent) -> tuple[Channel, ...]:
    """Return the channels that tell an event: those that are switched on and whose audience includes it."""
    return tuple(one for one in channels if one.enabled and one.audience.includes(event))
