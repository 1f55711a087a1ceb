"""The blueprint of all pages, and what their lists need: cursor, filters, the address of the next page."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Response, request

from tidegate.domain.access import Permission
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.access import Access
from tidegate.kernel.http.pages import PageBlueprint
from tidegate.kernel.http.use import current_principal, use
from tidegate.kernel.pagination import PageRequest

PAGE_SIZE = 25

pages = PageBlueprint("console", __name__, template_folder="../templates")
pages.frame = "console/base.html"


@pages.app_template_global("may")
def may(permission: str, component: str | None = None, environment: str | None = None) -> bool:
    """Tell a template whether the reader may do something: with this component, or else somewhere."""
    if current_principal() == ANONYMOUS:
        return False
    if component is None:
        return use(Access).may_somewhere(Permission(permission))
    return use(Access).allows(Permission(permission), component=component, environment=environment)


def note_somewhere(permission: Permission) -> None:
    """Note that a form is shown to whoever may do it somewhere: where, its use case asks when it is sent."""
    use(Access).visible(permission)


def attachment(content: bytes | Iterable[bytes], name: str, media_type: str) -> Response:
    """Return something to be saved and never shown: its reader's browser must not run what others sent."""
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def page_request(size: int = PAGE_SIZE) -> PageRequest:
    """Return which part of a list was asked for."""
    return PageRequest(limit=size, cursor=request.args.get("cursor") or None)


def next_address(cursor: str | None) -> str | None:
    """Return the address of the list's next page, with the filters of this one; None on the last one."""
    if cursor is None:
        return None
    kept = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return f"{request.path}?{urlencode({**kept, 'cursor': cursor})}"


def filter_value(name: str, *, longest: int = 200) -> str | None:
    """Return a filter of the query, None where it is not set; what is longer than any value is cut."""
    return request.args.get(name, "").strip()[:longest] or None
