"""The feed of verdicts for readers that present a token."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import NotFound
from tidegate.domain.flags import VERDICT_FEEDS
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.atom import MEDIA_TYPE, feed_response
from tidegate.kernel.http.use import use
from tidegate.modules.feeds import examples
from tidegate.modules.feeds.schemas import FeedQuery
from tidegate.modules.feeds.service import FeedService

blueprint = Blueprint("feeds", __name__, description="Verdicts for those who read them elsewhere.")


@blueprint.get("/api/v1/verdicts.atom")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.behind_flag(VERDICT_FEEDS)
@blueprint.arguments(FeedQuery, location="query", as_kwargs=True)
@blueprint.response(200, content_type=MEDIA_TYPE, description="An Atom feed (RFC 4287).")
@blueprint.doc(
    responses={"200": {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": examples.FEED}}}}
)
@blueprint.tagged
@blueprint.problems(NotFound)
def follow_verdicts(component: str | None) -> Response:
    """Follow the newest verdicts as an Atom feed.

    For feed readers that can send `Authorization: Bearer tdg_…`, with a viewer's token; people who are signed
    in read the same at `/verdicts.atom`. With `component` those on its revisions.
    """
    return feed_response(use(FeedService).verdicts(component=component))
