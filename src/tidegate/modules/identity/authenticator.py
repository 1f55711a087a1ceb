"""Who presents a token: asked at every request, and so built of no more than that takes."""

from __future__ import annotations

import hmac
import logging
from datetime import datetime, timedelta

from tidegate.domain.access import Rights, Unauthenticated
from tidegate.domain.errors import TidegateError
from tidegate.domain.identities import PresentedToken
from tidegate.domain.times import write_time
from tidegate.domain.tokens import read_token
from tidegate.kernel.access import Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.identity.repository import TokenRepository, UserRepository

NOTED_EVERY = timedelta(minutes=1)
"""How often the last use of a token is written."""

_NOBODYS_DIGEST = "0" * 64
_UNKNOWN = "The token is not known here. Create one: tidegate token create --name NAME --role ROLE"
_log = logging.getLogger(__name__)


class TokenAuthenticator:
    """Knows whose tokens are; each is looked up whenever it is presented, so that a change holds at once."""

    def __init__(self, uow: UnitOfWork, clock: Clock) -> None:
        self._uow = uow
        self._tokens = TokenRepository(uow)
        self._clock = clock

    def authenticate(self, text: str, *, address: str) -> Caller:
        """Return who presents a token; raises `Unauthenticated`.

        One query by the token's identifier; the digests are compared in constant time, and why a token is
        refused is told to those alone who hold all of it.
        """
        presented = read_token(text)
        if presented is None:
            raise Unauthenticated(
                "The token is not well-formed: it begins with tdg_ and was copied as a whole."
            )
        token = self._tokens.presented(presented.id)
        known = token.digest if token is not None else _NOBODYS_DIGEST
        if not hmac.compare_digest(presented.digest(), known) or token is None:
            raise Unauthenticated(_UNKNOWN)
        now = self._clock.now()
        if token.revoked_at is not None:
            raise Unauthenticated(f"The token {token.name!r} was revoked at {write_time(token.revoked_at)}.")
        if now >= token.expires_at:
            raise Unauthenticated(f"The token {token.name!r} expired at {write_time(token.expires_at)}.")
        if token.disabled:
            raise Unauthenticated(f"The account {token.user!r} is disabled.")
        rights = Rights((token.binding,))
        if token.user is not None:
            rights = Rights(UserRepository(self._uow).bindings_of(token.user), within=token.binding)
        self._note_use(token, now)
        return Caller(token.principal(address), rights)

    def _note_use(self, token: PresentedToken, now: datetime) -> None:
        """Write the last use, at most once a minute; a database that cannot write stops no reader."""
        if token.last_used_at is not None and now - token.last_used_at < NOTED_EVERY:
            return
        try:
            with self._uow.transaction():
                self._tokens.change(token.id, last_used_at=now)
        except TidegateError as error:
            _log.warning("the last use of a token was not written: %s", error)
