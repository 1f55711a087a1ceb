"""How federation is put together."""

from __future__ import annotations

from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.container import Container, Work
from tidegate.kernel.issuers.issuers import Issuers
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.audit.service import AuditService
from tidegate.modules.federation.exchange import ExchangeService
from tidegate.modules.federation.repository import PublisherRepository, UsedTokenRepository
from tidegate.modules.federation.service import PublisherService
from tidegate.modules.federation.tasks import PRUNE
from tidegate.modules.identity.job_tokens import JobTokenService


def build(container: Container) -> None:
    """Say how the services are built, and what is cleared up."""
    container.provide(PublisherService, _publishers)
    container.provide(ExchangeService, _exchange)
    container.contribute(Task, lambda _: PRUNE)


def _publishers(work: Work) -> PublisherService:
    return PublisherService(
        uow=work.uow,
        publishers=PublisherRepository(work.uow),
        job_tokens=work.use(JobTokenService),
        audit=work.use(AuditService),
        access=work.use(Access),
        principal=work.principal,
        clock=work.container.clock,
    )


def _exchange(work: Work) -> ExchangeService:
    container = work.container

    def audit_as(principal: Principal) -> AuditService:
        """Note what happens in the name of the job that it is found to be, in the same transaction."""
        return container.work_on(work.uow, principal).use(AuditService)

    return ExchangeService(
        uow=work.uow,
        publishers=PublisherRepository(work.uow),
        used=UsedTokenRepository(work.uow),
        job_tokens=work.use(JobTokenService),
        issuers=work.use(Issuers),
        audit_as=audit_as,
        clock=container.clock,
        audience=container.settings.oidc_audience or container.settings.public_url,
    )
