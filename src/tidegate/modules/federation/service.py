"""Use cases of trusted publishers: add, list, remove."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tidegate.domain.access import Binding, Permission
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.principals import Principal
from tidegate.domain.publishers import Provider, TrustedPublisher, checked_publisher
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.federation.repository import PublisherRepository
from tidegate.modules.identity.job_tokens import JobTokenService


class PublisherService:
    """Keeps whose jobs are trusted."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        publishers: PublisherRepository,
        job_tokens: JobTokenService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
    ) -> None:
        self._uow = uow
        self._publishers = publishers
        self._job_tokens = job_tokens
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock

    def add(
        self, *, name: str, provider: Provider, claims: dict[str, str], binding: Binding, issuer: str = ""
    ) -> TrustedPublisher:
        """Trust the jobs whose tokens claim this; raises `Invalid` and `Conflict`.

        Without an issuer it is the provider's public one. Neither may the name be taken, nor may another
        publisher ask for the same claims of the same issuer: a job would be of two.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        publisher = checked_publisher(
            name=name,
            provider=provider,
            issuer=issuer,
            claims=claims,
            binding=binding,
            at=self._clock.now(),
            by=str(self._principal),
        )
        with self._uow.transaction():
            self._publishers.lock_name(f"issuer {publisher.issuer}")
            self._publishers.lock_name(name)
            if self._publishers.publisher(name) is not None:
                raise Conflict(
                    f"There is a trusted publisher named {name!r} already. Remove it, or choose another name."
                )
            self._refuse_equal(publisher)
            self._publishers.insert(publisher)
            self._note("publisher.added", publisher)
        return publisher

    def remove(self, name: str) -> TrustedPublisher:
        """Trust a publisher no more, and end the tokens that its jobs have now; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            self._publishers.lock_name(name)
            publisher = self._found(name)
            self._publishers.remove(name)
            self._job_tokens.revoke_all(name)
            self._note("publisher.removed", publisher)
        return publisher

    def publisher(self, name: str) -> TrustedPublisher:
        """Return a publisher; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._found(name)

    def publishers(self, request: PageRequest) -> Page[TrustedPublisher]:
        """Return one page of publishers, in the order of their names."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._publishers.page(request)

    def last_uses(self, publishers: Sequence[TrustedPublisher]) -> dict[str, datetime]:
        """Return when jobs of these publishers were last let in, by name, as far as the last day tells."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._job_tokens.last_issued([one.name for one in publishers])

    def _refuse_equal(self, publisher: TrustedPublisher) -> None:
        """Refuse to trust the same jobs a second time under another name."""
        known = self._publishers.of_issuer(publisher.issuer)
        equal = next((one for one in known if dict(one.claims) == dict(publisher.claims)), None)
        if equal is not None:
            raise Conflict(
                f"The trusted publisher {equal.name!r} asks for the same claims of {publisher.issuer}: a job "
                "would be of two. Ask for another claim as well, such as its environment or branch, or first "
                f"run: tidegate publisher remove {equal.name}"
            )

    def _found(self, name: str) -> TrustedPublisher:
        found = self._publishers.publisher(name)
        if found is None:
            raise NotFound("trusted publisher", name)
        return found

    def _note(self, action: str, publisher: TrustedPublisher) -> None:
        claims: dict[str, Json] = dict(publisher.claims)
        details: dict[str, Json] = {
            "issuer": publisher.issuer,
            "claims": claims,
            "rights": str(publisher.binding),
        }
        self._audit.append(action=action, subject=f"publisher:{publisher.name}", details=details)
