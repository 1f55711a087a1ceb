"""Deployments over HTTP: report one, say how it ended, list them."""

from __future__ import annotations

from tidegate.domain.access import Permission
from tidegate.domain.deployments import DeploymentOutcome
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.deployments import examples
from tidegate.modules.deployments.schemas import (
    DeploymentEndSchema,
    DeploymentQuery,
    DeploymentSchema,
    NewDeploymentSchema,
)
from tidegate.modules.deployments.service import DeploymentEnd, DeploymentService, NewDeployment

blueprint = Blueprint(
    "deployments",
    __name__,
    url_prefix="/api/v1/components/<component>/deployments",
    description="What was put into which environment, and how that ended.",
)


@blueprint.post("")
@blueprint.idempotent
@blueprint.requires(Permission.OBSERVE, inside=True)
@blueprint.arguments(NewDeploymentSchema, example=examples.NEW_DEPLOYMENT)
@blueprint.response(201, DeploymentSchema, example=examples.DEPLOYMENT)
@blueprint.problems(NotFound, Invalid, Conflict)
def report_deployment(new: NewDeployment, component: str) -> Answer:
    """Report a deployment.

    One that succeeded declares `version` and `commit` of its target in the same transaction; what runs there
    is compared with them. A release of the version adds its commit.
    """
    made = use(DeploymentService).report(component, new)
    location = f"/api/v1/components/{component}/deployments/{made.id}"
    return answer(made, status=201, version=made.edition, location=location)


@blueprint.get("")
@blueprint.requires(Permission.READ)
@blueprint.reads_replica
@blueprint.page_of(DeploymentSchema, example=examples.DEPLOYMENT, query=DeploymentQuery)
@blueprint.problems(NotFound, Invalid)
def list_deployments(
    page: PageRequest, component: str, environment: str | None, outcome: str | None
) -> Answer:
    """List a component's deployments.

    Newest first.
    """
    found = use(DeploymentService).deployments(
        component,
        page,
        environment=environment,
        outcome=DeploymentOutcome(outcome) if outcome is not None else None,
    )
    return paged(found)


@blueprint.get("/<deployment_id>")
@blueprint.requires(Permission.READ)
@blueprint.response(200, DeploymentSchema, example=examples.DEPLOYMENT)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_deployment(component: str, deployment_id: str) -> Answer:
    """Show a deployment.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(DeploymentService).deployment(component, deployment_id)
    return answer(found, version=found.edition)


@blueprint.patch("/<deployment_id>")
@blueprint.requires(Permission.OBSERVE, inside=True)
@blueprint.arguments(DeploymentEndSchema, example=examples.FINISH)
@blueprint.response(200, DeploymentSchema, example=examples.FINISHED)
@blueprint.conditional
@blueprint.problems(NotFound, Invalid, Conflict)
def finish_deployment(end: DeploymentEnd, component: str, deployment_id: str) -> Answer:
    """Say how a deployment ended.

    Saying the same again changes nothing. Where one that succeeded is rolled back, its target declares again
    what succeeded before.
    """
    changed = use(DeploymentService).finish(component, deployment_id, end, if_match())
    return answer(changed, version=changed.edition)
