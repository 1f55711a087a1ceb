"""Components and environments: registered and described by form."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.catalog import (
    ComponentForm,
    EnvironmentForm,
    NewComponentForm,
    NewEnvironmentForm,
)
from tidegate.modules.console.views.frame import next_address, note_somewhere, page_request, pages
from tidegate.modules.gates.service import GateService

_MOST_GATES = 500


@pages.get("/register/component")
@requires(Permission.DESCRIBE_COMPONENT, inside=True)
def show_new_component() -> Response:
    """Ask what a component is called and who owns it."""
    note_somewhere(Permission.DESCRIBE_COMPONENT)
    return page("console/component_form.html", form=NewComponentForm(), component=None)


@pages.post("/register/component")
@requires(Permission.DESCRIBE_COMPONENT, inside=True)
def register_component() -> BaseResponse:
    """Register a component."""
    note_somewhere(Permission.DESCRIBE_COMPONENT)
    form = NewComponentForm()
    if form.validate_on_submit():
        name = form.component.data or ""
        made = form.attempt(lambda: use(CatalogService).describe_component(name, form.facts()))
        if made:
            return redirect(url_for("console.show_component", component=name), 303)
    return page("console/component_form.html", form=form, component=None, status=form.status)


@pages.get("/components/<component>/edit")
@requires(Permission.DESCRIBE_COMPONENT)
def show_component_facts(component: str) -> Response:
    """Show what is said of a component, to be changed."""
    known = use(CatalogService).component(component)
    return page("console/component_form.html", form=ComponentForm(obj=known), component=known)


@pages.post("/components/<component>/edit")
@requires(Permission.DESCRIBE_COMPONENT)
def change_component(component: str) -> BaseResponse:
    """Change what is said of a component."""
    form = ComponentForm()
    if form.validate_on_submit():
        changed = form.attempt(
            lambda: use(CatalogService).describe_component(component, form.facts(), form.condition())
        )
        if changed:
            return redirect(url_for("console.show_component", component=component), 303)
    known = use(CatalogService).component(component)
    form.read_again(known.version)
    return page("console/component_form.html", form=form, component=known, status=form.status)


@pages.get("/environments")
@requires(Permission.READ_DECLARATIONS)
def list_environments() -> Response:
    """Show the environments, the nearest to users last, and the gate that guards each."""
    found = use(CatalogService).environments(page_request())
    return page("console/environments.html", environments=found.items, next=next_address(found.next_cursor))


@pages.get("/register/environment")
@requires(Permission.DESCRIBE_ENVIRONMENT)
def show_new_environment() -> Response:
    """Ask what an environment is called and which gate guards it."""
    form = NewEnvironmentForm()
    form.offer(_gates())
    return page("console/environment_form.html", form=form, environment=None)


@pages.post("/register/environment")
@requires(Permission.DESCRIBE_ENVIRONMENT)
def register_environment() -> BaseResponse:
    """Register an environment."""
    form = NewEnvironmentForm()
    form.offer(_gates())
    if form.validate_on_submit():
        name = form.environment.data or ""
        if form.attempt(lambda: use(CatalogService).describe_environment(name, form.facts())):
            return redirect(url_for("console.list_environments"), 303)
    return page("console/environment_form.html", form=form, environment=None, status=form.status)


@pages.get("/environments/<environment>/edit")
@requires(Permission.DESCRIBE_ENVIRONMENT)
def show_environment_facts(environment: str) -> Response:
    """Show what is said of an environment, to be changed."""
    known = use(CatalogService).environment(environment)
    form = EnvironmentForm(obj=known)
    form.offer(_gates())
    return page("console/environment_form.html", form=form, environment=known)


@pages.post("/environments/<environment>/edit")
@requires(Permission.DESCRIBE_ENVIRONMENT)
def change_environment(environment: str) -> BaseResponse:
    """Change what is said of an environment."""
    form = EnvironmentForm()
    form.offer(_gates())
    if form.validate_on_submit():
        changed = form.attempt(
            lambda: use(CatalogService).describe_environment(environment, form.facts(), form.condition())
        )
        if changed:
            return redirect(url_for("console.list_environments"), 303)
    known = use(CatalogService).environment(environment)
    form.read_again(known.version)
    return page("console/environment_form.html", form=form, environment=known, status=form.status)


def _gates() -> list[str]:
    return [one.gate for one in use(GateService).gates(PageRequest(limit=_MOST_GATES)).items]
