"""The catalog over HTTP: components, environments and revisions."""

from __future__ import annotations

from flask import request

from tidegate.domain.access import Permission
from tidegate.domain.catalog import Component, ComponentFacts, Environment, EnvironmentFacts, RevisionFacts
from tidegate.domain.errors import ConditionNeeded, Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog import examples
from tidegate.modules.catalog.schemas import (
    ComponentFactsSchema,
    ComponentQuery,
    ComponentSchema,
    EnvironmentFactsSchema,
    EnvironmentSchema,
    RevisionFactsSchema,
    RevisionQuery,
    RevisionSchema,
)
from tidegate.modules.catalog.service import CatalogService

blueprint = Blueprint(
    "catalog", __name__, url_prefix="/api/v1", description="What is deployed, and where: its names and facts."
)


@blueprint.get("/components")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.page_of(ComponentSchema, example=examples.COMPONENT, query=ComponentQuery)
def list_components(page: PageRequest, owner: str | None) -> Answer:
    """List the components.

    In the order of their names.
    """
    return paged(use(CatalogService).components(page, owner=owner))


@blueprint.get("/components/<component>")
@blueprint.requires(Permission.READ)
@blueprint.response(200, ComponentSchema, example=examples.COMPONENT)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_component(component: str) -> Answer:
    """Show a component.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(CatalogService).component(component)
    return answer(found, version=found.version)


@blueprint.put("/components/<component>")
@blueprint.requires(Permission.DESCRIBE_COMPONENT, inside=True)
@blueprint.arguments(ComponentFactsSchema, example=examples.COMPONENT_FACTS)
@blueprint.response(200, ComponentSchema, example=examples.COMPONENT)
@blueprint.alt_response(201, schema=ComponentSchema, example=examples.COMPONENT, description="It is new.")
@blueprint.optionally_conditional
@blueprint.problems(Invalid, Conflict, ConditionNeeded)
@blueprint.main_job(1, "Register the component that is to ship.")
def describe_component(facts: ComponentFacts, component: str) -> Answer:
    """Register or update a component.

    Saying the same again changes nothing, so the request is safe to repeat. A change needs `If-Match`.
    Another owner needs the right for the component and for all components of the new owner, in every
    environment: roles that are given by owner move with it.
    """
    described, new = use(CatalogService).describe_component(component, facts, if_match(required=False))
    return _described(described, new)


@blueprint.get("/environments")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(EnvironmentSchema, example=examples.ENVIRONMENT)
def list_environments(page: PageRequest) -> Answer:
    """List the environments.

    In the order of their ranks, the nearest to production last.
    """
    return paged(use(CatalogService).environments(page))


@blueprint.get("/environments/<environment>")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, EnvironmentSchema, example=examples.ENVIRONMENT)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_environment(environment: str) -> Answer:
    """Show an environment.

    Its `ETag` is what a change has to send back as `If-Match`.
    """
    found = use(CatalogService).environment(environment)
    return answer(found, version=found.version)


@blueprint.put("/environments/<environment>")
@blueprint.requires(Permission.DESCRIBE_ENVIRONMENT)
@blueprint.arguments(EnvironmentFactsSchema, example=examples.ENVIRONMENT_FACTS)
@blueprint.response(200, EnvironmentSchema, example=examples.ENVIRONMENT)
@blueprint.alt_response(201, schema=EnvironmentSchema, example=examples.ENVIRONMENT, description="It is new.")
@blueprint.optionally_conditional
@blueprint.problems(Invalid, Conflict, ConditionNeeded)
@blueprint.main_job(3, "Let the gate guard an environment.")
def describe_environment(facts: EnvironmentFacts, environment: str) -> Answer:
    """Register or update an environment.

    The gate that is named must exist: declare it first. Saying the same again changes nothing. A change needs
    `If-Match`.
    """
    described, new = use(CatalogService).describe_environment(environment, facts, if_match(required=False))
    return _described(described, new)


@blueprint.get("/components/<component>/revisions")
@blueprint.requires(Permission.READ)
@blueprint.page_of(RevisionSchema, example=examples.REVISION, query=RevisionQuery)
@blueprint.problems(NotFound)
def list_revisions(page: PageRequest, artifact: str | None, component: str) -> Answer:
    """List the revisions of a component.

    The one that was registered last comes first.
    """
    return paged(use(CatalogService).revisions(component, page, artifact=artifact))


@blueprint.get("/components/<component>/revisions/<revision>")
@blueprint.requires(Permission.READ)
@blueprint.response(200, RevisionSchema, example=examples.REVISION)
@blueprint.problems(NotFound, Invalid)
def show_revision(component: str, revision: str) -> Answer:
    """Show a revision.

    A commit of the component, with the artifact and the branch where they are known.
    """
    return answer(use(CatalogService).revision(component, revision))


@blueprint.put("/components/<component>/revisions/<revision>")
@blueprint.requires(Permission.SUBMIT)
@blueprint.arguments(RevisionFactsSchema, example=examples.REVISION_FACTS)
@blueprint.response(200, RevisionSchema, example=examples.REVISION)
@blueprint.alt_response(201, schema=RevisionSchema, example=examples.REVISION, description="It is new.")
@blueprint.problems(Invalid, Conflict, NotFound)
def register_revision(facts: RevisionFacts, component: str, revision: str) -> Answer:
    """Register a revision, or add details to it.

    What is recorded never changes: another artifact for the same commit is a conflict. Submitting evidence
    registers a revision as well.
    """
    registered, new = use(CatalogService).register_revision(component, revision, facts)
    status, location = (201, request.path) if new else (200, None)
    return answer(registered, status=status, location=location)


def _described(described: Component | Environment, new: bool) -> Answer:
    status, location = (201, request.path) if new else (200, None)
    return answer(described, status=status, version=described.version, location=location)
