"""Pages over HTTP: `limit` and an opaque `cursor` in, `items`, `next_cursor` and `Link` headers out."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import request
from marshmallow import Schema, fields, post_load, validate

from tidegate.kernel.http.conditional import Answer
from tidegate.kernel.http.patterns import CURSOR
from tidegate.kernel.pagination import DEFAULT_LIMIT, MAX_LIMIT, Page, PageRequest

_CURSOR = "WyJzaG9wIl0"


class PageQuery(Schema):
    """The query of a list; a list that can be filtered inherits from it and adds its own fields.

    The controller gets `page` (a `PageRequest`) and each other field as keyword arguments.
    """

    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": "How many items the page may hold.", "example": DEFAULT_LIMIT},
    )
    cursor = fields.String(
        load_default=None,
        # Longer than any that is given out, and short enough for the longest address that gunicorn reads.
        validate=[validate.Length(1, 512), CURSOR],
        metadata={
            "description": "Where the page begins: `next_cursor` of the page before.",
            "example": _CURSOR,
        },
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Put limit and cursor together."""
        page = PageRequest(limit=data.pop("limit"), cursor=data.pop("cursor"))
        return {"page": page, **data}


@cache
def page_schema(item: type[Schema]) -> type[Schema]:
    """Return the schema of a page of such items."""
    name = item.__name__.removesuffix("Schema") + "Page"
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(
            required=True,
            allow_none=True,
            metadata={"description": "The cursor of the next page; null on the last one."},
        ),
    }
    return Schema.from_dict(members, name=name)


def page_example(item: Any) -> dict[str, Any]:
    """Return an example of a page that holds one item and has another page after it."""
    return {"items": [item], "next_cursor": _CURSOR}


def paged(page: Page[Any]) -> Answer:
    """Return a page, and `Link` headers (RFC 8288) to the first and the next page."""
    links = [_link("first", None)]
    if page.next_cursor is not None:
        links.append(_link("next", page.next_cursor))
    return page, 200, {"Link": ", ".join(links)}


def _link(relation: str, cursor: str | None) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    query = urlencode(kept if cursor is None else [*kept, ("cursor", cursor)])
    # Werkzeug hands the path over unquoted, and a `>` in it would end the target early.
    path = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=-._~")
    return f'<{path}{"?" + query if query else ""}>; rel="{relation}"'
