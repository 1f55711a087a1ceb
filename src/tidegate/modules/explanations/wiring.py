"""How written explanations are put together."""

from __future__ import annotations

from tidegate.kernel.container import Container, Work
from tidegate.kernel.flags import Flags
from tidegate.kernel.outgoing.client import Outgoing
from tidegate.modules.audit.service import AuditService
from tidegate.modules.explanations.service import ExplanationService, ModelService
from tidegate.modules.verdicts.service import VerdictService


def build(container: Container) -> None:
    """Register how the service is built."""
    settings = container.settings
    service = ModelService(
        url=settings.explain_url,
        model=settings.explain_model,
        host=settings.explain_host,
        seconds=settings.explain_timeout,
        key=settings.explain_api_key,
    )

    def explanation_service(work: Work) -> ExplanationService:
        return ExplanationService(
            uow=work.uow,
            verdicts=work.use(VerdictService),
            audit=work.use(AuditService),
            outgoing=work.use(Outgoing),
            service=service,
            flags=work.use(Flags),
        )

    container.provide(ExplanationService, explanation_service)
