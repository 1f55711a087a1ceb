"""Use cases of deployments: report one, say how it ended, list them; what succeeded declares facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tidegate.domain.access import Permission
from tidegate.domain.canonical import Json
from tidegate.domain.conditions import Condition, check_condition
from tidegate.domain.deployments import (
    SOURCE,
    Deployment,
    DeploymentOutcome,
    checked_link,
    checked_subject,
    checked_timing,
    finished,
)
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.facts import FactSubject, Side, checked_statements
from tidegate.domain.principals import Principal
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.deployments.repository import DeploymentRepository
from tidegate.modules.facts.service import FactService
from tidegate.modules.releases.service import ReleaseService


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """A deployment that is reported; see `domain.deployments.Deployment`."""

    environment: str
    revision: str | None = None
    version: str | None = None
    outcome: DeploymentOutcome = DeploymentOutcome.STARTED
    started_at: datetime | None = None
    ended_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class DeploymentEnd:
    """How a deployment ended; `ended_at` is None for now, `url` for the one that is known."""

    outcome: DeploymentOutcome
    ended_at: datetime | None = None
    url: str | None = None


class DeploymentService:
    """Knows what was deployed where."""

    def __init__(
        self,
        uow: UnitOfWork,
        *,
        deployments: DeploymentRepository,
        catalog: CatalogService,
        releases: ReleaseService,
        facts: FactService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._uow = uow
        self._deployments = deployments
        self._catalog = catalog
        self._releases = releases
        self._facts = facts
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._new_id = new_id

    def report(self, component: str, new: NewDeployment) -> Deployment:
        """Record a deployment; one that succeeded declares version and commit of its target.

        What a release of the same version knows is added. Raises `Conflict` where a release of this version
        was made from another commit, `NotFound` for an unknown component or environment, and `Invalid`.
        """
        self._access.require(Permission.OBSERVE, component=component, environment=new.environment)
        commit, version = checked_subject(revision=new.revision, version=new.version)
        now = self._clock.now()
        timing = checked_timing(new.outcome, started_at=new.started_at, ended_at=new.ended_at, now=now)
        with self._uow.transaction():
            self._catalog.component(component)
            self._catalog.environment(new.environment)
            deployment = Deployment(
                id=self._new_id(),
                component=component,
                environment=new.environment,
                commit=commit,
                version=version,
                outcome=new.outcome,
                started_at=timing.started_at,
                ended_at=timing.ended_at,
                url=checked_link(new.url),
                edition=1,
                created_at=now,
                updated_at=now,
                reported_by=str(self._principal),
            )
            deployment = self._completed(deployment)
            self._deployments.lock_target(component, new.environment)
            before = self._deployments.last_succeeded(component, new.environment)
            self._deployments.insert(deployment)
            self._note("deployment.reported", deployment)
            self._declare(deployment.subject, before)
            return self._judged([deployment])[0]

    def finish(
        self, component: str, deployment_id: str, end: DeploymentEnd, condition: Condition
    ) -> Deployment:
        """Say how a deployment ended; to say it again changes nothing.

        Where it is rolled back, its target declares again what succeeded before. Raises `Stale`, `Conflict`
        for an outcome that cannot follow, `NotFound` and `Invalid`.
        """
        with self._uow.transaction():
            known = self._known(component, deployment_id)
            self._access.require(Permission.OBSERVE, component=component, environment=known.environment)
            self._deployments.lock_target(component, known.environment)
            known = self._deployments.deployment_for_update(component, deployment_id) or known
            check_condition(condition, "deployment", deployment_id, known.edition)
            now = self._clock.now()
            changed = finished(known, end.outcome, ended_at=end.ended_at, url=end.url, now=now)
            if changed is known:
                return self._judged([known])[0]
            before = self._deployments.last_succeeded(component, known.environment)
            self._deployments.save(changed)
            self._note("deployment.finished", changed)
            self._declare(changed.subject, before)
            return self._judged([changed])[0]

    def deployment(self, component: str, deployment_id: str) -> Deployment:
        """Return a deployment; raises `NotFound`."""
        return self._judged([self._known(component, deployment_id)])[0]

    def deployments(
        self,
        component: str,
        request: PageRequest,
        *,
        environment: str | None = None,
        outcome: DeploymentOutcome | None = None,
    ) -> Page[Deployment]:
        """Return one page of a component's deployments, newest first; raises `NotFound` and `Invalid`.

        An outcome is asked for in an environment.
        """
        self._access.require(Permission.READ, component=component)
        self._catalog.component(component)
        if outcome is not None and environment is None:
            why = "name the environment as well"
            raise Invalid(f"Deployments are not listed by outcome alone: {why}.", (("environment", why),))
        page = self._deployments.page(request, component=component, environment=environment, outcome=outcome)
        return Page(self._judged(page.items), page.next_cursor)

    def _known(self, component: str, deployment_id: str) -> Deployment:
        self._access.require(Permission.READ, component=component)
        found = self._deployments.deployment(component, deployment_id)
        if found is None:
            raise NotFound(f"deployment of {component}", deployment_id)
        return found

    def _judged(self, listed: Sequence[Deployment]) -> tuple[Deployment, ...]:
        """Say of each whether it had been released for its environment when it was reported.

        What was released by then holds the commit of its release (`_completed`).
        """
        releases = self._releases.of_revisions([(one.component, one.commit) for one in listed if one.commit])

        def released(one: Deployment) -> bool:
            return any(
                (known.component, known.commit, known.environment)
                == (one.component, one.commit, one.environment)
                and one.version in (None, known.version)
                and known.created_at <= one.created_at
                for known in releases
            )

        return tuple(replace(one, released=released(one)) for one in listed)

    def _completed(self, said: Deployment) -> Deployment:
        """Add the commit of the release of this version; refuse another commit than it was made from."""
        if said.version is None:
            return said
        try:
            release = self._releases.release(said.component, said.version)
        except NotFound:
            return said
        if said.commit not in (None, release.commit):
            raise Conflict(
                f"{said.component} {said.version} has been released from commit {release.commit}; what was "
                f"deployed is said to be {said.commit}. Correct the version, or the revision."
            )
        return replace(said, commit=release.commit)

    def _declare(self, subject: FactSubject, before: Deployment | None) -> None:
        """Let the target declare what succeeded last there, where that is another one than before.

        A report of long ago changes nothing, nor does it take back what a person declared since.
        """
        last = self._deployments.last_succeeded(subject.component, subject.environment)
        if last == before:
            return
        now, said = self._clock.now(), last.declares() if last is not None else {}
        held = self._facts.locked([subject], Side.DECLARED).values()
        gone = [fact for fact in held if fact.source.startswith(SOURCE) and fact.field not in said]
        self._facts.end(gone, at=now)
        if last is not None:
            statements = checked_statements(subject, said)
            self._facts.record(Side.DECLARED, statements, source=last.source, at=now)

    def _note(self, action: str, deployment: Deployment) -> None:
        details: dict[str, Json] = {
            "deployment": deployment.id,
            "commit": deployment.commit,
            "version": deployment.version,
            "outcome": deployment.outcome,
            "url": deployment.url,
        }
        self._audit.append(action=action, subject=f"target:{deployment.subject}", details=details)
