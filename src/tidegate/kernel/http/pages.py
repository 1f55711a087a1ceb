"""The frame of pages for people: their blueprints, and the one way in which a view answers with HTML.

A view of a page looks like this; it calls the same use cases as the API's controllers:

    pages = PageBlueprint("catalog_pages", __name__, template_folder="templates")

    @pages.get("/components/<component>")
    def show_component(component: str) -> Response:
        \"\"\"Show a component.\"\"\"
        found = use(CatalogService).component(component)
        return page("console/component.html", component=found)

Errors are answered by `kernel.http.problems`, as a page where a browser asks.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from tidegate.kernel.http.use import current_container


class PageBlueprint(Blueprint):
    """A module's pages."""


def page(template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page; `now` is the moment of the answer, from which ages on it are counted."""
    now = current_container().clock.now()
    # A page shows what the signed-in person may see: nobody on the way may keep it.
    return Response(
        render_template(template, now=now, **values),
        status,
        {"Cache-Control": "private, no-store"},
        content_type="text/html; charset=utf-8",
    )
