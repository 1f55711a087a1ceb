"""How identity is put together."""

from __future__ import annotations

import secrets
from datetime import timedelta

from tidegate.domain.one_time_codes import BITS
from tidegate.domain.tokens import TokenText, write_token
from tidegate.kernel.access import Access, Authenticator, SessionAuthenticator
from tidegate.kernel.container import Container, Work
from tidegate.kernel.ids import new_id
from tidegate.kernel.passwords import Passwords
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.administrators import Administrators
from tidegate.modules.identity.authenticator import TokenAuthenticator
from tidegate.modules.identity.code_repository import CodeRepository
from tidegate.modules.identity.group_repository import GroupRepository
from tidegate.modules.identity.job_tokens import JobTokenService
from tidegate.modules.identity.provided_groups import ProvidedGroupsService
from tidegate.modules.identity.repository import RoleRepository, TokenRepository, UserRepository
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.session_repository import SessionRepository, SignInFailureRepository
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.set_up import SetUpService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.identity.tokens import TokenService

_ID_BITS, _SECRET_BITS = 71, 256


def build(container: Container) -> None:
    """Say how the services are built, and that tokens tell who is asking."""
    passwords = Passwords()
    container.provide(Passwords, lambda _: passwords)
    container.provide(UserService, lambda work: _users(work, work.use(Passwords)))
    container.provide(SignInService, lambda work: _sign_in(work, work.use(Passwords)))
    container.provide(ProvidedGroupsService, _provided_groups)
    container.provide(TokenService, _tokens)
    container.provide(JobTokenService, _job_tokens)
    container.provide(SessionService, _sessions)
    container.provide(SetUpService, _set_up)
    container.provide(SessionAuthenticator, lambda work: work.use(SessionService))
    container.provide(Authenticator, lambda work: TokenAuthenticator(work.uow, container.clock))


def random_token() -> TokenText:
    """Return a token that nobody can guess."""
    return write_token(secrets.randbits(_ID_BITS), secrets.randbits(_SECRET_BITS))


def _provided_groups(work: Work) -> ProvidedGroupsService:
    return ProvidedGroupsService(
        uow=work.uow,
        users=UserRepository(work.uow),
        sessions=SessionRepository(work.uow),
        audit=work.use(AuditService),
        access=work.use(Access),
    )


def _tokens(work: Work) -> TokenService:
    settings = work.container.settings
    return TokenService(
        uow=work.uow,
        tokens=TokenRepository(work.uow),
        users=UserRepository(work.uow),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        rights=work.rights,
        clock=work.container.clock,
        new_token=random_token,
        default_days=settings.token_default_days,
        most_days=settings.token_max_days,
    )


def _job_tokens(work: Work) -> JobTokenService:
    return JobTokenService(
        uow=work.uow,
        tokens=TokenRepository(work.uow),
        clock=work.container.clock,
        new_token=random_token,
    )


def _sessions(work: Work) -> SessionService:
    settings = work.container.settings
    return SessionService(
        uow=work.uow,
        sessions=SessionRepository(work.uow),
        users=UserRepository(work.uow),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        new_id=new_id,
        new_secret=lambda: secrets.token_urlsafe(_SECRET_BITS // 8),
        idle=timedelta(minutes=settings.session_idle_minutes),
        longest=timedelta(hours=settings.session_max_hours),
        fresh=timedelta(minutes=settings.session_fresh_minutes),
    )


def _users(work: Work, passwords: Passwords) -> UserService:
    return UserService(
        uow=work.uow,
        users=UserRepository(work.uow),
        roles=RoleRepository(work.uow),
        groups=GroupRepository(work.uow),
        sessions=SessionRepository(work.uow),
        administrators=Administrators(
            GroupRepository(work.uow),
            work.principal,
            named=work.container.settings.show_administrators,
        ),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        passwords=passwords,
        clock=work.container.clock,
        new_id=new_id,
    )


def _sign_in(work: Work, passwords: Passwords) -> SignInService:
    return SignInService(
        uow=work.uow,
        users=UserRepository(work.uow),
        failures=SignInFailureRepository(work.uow),
        passwords=passwords,
        clock=work.container.clock,
        by_password=work.container.settings.password_sign_in,
    )


def _set_up(work: Work) -> SetUpService:
    return SetUpService(
        uow=work.uow,
        codes=CodeRepository(work.uow),
        users=work.use(UserService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
        random_number=lambda: secrets.randbits(BITS),
    )
