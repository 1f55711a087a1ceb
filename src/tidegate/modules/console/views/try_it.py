"""Try the API in the browser: Swagger UI, with a token of a quarter of an hour that one click makes."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.flags import TRY_IT
from tidegate.kernel.http.declarations import behind_flag, requires
from tidegate.kernel.http.operation_docs import BEARER
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.identity.tokens import NewToken, TokenService

_LIVES = timedelta(minutes=15)


@pages.get("/docs/try")
@requires(Permission.READ_DECLARATIONS)
@behind_flag(TRY_IT)
def show_try() -> Response:
    """Show the API's operations as forms."""
    return _page(None)


# A token may do what a form asks for the password for: who has only found an open browser gets none.
@pages.post("/docs/try")
@requires(Permission.READ_DECLARATIONS)
@behind_flag(TRY_IT)
@sensitive
def make_try_token() -> Response:
    """Make a token of one's own for a short while; it is in this answer alone."""
    at = current_container().clock.now()
    return _page(use(TokenService).create_own(name=f"try-it-{at:%Y%m%d-%H%M%S-%f}", lives=_LIVES))


def _page(made: NewToken | None) -> Response:
    return page(
        "console/try.html",
        scripts=True,
        calls_api=True,
        made=made,
        minutes=_LIVES // timedelta(minutes=1),
        scheme=BEARER,
    )
