"""The overview, components, revisions, and the search for them."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.ports import Trends
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.charts import chart_of
from tidegate.modules.console.views.frame import filter_value, may, next_address, page_request, pages
from tidegate.modules.deployments.service import DeploymentService
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.releases.service import ReleaseService


@pages.get("/")
@requires(Permission.READ, inside=True)
def show_overview() -> Response:
    """Show how every component stands in every environment."""
    owner = filter_value("owner")
    found = use(ConsoleService).overview(page_request().cursor, owner=owner)
    return page("console/overview.html", overview=found, owner=owner, next=next_address(found.next_cursor))


@pages.get("/search")
@requires(Permission.READ, inside=True)
def search() -> BaseResponse:
    """Show what a text names; one thing alone is shown at once."""
    wanted = filter_value("q") or ""
    found = use(ConsoleService).search(wanted)
    exact = [one for one in found.components if one.name == wanted.lower()]
    if exact or (len(found.components) == 1 and not (found.revisions or found.releases)):
        name = (exact or found.components)[0].name
        return redirect(url_for("console.show_component", component=name))
    if len(found.revisions) == 1 and not (found.components or found.releases):
        one = found.revisions[0]
        return redirect(url_for("console.show_revision", component=one.component, revision=one.commit))
    return page("console/search.html", found=found, wanted=wanted)


@pages.get("/components/<component>")
@requires(Permission.READ)
def show_component(component: str) -> Response:
    """Show a component: its revisions with their verdicts, its measures' trends, releases, deployments."""
    service = use(ConsoleService)
    described = use(CatalogService).component(component)
    revisions = service.revisions(component, page_request().cursor)
    judged_for = [*dict.fromkeys(one.environment for row in revisions.items for one in row.verdicts)]
    wanted = filter_value("environment")
    environment = wanted if wanted in judged_for else next(iter(judged_for), None)
    beginning, trends = filter_value("measure") or "", Trends()
    if environment and "cursor" not in request.args:
        trends = service.trends(component, environment, beginning=beginning)
    return page(
        "console/component.html",
        component=described,
        running=service.running(component),
        revisions=revisions.items,
        next=next_address(revisions.next_cursor),
        environments=judged_for,
        environment=environment,
        beginning=beginning,
        trends=trends,
        charts=[(trend, chart_of(trend.values)) for trend in trends.trends],
        may_release=any(
            may(Permission.RELEASE, component, one.name) for one in service.environments() if one.gate
        ),
        releases=use(ReleaseService).releases(component, PageRequest(limit=10)).items,
        deployments=use(DeploymentService).deployments(component, PageRequest(limit=10)).items,
    )


@pages.get("/components/<component>/revisions/<revision>")
@requires(Permission.READ)
def show_revision(component: str, revision: str) -> Response:
    """Show a revision: what is known of it, its verdicts, and the reports that were sent for it."""
    found = use(ConsoleService).revision(component, revision)
    evidence = use(EvidenceService).of_revision(component, revision, page_request())
    return page(
        "console/revision.html",
        component=component,
        revision=found.revision,
        verdicts=found.verdicts,
        evidence=evidence.items,
        next=next_address(evidence.next_cursor),
    )
