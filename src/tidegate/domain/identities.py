"""People and API tokens as they are recorded, and how they are named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.access import Binding
from tidegate.domain.errors import Invalid
from tidegate.domain.principals import Principal, PrincipalKind

NAME_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9._@+-]{0,98}[A-Za-z0-9])?"
_NAME = re.compile(NAME_PATTERN)
_SESSION = "session "
_TOKEN = "token "  # nosec B105  # how the audit log names it, no secret


@dataclass(frozen=True, slots=True)
class User:
    """A person; `has_password` tells whether there is one to sign in with."""

    name: str
    display_name: str
    has_password: bool
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """People that have roles together; it is there while somebody is in it or a role names it."""

    name: str
    members: int


@dataclass(frozen=True, slots=True)
class GroupMember:
    """That a person is in a group; `source` says who put them there: an administrator, or a sign-in."""

    group: str
    user: str
    source: str


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """A role that is recorded: of a person (`user`) or of everybody in a group."""

    id: str
    user: str | None
    group: str | None
    binding: Binding
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An API token without its secret; one of a person (`user`) reaches no further than the person does.

    One with a `publisher` was given to a job of theirs, for a quarter of an hour.
    """

    id: str
    name: str
    user: str | None
    binding: Binding
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    replaces: str | None
    publisher: str | None = None

    def state(self, now: datetime) -> str:
        """Tell whether it is `active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """What has to be known of a token that somebody presents; `disabled` tells whether its person is."""

    id: str
    name: str
    digest: str
    user: str | None
    binding: Binding
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    disabled: bool
    publisher: str | None = None

    def principal(self, address: str = "") -> Principal:
        """Return who presents it: its person, its publisher's job, or the token itself."""
        credential = _TOKEN + self.id
        if self.user is not None:
            return Principal(PrincipalKind.PERSON, self.user, credential, address)
        if self.publisher is not None:
            return Principal(PrincipalKind.CI, self.publisher, credential, address)
        return Principal(PrincipalKind.TOKEN, self.name, credential, address)


@dataclass(frozen=True, slots=True)
class Session:
    """A person's stay in a browser, without its secret; `id` names it to the person."""

    id: str
    user: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    fresh_at: datetime
    """When the person last proved who they are."""


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code that opens one door once, without its text; `user` is whose password it lets be chosen."""

    digest: str
    purpose: str
    user: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime


def token_of(principal: Principal) -> str | None:
    """Return the identifier of the token by which a principal is known, None where it is another way."""
    known = principal.credential.startswith(_TOKEN)
    return principal.credential.removeprefix(_TOKEN) if known else None


def session_credential(session_id: str) -> str:
    """Return how a principal names the session that it is known by."""
    return _SESSION + session_id


def session_of(principal: Principal) -> str | None:
    """Return the identifier of the session by which a principal is known, None where it is another way."""
    known = principal.credential.startswith(_SESSION)
    return principal.credential.removeprefix(_SESSION) if known else None


def is_identity(name: str) -> bool:
    """Tell whether it may be the name of a user, group or token."""
    return _NAME.fullmatch(name) is not None


def checked_identity(what: str, name: str) -> str:
    """Return a name of a user, group or token that may be given; raises `Invalid`."""
    if not is_identity(name):
        says = (
            f"{name!r} is no name for a {what}: 1 to 100 letters, digits and . _ @ + -, beginning and ending "
            "with a letter or digit."
        )
        raise Invalid(says, (("/name", says),))
    return name


def no_assignee(name: str) -> Invalid:
    """Say that a name is of nobody whom work can be given to, and which names are."""
    why = "name a person who signs in here, by the name that is used for that"
    return Invalid(f"Nobody called {name!r} can look after it: {why}.", (("assignee", why),))
