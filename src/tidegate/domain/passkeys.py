"""Passkeys as they are recorded, and the names that browsers bind them to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

CHALLENGE_LIFE = timedelta(minutes=5)
"""How long a person may take to answer with a passkey."""


class PasskeyPurpose(StrEnum):
    """What a challenge was given for; an answer counts for nothing else."""

    ADD = "add"
    SIGN_IN = "sign-in"
    AFTER_PASSWORD = "after-password"  # nosec B105  # the word, no secret
    AFTER_SIGN_ON = "after-sign-on"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Passkey:
    """A person's passkey: its public half, and how often it was used as it says itself."""

    id: str
    user: str
    name: str
    credential_id: str
    public_key: bytes
    handle: str
    sign_count: int
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What has to be known of a challenge: its purpose, for whom, for which browser, until when.

    `handle` is what a new passkey is told to call the person's account.
    """

    purpose: PasskeyPurpose
    user: str | None
    handle: str | None
    browser: str
    expires_at: datetime


def relying_party(public_url: str) -> str | None:
    """Return the name that passkeys are bound to; None where browsers accept none, as for addresses."""
    name = urlsplit(public_url).hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name or None
    return None
