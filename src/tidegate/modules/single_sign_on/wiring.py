"""How single sign-on is put together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from tidegate.domain.access import EVERYTHING, Rights
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.domain.sign_on import GroupMapping
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.issuers.issuers import Issuers
from tidegate.kernel.outgoing.client import Outgoing
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.provided_groups import ProvidedGroupsService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sign_in import SignInService
from tidegate.modules.single_sign_on.providers import (
    GithubProvider,
    IdentityProvider,
    OidcClaims,
    OidcProvider,
    ProviderClient,
)
from tidegate.modules.single_sign_on.repository import ProvidedIdentityRepository, SignOnRequestRepository
from tidegate.modules.single_sign_on.service import SingleSignOnService

_SELF = Principal(PrincipalKind.SYSTEM, "single-sign-on")


def build(container: Container) -> None:
    """Say how the service is built."""
    container.provide(SingleSignOnService, _service)


def _service(work: Work) -> SingleSignOnService:
    # Who comes from a provider is nobody yet: what is written of them is written by the server itself. An
    # operator's own commands stay theirs.
    acting = work
    if not work.principal.is_system:
        acting = work.container.work_on(work.uow, _SELF, Rights((EVERYTHING,)))
    return SingleSignOnService(
        uow=work.uow,
        identities=ProvidedIdentityRepository(work.uow),
        requests=SignOnRequestRepository(work.uow),
        users=acting.use(UserService),
        groups=acting.use(ProvidedGroupsService),
        attempts=acting.use(SignInService),
        audit=acting.use(AuditService),
        access=work.use(Access),
        clock=work.container.clock,
        new_state=lambda: secrets.token_urlsafe(32),
        providers=tuple(_providers(work)),
        public_url=work.container.settings.public_url,
    )


def _providers(work: Work) -> Iterator[IdentityProvider]:
    settings = work.container.settings
    if settings.has_oidc:
        yield OidcProvider(
            label=settings.oidc_name,
            issuer=settings.oidc_issuer,
            client=ProviderClient(settings.oidc_client_id, settings.oidc_client_secret),
            scopes=settings.oidc_scopes,
            claims=OidcClaims(settings.oidc_name_claim, settings.oidc_groups_claim),
            mapping=GroupMapping.from_entries(settings.oidc_groups),
            issuers=work.use(Issuers),
            outgoing=work.use(Outgoing),
        )
    if settings.has_github:
        yield GithubProvider(
            url=settings.oauth_url,
            api_url=settings.oauth_api_url,
            client=ProviderClient(settings.oauth_client_id, settings.oauth_client_secret),
            mapping=GroupMapping.from_entries(settings.oauth_groups),
            outgoing=work.use(Outgoing),
        )
