"""What is shown elsewhere: badges for anybody, the feed of verdicts for people who are signed in."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, render_template, request

from tidegate.domain.access import Permission
from tidegate.domain.canonical import digest_of
from tidegate.domain.feeds import UNKNOWN
from tidegate.domain.flags import VERDICT_FEEDS
from tidegate.domain.states import State
from tidegate.kernel.http.atom import feed_response
from tidegate.kernel.http.declarations import behind_flag, public, requires
from tidegate.kernel.http.templating import age
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.console.views.frame import filter_value, pages
from tidegate.modules.feeds.service import FeedService

LONGEST_LABEL = 40
_PADDING, _LETTER, _THIN_LETTER = 6, 7, 4
_THIN = frozenset(" ·.,:;!|'ijlt1-()")
_GREEN, _RED, _GREY = "#1a7f37", "#b3261e", "#57606a"
_COLOURS: Mapping[str, str] = {State.PASS: _GREEN, State.FAIL: _RED, UNKNOWN.state: _GREY}
_OTHER_STATE = "#8a5300"
_KEPT_SECONDS = 60


@pages.get("/badges/<component>/<environment>.svg")
@public
def show_badge(component: str, environment: str) -> Response:
    """Show the newest verdict's word and age as a picture that other pages embed."""
    badge = use(FeedService).badge(component, environment)
    ago = f" · {age(badge.given_at, current_container().clock.now())}" if badge.given_at else ""
    label, said = environment[:LONGEST_LABEL], f"{badge.state}{ago}"
    label_width, said_width = _width(label), _width(said)
    body = render_template(
        "console/badge.svg",
        label=label,
        said=said,
        left=label_width + 2 * _PADDING,
        right=said_width + 2 * _PADDING,
        label_width=label_width,
        said_width=said_width,
        colour=_COLOURS.get(badge.state, _OTHER_STATE),
    )
    response = Response(body, content_type="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={_KEPT_SECONDS}"
    response.set_etag(digest_of(body.encode())[7:39])
    response.make_conditional(request)
    return response


@pages.get("/verdicts.atom")
@requires(Permission.READ, inside=True)
@behind_flag(VERDICT_FEEDS)
def follow_verdicts() -> Response:
    """Show the newest verdicts as an Atom feed."""
    return feed_response(use(FeedService).verdicts(component=filter_value("component")))


def _width(text: str) -> int:
    """Estimate how wide a text is; the picture then makes it exactly so, whatever font there is."""
    return sum(_THIN_LETTER if letter in _THIN else _LETTER for letter in text)
