"""Single sign-on: who a provider says somebody is, and which groups that gives them here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.domain.access import Unauthenticated
from tidegate.domain.identities import is_identity

SIGN_ON_LIFE = timedelta(minutes=10)
"""How long a person may take at the provider."""
LEEWAY = timedelta(seconds=30)
"""How far a provider's clock may be behind."""
EVERYBODY = "*"
_NO_NAME = re.compile(r"[^A-Za-z0-9._@+-]+")
_EDGES = "._@+-"


class SignOnRefused(Unauthenticated):
    """A provider's answer lets nobody in; the text is for the person, `reason` for the log."""

    def __init__(self, reason: str, message: str = "") -> None:
        self.reason = reason
        super().__init__(message or "Signing in through the provider did not work. Begin again.")


@dataclass(frozen=True, slots=True)
class ProvidedIdentity:
    """Who a provider says somebody is: `issuer` and `subject` name them, nothing else does.

    `name` is what the person is called there, `groups` what of the provider they are in; `proved_at` is when
    they last proved there who they are, where it says that.
    """

    issuer: str
    subject: str
    name: str
    groups: frozenset[str]
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignOnRequest:
    """What has to be known of a sign-in that was begun: where, for which browser, and where it leads."""

    provider: str
    browser: str
    following: str
    expires_at: datetime

    def is_proved(self, found: ProvidedIdentity) -> bool:
        """Tell whether somebody proved who they are after this was begun, as far as clocks agree."""
        return found.proved_at is not None and found.proved_at >= self.expires_at - SIGN_ON_LIFE - LEEWAY


@dataclass(frozen=True, slots=True)
class GroupMapping:
    """Which groups of a provider may sign in, and which groups of Tidegate they bring their people into."""

    entries: tuple[tuple[str, str], ...]

    @classmethod
    def from_entries(cls, written: Iterable[str]) -> GroupMapping:
        """Read entries such as `developers` or `acme/platform=developers`; raises `ValueError` naming one.

        `*` is everybody whom the provider lets in; an entry without a group of Tidegate brings none.
        """
        return cls(tuple(_entry(one) for one in written))

    @property
    def names(self) -> tuple[str, ...]:
        """The groups of the provider that matter here."""
        return tuple(dict.fromkeys(theirs for theirs, _ in self.entries))

    def groups(self, theirs: frozenset[str]) -> tuple[str, ...] | None:
        """Return the groups here of somebody who is in these there; None for somebody who may not sign in."""
        found = [ours for name, ours in self.entries if name == EVERYBODY or name in theirs]
        return tuple(sorted({ours for ours in found if ours})) if found else None


def proposed_names(name: str) -> Iterable[str]:
    """Yield names for a person who is called so at a provider, until one is free here."""
    plain = _NO_NAME.sub("-", name)[:90].strip(_EDGES)
    base = plain if is_identity(plain) else "person"
    yield base
    yield from (f"{base}-{number}" for number in range(2, 1000))


def _entry(written: str) -> tuple[str, str]:
    theirs, equals, ours = (part.strip() for part in written.partition("="))
    if not theirs or (equals and not is_identity(ours)):
        raise ValueError(written)
    return theirs, ours
