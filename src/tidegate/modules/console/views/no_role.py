"""What somebody sees who has signed in, and to whom nobody has given a role yet."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.kernel.http.declarations import signed_in
from tidegate.kernel.http.pages import NO_ROLE, page
from tidegate.kernel.http.use import current_work, use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.service import UserService


@pages.get(NO_ROLE)
@signed_in
def show_no_role() -> BaseResponse:
    """Tell a person without a role who they are here and whom to ask; who has one is led on."""
    if current_work().rights.bindings:
        return redirect(url_for("console.show_overview"))
    return page("console/no_role.html", administrators=use(UserService).whom_to_ask())
