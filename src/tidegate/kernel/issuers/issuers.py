"""Issuers: asked seldom, remembered when they are away, and the one place where their tokens are verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Unavailable
from tidegate.domain.issued_tokens import Expected, TokenCheck, TokenRefused, check_claims
from tidegate.domain.outgoing import OutgoingFailed, OutgoingRefused
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.issuers.keys import read_keys
from tidegate.kernel.issuers.records import IssuerCache, IssuerRepository, PublishedIssuer, texts_of
from tidegate.kernel.issuers.tokens import UnverifiedToken, read_token
from tidegate.kernel.logging import logger
from tidegate.kernel.outgoing.client import Outgoing

if TYPE_CHECKING:
    from tidegate.kernel.container import Container, Work

FRESH = timedelta(hours=1)
"""How long keys are used before their issuer is asked for new ones."""
DISCOVERY = "/.well-known/openid-configuration"
_LOOK_EVERY = timedelta(seconds=1)
_MOST_BYTES = 256 * 1024
_WAIT, _WAITS = 0.2, 25


class IssuerAway(Unavailable):
    """An issuer that has never answered as it should, so that there is nothing to go by."""

    def __init__(self, issuer: str, reason: str) -> None:
        self.issuer = issuer
        self.reason = reason
        super().__init__(f"The issuer {issuer} has not published its keys yet: {reason}.")


class Issuers:
    """What issuers publish; call it outside of a transaction, since it may have to ask them.

    An issuer is asked when nothing is known of it, when what is known is an hour old, and when a token names
    a key that is not known: never more than once in a minute, by all processes together. One that is away
    keeps the keys it had.
    """

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        outgoing: Outgoing,
        clock: Clock,
        cache: IssuerCache,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._uow = uow
        self._records = IssuerRepository(uow)
        self._outgoing = outgoing
        self._clock = clock
        self._cache = cache
        self._sleep = sleep

    def published(self, issuer: str, *, kid: str | None = None) -> PublishedIssuer:
        """Return what an issuer published, with the key of this name if it can be had.

        Raises `IssuerAway` where nothing is known of it.
        """
        now = self._clock.now()
        known = self._cache.find(issuer)
        if known is not None and self._will_do(known, kid):
            return known
        if known is not None and not self._cache.may_look(issuer, now, _LOOK_EVERY):
            return known
        state = self._records.state(issuer)
        recorded = state.published if state is not None else None
        if recorded is not None:
            self._cache.keep(recorded)
            if self._will_do(recorded, kid):
                return recorded
        with self._uow.transaction():
            claimed = self._records.claim(issuer, now)
        if claimed:
            return self._asked(issuer) or recorded or self._away(issuer)
        return recorded or self._awaited(issuer)

    def verified(self, token: UnverifiedToken | str, expected: Expected) -> Mapping[str, Json]:
        """Return what a token says that its issuer signed for us; raises `TokenRefused`, `IssuerAway`."""
        read = read_token(token) if isinstance(token, str) else token
        if read.issuer != expected.issuer:
            raise TokenRefused(TokenCheck.ISSUER, f"its issuer is not {expected.issuer!r}")
        claims = read.claims(self.published(expected.issuer, kid=read.kid).keys)
        check_claims(claims, expected, self._clock.now())
        return claims

    def _will_do(self, published: PublishedIssuer, kid: str | None) -> bool:
        return published.has_key(kid) and self._clock.now() - published.fetched_at < FRESH

    def _asked(self, issuer: str) -> PublishedIssuer | None:
        """Ask an issuer; None where it does not answer as it should, which is recorded."""
        self._uow.release()  # nobody waits for a connection meanwhile
        try:
            published = self._fetched(issuer)
        except (OutgoingFailed, OutgoingRefused) as error:
            logger().warning("issuer.not_asked", issuer=issuer, reason=error.reason)
            with self._uow.transaction():
                self._records.write_failure(issuer, error.reason)
            return None
        with self._uow.transaction():
            self._records.write(published)
        self._cache.keep(published)
        return published

    def _fetched(self, issuer: str) -> PublishedIssuer:
        limits = replace(self._outgoing.limits, most_bytes=_MOST_BYTES)

        def document(url: str) -> Json:
            answer = self._outgoing.get(url, headers={"Accept": "application/json"}, limits=limits)
            if answer.status != 200:
                raise OutgoingFailed(issuer, f"{url} answers with status {answer.status}")
            return answer.document()

        endpoints = texts_of(document(issuer.rstrip("/") + DISCOVERY))
        if endpoints.get("issuer") != issuer:
            raise OutgoingFailed(issuer, f"its discovery document is of another issuer than {issuer!r}")
        address = endpoints.get("jwks_uri", "")
        keys = read_keys(document(address)) if address else ()
        if not keys:
            raise OutgoingFailed(issuer, "it publishes no key that verifies RS256 or ES256")
        return PublishedIssuer(issuer, endpoints, keys, self._clock.now())

    def _awaited(self, issuer: str) -> PublishedIssuer:
        """Wait for another thread or process that is asking for the first time."""
        for _ in range(_WAITS):
            self._uow.release()
            state = self._records.state(issuer)
            if state is not None and state.published is not None:
                self._cache.keep(state.published)
                return state.published
            if state is None or state.failure is not None:
                break
            self._sleep(_WAIT)
        return self._away(issuer)

    def _away(self, issuer: str) -> PublishedIssuer:
        self._uow.release()
        state = self._records.state(issuer)
        reason = state.failure if state is not None else None
        raise IssuerAway(issuer, reason or "it is being asked")


def install(container: Container) -> None:
    """Let every part verify tokens of issuers, with one memory for the process."""
    cache = IssuerCache()

    def build(work: Work) -> Issuers:
        return Issuers(uow=work.uow, outgoing=work.use(Outgoing), clock=container.clock, cache=cache)

    container.provide(Issuers, build)
