"""The frame of pages for people: their blueprints, and the one way in which a view answers with HTML.

A view of a page looks like this; it calls the same use cases as the API's controllers:

    pages = PageBlueprint("catalog_pages", __name__, template_folder="templates")

    @pages.get("/components/<component>")
    @requires(Permission.READ)
    def show_component(component: str) -> Response:
        \"\"\"Show a component.\"\"\"
        found = use(CatalogService).component(component)
        return page("console/component.html", component=found)

A page declares what it needs as an operation does. Its caller is told by the session's cookie alone, which
the API never reads; a form that changes something carries a token against forgery (`kernel.http.sessions`).
Errors are answered by `kernel.http.problems`, as a page where a browser asks.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, render_template, request

from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.http.use import current_container, current_principal

SIGN_IN = "/sign-in"
"""Where people prove who they are; a page that needs to know leads there."""

_BARE = "page.html"

NO_ROLE = "/no-role"
"""What a person is shown instead of any other page until somebody has given them a role."""


class PageBlueprint(Blueprint):
    """A module's pages; `frame` names the template around them, which errors are shown in as well."""

    frame: str | None = None


def is_page() -> bool:
    """Tell whether the request is for a page."""
    return isinstance(current_app.blueprints.get(request.blueprint or ""), PageBlueprint)


def frame_of_reader() -> str:
    """Return the template around an error: that of the pages for who is signed in, else a bare one."""
    frames = (one.frame for one in current_app.blueprints.values() if isinstance(one, PageBlueprint))
    reader: Principal | None = g.get("principal")
    if reader is None or reader.kind is not PrincipalKind.PERSON:
        return _BARE
    return next((frame for frame in frames if frame), _BARE)


def page(
    template: str, *, status: int = 200, scripts: bool = False, calls_api: bool = False, **values: object
) -> Response:
    """Return a page; `now` is the moment of the answer, from which ages on it are counted.

    Only one that says `scripts` may run any, and none but our own static files; only one that says
    `calls_api` as well lets them send requests, and to this server alone.
    """
    g.scripts, g.calls_api = scripts, calls_api
    now = current_container().clock.now()
    # A page shows what the signed-in person may see: nobody on the way may keep it.
    return Response(
        render_template(template, now=now, principal=current_principal(), **values),
        status,
        {"Cache-Control": "private, no-store"},
        content_type="text/html; charset=utf-8",
    )
