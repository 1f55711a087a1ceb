"""Tokens that others issue and sign (OpenID Connect): what they must say, and why one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tidegate.domain.access import Unauthenticated
from tidegate.domain.canonical import Json

LEEWAY = timedelta(seconds=30)
"""How far the clocks of issuer and server may differ."""
_LATEST = 253_402_300_000  # seconds: the end of the year 9999


class TokenCheck(StrEnum):
    """What of a token is checked, in this order."""

    FORM = "form"
    ISSUER = "issuer"
    ALGORITHM = "algorithm"
    KEY = "key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    TIME = "time"
    REPLAY = "replay"
    PUBLISHER = "publisher"


class TokenRefused(Unauthenticated):
    """A token that is not accepted; `check` is the first that it fails, `reason` quotes no secret."""

    def __init__(self, check: TokenCheck, reason: str) -> None:
        self.check = check
        self.reason = reason
        super().__init__(f"The token is refused ({check}): {reason}.")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say; only some issuers say from when on theirs hold (`not_before`)."""

    issuer: str
    audience: str
    not_before: bool = True


def check_claims(claims: Mapping[str, Json], expected: Expected, now: datetime) -> None:
    """Raise `TokenRefused` where a signed token is not from, for, or of now."""
    if claims.get("iss") != expected.issuer:
        raise TokenRefused(TokenCheck.ISSUER, "its issuer is not the one that signed it")
    _check_audience(claims, expected.audience)
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if expected.not_before or "nbf" in claims:
        begins = _moment(claims, "nbf")
        if now < begins - LEEWAY:
            raise TokenRefused(TokenCheck.TIME, f"it holds from {_written(begins)} on")
    if now >= expires + LEEWAY:
        raise TokenRefused(TokenCheck.TIME, f"it expired at {_written(expires)}")
    if now < issued - LEEWAY or issued > expires:
        raise TokenRefused(TokenCheck.TIME, f"it was issued at {_written(issued)}, which cannot be")


def expiry_of(claims: Mapping[str, Json]) -> datetime:
    """Return until when a token that was checked is accepted."""
    return _moment(claims, "exp") + LEEWAY


def _check_audience(claims: Mapping[str, Json], audience: str) -> None:
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    if audience not in audiences:
        raise TokenRefused(TokenCheck.AUDIENCE, f"its audience is not {audience!r}")
    if len(audiences) > 1 and claims.get("azp") != audience:
        raise TokenRefused(TokenCheck.AUDIENCE, f"it has other audiences beside {audience!r}")


def _moment(claims: Mapping[str, Json], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TokenRefused(TokenCheck.TIME, f"it does not say {name!r}, which has to be a number")
    if not 0 <= value < _LATEST:  # nor is what is no number at all
        raise TokenRefused(TokenCheck.TIME, f"its {name!r} is no time")
    return datetime.fromtimestamp(value, UTC)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
