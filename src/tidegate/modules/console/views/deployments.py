"""Deployments of a component: what went where, when, and how it ended."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.deployments import DeploymentOutcome
from tidegate.kernel.http.declarations import reads_replica, requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.views.frame import filter_value, next_address, page_request, pages
from tidegate.modules.deployments.service import DeploymentService


@pages.get("/components/<component>/deployments")
@requires(Permission.READ)
@reads_replica
def list_deployments(component: str) -> Response:
    """Show a component's deployments, newest first, of one environment and outcome where these are chosen."""
    environment, wanted = filter_value("environment"), filter_value("outcome")
    outcome = (
        DeploymentOutcome(wanted)
        if environment and wanted in {str(one) for one in DeploymentOutcome}
        else None
    )
    found = use(DeploymentService).deployments(
        component, page_request(), environment=environment, outcome=outcome
    )
    return page(
        "console/deployments.html",
        component=use(CatalogService).component(component),
        deployments=found.items,
        next=next_address(found.next_cursor),
        environment=environment,
        outcome=outcome,
        outcomes=tuple(DeploymentOutcome),
    )
