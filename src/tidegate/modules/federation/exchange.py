"""The use case of exchanging a job's identity token for a short-lived API token."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict
from tidegate.domain.issued_tokens import Expected, TokenCheck, TokenRefused, expiry_of
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.domain.publishers import TrustedPublisher, job_of, matching
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.issuers.issuers import Issuers
from tidegate.kernel.issuers.tokens import read_token
from tidegate.modules.audit.service import AuditService
from tidegate.modules.federation.repository import PublisherRepository, UsedTokenRepository
from tidegate.modules.identity.job_tokens import JobTokenService

LIFETIME = timedelta(minutes=15)
_LONGEST_ID = 500
_NOT_SET_UP = (
    "This server exchanges no tokens: it does not know under which address it is reached. Its operator sets "
    "PUBLIC_URL (or OIDC_AUDIENCE)."
)


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """A token that a job got: `token` is shown once and kept nowhere."""

    token: str
    expires_at: datetime
    publisher: TrustedPublisher


class ExchangeService:
    """Lets jobs in that prove who they are by a token of their own system."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        publishers: PublisherRepository,
        used: UsedTokenRepository,
        job_tokens: JobTokenService,
        issuers: Issuers,
        audit_as: Callable[[Principal], AuditService],
        clock: Clock,
        audience: str,
    ) -> None:
        self._uow = uow
        self._publishers = publishers
        self._used = used
        self._job_tokens = job_tokens
        self._issuers = issuers
        self._audit_as = audit_as
        self._clock = clock
        self._audience = audience

    @property
    def audience(self) -> str:
        """For whom jobs' tokens have to be made; empty where this server exchanges none."""
        return self._audience

    def exchange(self, text: str, *, publisher: str | None = None, address: str = "") -> ExchangedToken:
        """Give the job that this token is of a token of 15 minutes, with what its publisher may do.

        Raises `TokenRefused` (the first check that fails), `IssuerAway`, and `Conflict` where the server does
        not know its own address. Nothing is asked of an issuer that no publisher has.
        """
        if not self._audience:
            raise Conflict(_NOT_SET_UP)
        read = read_token(text)
        known = self._publishers.of_issuer(read.issuer)
        self._uow.release()
        if not known:
            raise TokenRefused(TokenCheck.ISSUER, "no trusted publisher has its issuer")
        said = self._issuers.verified(read, Expected(read.issuer, self._audience))
        chosen = matching(known, said, name=publisher)
        digest = _digest(read.issuer, said)
        now = self._clock.now()
        principal = Principal(PrincipalKind.CI, chosen.name, f"identity token of {read.issuer}", address)
        with self._uow.transaction():
            # Its issuer was asked meanwhile: what was removed since lets nobody in.
            self._publishers.lock_name(chosen.name)
            if self._publishers.publisher(chosen.name) != chosen:
                raise TokenRefused(TokenCheck.PUBLISHER, "its trusted publisher was just removed or changed")
            if not self._used.take(digest, until=expiry_of(said)):
                raise TokenRefused(TokenCheck.REPLAY, "it was exchanged before, and each is accepted once")
            made = self._job_tokens.issue(chosen.name, chosen.binding, expires_at=now + LIFETIME)
            details: dict[str, Json] = {
                "id": made.token.id,
                "rights": str(chosen.binding),
                "job": job_of(chosen, said),
            }
            self._audit_as(principal).append(
                action="token.exchanged", subject=f"publisher:{chosen.name}", details=details
            )
        return ExchangedToken(made.text, made.token.expires_at, chosen)

    def forget_expired(self) -> int:
        """Delete what is known of tokens that nobody would accept any more; returns how many."""
        now = self._clock.now()
        return self._used.forget_before(now) + self._job_tokens.forget_before(now - timedelta(days=1))


def _digest(issuer: str, said: Mapping[str, Json]) -> str:
    identifier = said.get("jti")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= _LONGEST_ID:
        raise TokenRefused(TokenCheck.REPLAY, "it has no identifier ('jti'), so it could be used twice")
    named = f"{issuer}\n{identifier}".encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(named).hexdigest()}"
