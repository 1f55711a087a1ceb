"""How passkeys are put together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from tidegate.domain.passkeys import PasskeyPurpose, relying_party
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.passkeys import PasskeyVerifier
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.passkeys.repository import PasskeyChallengeRepository, PasskeyRepository
from tidegate.modules.passkeys.service import PasskeyService
from tidegate.settings import Settings


def build(container: Container) -> None:
    """Say how the service is built; without an address that passkeys can be bound to it has none."""
    origin = container.settings.public_url
    party = relying_party(origin)
    verifier = PasskeyVerifier(origin=origin, relying_party=party) if party else None
    container.provide(PasskeyService, lambda work: _passkeys(work, verifier))


def _passkeys(work: Work, verifier: PasskeyVerifier | None) -> PasskeyService:
    return PasskeyService(
        uow=work.uow,
        passkeys=PasskeyRepository(work.uow),
        challenges=PasskeyChallengeRepository(work.uow),
        users=work.use(UserService),
        attempts=work.use(SignInService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        new_id=new_id,
        random_bytes=secrets.token_bytes,
        verifier=verifier,
        asked_after=frozenset(_asked_after(work.container.settings)),
    )


def _asked_after(settings: Settings) -> Iterator[PasskeyPurpose]:
    if settings.passkey_after_password:
        yield PasskeyPurpose.AFTER_PASSWORD
    if settings.passkey_after_sign_on:
        yield PasskeyPurpose.AFTER_SIGN_ON
