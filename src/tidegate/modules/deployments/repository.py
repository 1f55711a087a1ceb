"""Queries of deployments; rows leave as the domain's dataclasses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from tidegate.domain.deployments import Deployment, DeploymentOutcome
from tidegate.kernel.db.repository import Repository, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.deployments.models import DeploymentRow

_DEPLOYMENTS = table_of(DeploymentRow)
# Written out, not bound: a database uses an index of a part only where it sees that part named.
_IS_SUCCEEDED = _DEPLOYMENTS.c.outcome == literal_column("'succeeded'")
_LAST_SUCCEEDED = (
    select(_DEPLOYMENTS)
    .where(
        _DEPLOYMENTS.c.component == bindparam("component"),
        _DEPLOYMENTS.c.environment == bindparam("environment"),
        _IS_SUCCEEDED,
    )
    .order_by(_DEPLOYMENTS.c.ended_at.desc(), _DEPLOYMENTS.c.id.desc())
    .limit(1)
)


class DeploymentRepository(Repository[DeploymentRow]):
    """Deployments by component and environment."""

    model = DeploymentRow

    def lock_target(self, component: str, environment: str) -> None:
        """Let nobody else report of this target until the transaction ends."""
        self.lock_name(f"{component}/{environment}")

    def deployment(self, component: str, deployment_id: str) -> Deployment | None:
        """Return a deployment of a component."""
        row = self.one_or_none(DeploymentRow.id == deployment_id, DeploymentRow.component == component)
        return _deployment(row) if row is not None else None

    def deployment_for_update(self, component: str, deployment_id: str) -> Deployment | None:
        """Return a deployment as it is now, locked until the transaction ends."""
        row = self.get_for_update(DeploymentRow.id == deployment_id, DeploymentRow.component == component)
        return _deployment(row) if row is not None else None

    def last_succeeded(self, component: str, environment: str) -> Deployment | None:
        """Return the deployment of a target that succeeded last, by its end."""
        row = self.first(_LAST_SUCCEEDED, component=component, environment=environment)
        return _deployment(row) if row is not None else None

    def insert(self, deployment: Deployment) -> None:
        """Write a new deployment."""
        self._uow.execute(_DEPLOYMENTS.insert(), _columns(deployment))

    def save(self, deployment: Deployment) -> None:
        """Write what may change of a deployment."""
        self.session.execute(
            update(DeploymentRow)
            .where(DeploymentRow.id == deployment.id)
            .values(
                outcome=deployment.outcome,
                ended_at=deployment.ended_at,
                url=deployment.url,
                edition=deployment.edition,
                updated_at=deployment.updated_at,
            )
        )

    def page(
        self,
        request: PageRequest,
        *,
        component: str,
        environment: str | None,
        outcome: DeploymentOutcome | None,
    ) -> Page[Deployment]:
        """Return one page of a component's deployments, newest first."""
        query = select(DeploymentRow).where(DeploymentRow.component == component)
        if environment is not None:
            query = query.where(DeploymentRow.environment == environment)
        if outcome is not None:
            query = query.where(DeploymentRow.outcome == outcome)
        return self.paginate(query, request, by=[DeploymentRow.id], convert=_deployment, newest_first=True)


def _columns(deployment: Deployment) -> dict[str, object]:
    # Whether it was released is what releases say.
    values = {name: getattr(deployment, name) for name in deployment.__slots__ if name != "released"}
    return {"commit_sha": values.pop("commit"), **values}


def _deployment(row: DeploymentRow | Any) -> Deployment:
    return Deployment(
        id=row.id,
        component=row.component,
        environment=row.environment,
        commit=row.commit_sha,
        version=row.version,
        outcome=DeploymentOutcome(row.outcome),
        started_at=row.started_at,
        ended_at=row.ended_at,
        url=row.url,
        edition=row.edition,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reported_by=row.reported_by,
    )
