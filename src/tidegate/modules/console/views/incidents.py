"""Incidents with their history, maintenance windows, objectives of a target, and status pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.canonical import digest_of
from tidegate.domain.errors import Unavailable
from tidegate.domain.incidents import IncidentState
from tidegate.kernel.access import Access
from tidegate.kernel.http.declarations import public, requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.base import offer
from tidegate.modules.console.forms.incidents import IncidentForm, ObjectiveForm, WindowForm
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.charts import bars_of
from tidegate.modules.console.views.frame import (
    filter_value,
    next_address,
    note_somewhere,
    page_request,
    pages,
)
from tidegate.modules.incidents.handling import IncidentHandling
from tidegate.modules.incidents.maintenance import MaintenanceService
from tidegate.modules.incidents.objectives import MeasuredObjective, ObjectiveService, percent
from tidegate.modules.incidents.ports import IncidentWithHistory
from tidegate.modules.incidents.service import IncidentService
from tidegate.modules.incidents.status_pages import (
    PublicStatusPages,
    ShownState,
    StatusPage,
    StatusPageService,
)

INCIDENT_SHAPES: Mapping[str, str] = {
    "open": "fail",
    "acknowledged": "stale",
    "suppressed": "missing",
    "closed": "pass",
}
STATUS_SHAPES: Mapping[str, str] = {
    ShownState.OPERATIONAL: "pass",
    ShownState.DEGRADED: "stale",
    ShownState.MAINTENANCE: "planned",
    ShownState.UNKNOWN: "missing",
    ShownState.DOWN: "fail",
}
OBJECTIVE_SHAPES: Mapping[str, str] = {
    "met": "pass",
    "burning": "error",
    "exhausted": "fail",
    "unmeasured": "missing",
}
_KEPT_SECONDS = 30


@pages.get("/incidents")
@requires(Permission.READ, inside=True)
def list_incidents() -> Response:
    """Show what fails, and what failed."""
    given, component = filter_value("state"), filter_value("component")
    environment = filter_value("environment")
    states = tuple(one for one in IncidentState if one == given)
    found = use(IncidentService).incidents(
        page_request(), states=states, component=component, environment=environment
    )
    return page(
        "console/incidents.html",
        incidents=found.items,
        next=next_address(found.next_cursor),
        states=tuple(IncidentState),
        state=states[0] if states else None,
        component=component,
        environment=environment,
        shapes=INCIDENT_SHAPES,
    )


@pages.get("/incidents/<incident_id>")
@requires(Permission.READ, inside=True)
def show_incident(incident_id: str) -> Response:
    """Show an incident and its history."""
    found = use(IncidentService).incident(incident_id)
    return _incident(found, _form_of(found))


@pages.post("/incidents/<incident_id>")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def change_incident(incident_id: str) -> BaseResponse:
    """Acknowledge, assign, comment or close an incident."""
    form, found = IncidentForm(), use(IncidentService).incident(incident_id)
    incident = found.incident
    use(Access).require(
        Permission.DESCRIBE_TARGET, component=incident.component, environment=incident.environment
    )
    if form.validate_on_submit():
        change, condition = form.change(), form.condition()
        if form.attempt(lambda: use(IncidentHandling).change(incident_id, change, condition)) is not None:
            return redirect(url_for("console.show_incident", incident_id=incident_id), 303)
    found = use(IncidentService).incident(incident_id)
    form.read_again(found.incident.version)
    return _incident(found, form)


@pages.get("/maintenance")
@requires(Permission.READ, inside=True)
def list_maintenance() -> Response:
    """Show the maintenance windows, and plan one."""
    form = WindowForm(formdata=None, timezone="UTC", minutes=60, component=filter_value("component"))
    return _windows(form)


@pages.post("/maintenance")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def plan_maintenance() -> BaseResponse:
    """Plan a maintenance window."""
    note_somewhere(Permission.DESCRIBE_TARGET)
    form = WindowForm()
    _offer_environments(form)
    if form.validate_on_submit():
        plan = form.plan()
        if form.attempt(lambda: use(MaintenanceService).add(plan)) is not None:
            return redirect(url_for("console.list_maintenance"), 303)
    return _windows(form)


@pages.post("/maintenance/<window_id>/removal")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def remove_maintenance(window_id: str) -> BaseResponse:
    """Take a maintenance window out."""
    note_somewhere(Permission.DESCRIBE_TARGET)
    use(MaintenanceService).remove(window_id)
    return redirect(url_for("console.list_maintenance"), 303)


@pages.get("/components/<component>/targets/<environment>/objectives")
@requires(Permission.READ)
def list_objectives(component: str, environment: str) -> Response:
    """Show the objectives of a target, and declare one."""
    form = ObjectiveForm(formdata=None, kind="availability", days=30)
    return _objectives(component, environment, form)


@pages.post("/components/<component>/targets/<environment>/objectives")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def declare_objective(component: str, environment: str) -> BaseResponse:
    """Declare an objective of a target, or change the one of this name."""
    use(Access).require(Permission.DESCRIBE_TARGET, component=component, environment=environment)
    form = ObjectiveForm()
    if form.validate_on_submit():
        name, aim = str(form.name.data), form.aim()
        if form.attempt(lambda: use(ObjectiveService).declare(component, environment, name, aim)) is not None:
            return redirect(
                url_for("console.list_objectives", component=component, environment=environment), 303
            )
    return _objectives(component, environment, form)


@pages.post("/components/<component>/targets/<environment>/objectives/<objective>/removal")
@requires(Permission.DESCRIBE_TARGET, inside=True)
def remove_objective(component: str, environment: str, objective: str) -> BaseResponse:
    """Take an objective out."""
    use(ObjectiveService).remove(component, environment, objective)
    return redirect(url_for("console.list_objectives", component=component, environment=environment), 303)


@pages.get("/status-pages/<environment>")
@public
def show_status_page(environment: str) -> BaseResponse:
    """Show anybody how an environment is, where STATUS_PAGES_PUBLIC names it; else lead to who signed in."""
    if environment not in current_container().settings.status_pages_public:
        return redirect(url_for("console.show_environment_status", environment=environment), 302)
    pages_kept = use(PublicStatusPages)
    try:
        response = _status_page(pages_kept.page(environment))
    except Unavailable:
        return _unknown_status(environment, pages_kept.last_known(environment))
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    response.set_etag(digest_of(response.get_data())[7:39])
    response.make_conditional(request)
    return response


@pages.get("/environments/<environment>/status")
@requires(Permission.READ_DECLARATIONS)
def show_environment_status(environment: str) -> Response:
    """Show how an environment is, of the components that the reader may see."""
    return _status_page(use(StatusPageService).page(environment))


@pages.app_template_global("open_incidents")
def open_incidents() -> int:
    """Tell the navigation how many incidents are open, of those that the reader may see."""
    return use(IncidentService).active_count()


def _unknown_status(environment: str, last: StatusPage | None) -> Response:
    """Say that nothing is known now; what was known last stands there as a thing of the past, in words."""
    response = page("console/status_unknown.html", status=503, environment=environment, last=last)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = str(_KEPT_SECONDS)
    return response


def _status_page(found: StatusPage) -> Response:
    shown = [(one, bars_of([share for _, share in one.days])) for one in found.components]
    return page("console/status_page.html", found=found, shapes=STATUS_SHAPES, shown=shown)


def _form_of(found: IncidentWithHistory) -> IncidentForm:
    incident = found.incident
    return IncidentForm(
        formdata=None,
        state="",
        assignee=incident.assignee or "",
        public_title=incident.public_title or "",
        version=str(incident.version),
    )


def _incident(found: IncidentWithHistory, form: IncidentForm) -> Response:
    return page(
        "console/incident.html",
        incident=found.incident,
        history=found.history,
        form=form,
        shapes=INCIDENT_SHAPES,
        status=form.status if request.method == "POST" else 200,
    )


def _windows(form: WindowForm) -> Response:
    _offer_environments(form)
    found = use(MaintenanceService).windows(page_request())
    return page(
        "console/maintenance.html",
        windows=found.items,
        next=next_address(found.next_cursor),
        form=form,
        status=form.status if request.method == "POST" else 200,
    )


def _offer_environments(form: WindowForm) -> None:
    known = {one.name: one.name for one in use(ConsoleService).environments()}
    offer(form.environment, {"": "all", **known})


def _objectives(component: str, environment: str, form: ObjectiveForm) -> Response:
    found: Sequence[MeasuredObjective] = use(ObjectiveService).of_target(component, environment)
    return page(
        "console/objectives.html",
        component=use(CatalogService).component(component),
        environment=environment,
        objectives=found,
        percent=percent,
        form=form,
        shapes=OBJECTIVE_SHAPES,
        status=form.status if request.method == "POST" else 200,
    )
