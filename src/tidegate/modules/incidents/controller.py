"""Incidents over HTTP, with maintenance windows and objectives."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.incidents import IncidentState
from tidegate.domain.maintenance import WindowPlan
from tidegate.domain.objectives import Aim
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.incidents import examples
from tidegate.modules.incidents.handling import IncidentHandling
from tidegate.modules.incidents.maintenance import MaintenanceService
from tidegate.modules.incidents.objectives import ObjectiveService
from tidegate.modules.incidents.ports import IncidentChange
from tidegate.modules.incidents.schemas import (
    AimSchema,
    IncidentChangeSchema,
    IncidentHistorySchema,
    IncidentQuery,
    IncidentSchema,
    MaintenanceWindowQuery,
    MaintenanceWindowSchema,
    ObjectiveSchema,
    WindowPlanSchema,
)
from tidegate.modules.incidents.service import IncidentService

blueprint = Blueprint("incidents", __name__, url_prefix="/api/v1", description="What fails, and since when.")
maintenance = Blueprint(
    "maintenance",
    __name__,
    url_prefix="/api/v1/maintenance-windows",
    description="When nobody is told of what fails.",
)
objectives = Blueprint(
    "objectives",
    __name__,
    url_prefix="/api/v1/components/<component>/targets/<environment>/objectives",
    description="The share of probes that is to be good, and what is left of the error budget.",
)


@blueprint.get("/incidents")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.page_of(IncidentSchema, example=examples.INCIDENT, query=IncidentQuery)
@blueprint.problems(NotFound)
def list_incidents(
    page: PageRequest, state: str | None, component: str | None, environment: str | None
) -> Answer:
    """List the incidents.

    Newest first, of the components that the caller may see.
    """
    states = () if state is None else (IncidentState(state),)
    found = use(IncidentService).incidents(page, states=states, component=component, environment=environment)
    return paged(found)


@blueprint.get("/incidents/<incident_id>")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, IncidentHistorySchema, example=examples.SHOWN)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_incident(incident_id: str) -> Answer:
    """Show an incident and its history.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(IncidentService).incident(incident_id)
    return answer(found, version=found.incident.version)


@blueprint.patch("/incidents/<incident_id>")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(IncidentChangeSchema, example=examples.CHANGE)
@blueprint.response(200, IncidentHistorySchema, example=examples.CHANGED)
@blueprint.conditional
@blueprint.problems(NotFound, Invalid, Conflict)
def change_incident(change: IncidentChange, incident_id: str) -> Answer:
    """Acknowledge, assign, comment or close an incident.

    It closes by itself once its target is as it should be; to close it by hand needs a note, and it opens
    again where its target goes on failing.
    """
    found = use(IncidentHandling).change(incident_id, change, if_match())
    return answer(found, version=found.incident.version)


@maintenance.get("")
@maintenance.requires(Permission.READ, inside=True)
@maintenance.page_of(MaintenanceWindowSchema, example=examples.WINDOW, query=MaintenanceWindowQuery)
def list_maintenance_windows(page: PageRequest, component: str | None, environment: str | None) -> Answer:
    """List the maintenance windows.

    Newest first, those that are over included.
    """
    return paged(use(MaintenanceService).windows(page, component=component, environment=environment))


@maintenance.post("")
@maintenance.idempotent
@maintenance.requires(Permission.DESCRIBE_TARGET, inside=True)
@maintenance.arguments(WindowPlanSchema, example=examples.PLAN)
@maintenance.response(201, MaintenanceWindowSchema, example=examples.WINDOW)
@maintenance.problems(NotFound, Invalid, Conflict)
def plan_maintenance(plan: WindowPlan) -> Answer:
    """Plan a maintenance window.

    What fails within it opens no incident; what still fails after it does. A start that the clock skips is
    moved on by as much as the clock, one that comes twice is the first of the two.
    """
    made = use(MaintenanceService).add(plan)
    location = f"/api/v1/maintenance-windows/{made.window.id}"
    return answer(made, status=201, version=made.window.version, location=location)


@maintenance.get("/<window_id>")
@maintenance.requires(Permission.READ, inside=True)
@maintenance.response(200, MaintenanceWindowSchema, example=examples.WINDOW)
@maintenance.tagged
@maintenance.problems(NotFound)
def show_maintenance_window(window_id: str) -> Answer:
    """Show a maintenance window.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(MaintenanceService).window(window_id)
    return answer(found, version=found.window.version)


@maintenance.put("/<window_id>")
@maintenance.requires(Permission.DESCRIBE_TARGET, inside=True)
@maintenance.arguments(WindowPlanSchema, example=examples.PLAN)
@maintenance.response(200, MaintenanceWindowSchema, example=examples.WINDOW)
@maintenance.conditional
@maintenance.problems(NotFound, Invalid)
def change_maintenance_window(plan: WindowPlan, window_id: str) -> Answer:
    """Plan a maintenance window anew.

    All of it is replaced.
    """
    found = use(MaintenanceService).change(window_id, plan, if_match())
    return answer(found, version=found.window.version)


@maintenance.delete("/<window_id>")
@maintenance.requires(Permission.DESCRIBE_TARGET, inside=True)
@maintenance.response(204)
@maintenance.problems(NotFound)
def remove_maintenance_window(window_id: str) -> Response:
    """Take a maintenance window out.

    What fails within it opens incidents from now on.
    """
    use(MaintenanceService).remove(window_id)
    return Response(status=204)


@objectives.get("")
@objectives.requires(Permission.READ)
@objectives.page_of(ObjectiveSchema, example=examples.OBJECTIVE)
@objectives.problems(NotFound)
def list_objectives(page: PageRequest, component: str, environment: str) -> Answer:
    """List the objectives of a target, with how they are now.

    By their names.
    """
    return paged(use(ObjectiveService).page(component, environment, page))


@objectives.get("/<objective>")
@objectives.requires(Permission.READ)
@objectives.response(200, ObjectiveSchema, example=examples.OBJECTIVE)
@objectives.problems(NotFound)
def show_objective(component: str, environment: str, objective: str) -> Answer:
    """Show an objective and how it is now.

    Its figures are those of this moment.
    """
    return answer(use(ObjectiveService).objective(component, environment, objective))


@objectives.put("/<objective>")
@objectives.requires(Permission.DESCRIBE_TARGET, inside=True)
@objectives.arguments(AimSchema, example=examples.AIM)
@objectives.response(200, ObjectiveSchema, example=examples.OBJECTIVE)
@objectives.alt_response(201, schema=ObjectiveSchema, example=examples.OBJECTIVE, description="It is new.")
@objectives.problems(NotFound, Invalid, Conflict)
def declare_objective(aim: Aim, component: str, environment: str, objective: str) -> Answer:
    """Declare or change an objective of a target.

    Where its error budget is used up, or is used up fast, the worker opens an incident. What is
    said holds from now on, whatever was said before.
    """
    found, new = use(ObjectiveService).declare(component, environment, objective, aim)
    here = f"/api/v1/components/{component}/targets/{environment}/objectives/{objective}"
    status, location = (201, here) if new else (200, None)
    return answer(found, status=status, location=location)


@objectives.delete("/<objective>")
@objectives.requires(Permission.DESCRIBE_TARGET, inside=True)
@objectives.response(204)
@objectives.problems(NotFound)
def remove_objective(component: str, environment: str, objective: str) -> Response:
    """Take an objective out.

    Its incident is closed.
    """
    use(ObjectiveService).remove(component, environment, objective)
    return Response(status=204)
