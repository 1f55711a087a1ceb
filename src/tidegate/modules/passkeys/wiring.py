"""How passkeys are put together."""

from __future__ import annotations

import secrets

from tidegate.domain.passkeys import relying_party
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.passkeys import PasskeyVerifier
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.passkeys.repository import PasskeyChallengeRepository, PasskeyRepository
from tidegate.modules.passkeys.service import PasskeyService


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
        after_password=work.container.settings.passkey_after_password,
    )
