"""Feature flags: which experimental parts are on where, and why; administrators switch them."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import current_container, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.console.forms.base import PageForm, offer
from tidegate.modules.console.forms.flags import FlagForm
from tidegate.modules.console.service import ConsoleService
from tidegate.modules.console.views.frame import next_address, page_request, pages
from tidegate.modules.flags.service import FlagService

_MOST_OFFERED = 500


@pages.get("/flags")
@requires(Permission.READ_DECLARATIONS)
def list_flags() -> Response:
    """Show the flags, and ask what is to be switched."""
    return _flags(_offered(FlagForm(formdata=None)))


@pages.post("/flags")
@requires(Permission.SWITCH_FLAG)
def set_flag() -> BaseResponse:
    """Switch a flag."""
    form = _offered(FlagForm())
    if form.validate_on_submit():
        made = form.attempt(lambda: use(FlagService).set(form.flag.data or "", form.setting()))
        if made is not None:
            return redirect(url_for("console.list_flags"), 303)
    return _flags(form)


@pages.post("/flags/<flag>/unset")
@requires(Permission.SWITCH_FLAG)
def unset_flag(flag: str) -> BaseResponse:
    """Take back what is said of a flag."""
    form, environment = PageForm(), request.form.get("environment") or None
    if form.attempt(lambda: use(FlagService).unset(flag, environment)) is not None:
        return redirect(url_for("console.list_flags"), 303)
    return _flags(_offered(FlagForm(formdata=None)), form)


def _offered(form: FlagForm) -> FlagForm:
    flags = use(FlagService).flags(PageRequest(limit=_MOST_OFFERED)).items
    offer(form.flag, {one.flag.name: one.flag.name for one in flags})
    environments = {one.name: f"in {one.name} alone" for one in use(ConsoleService).environments()}
    offer(form.environment, {"": "everywhere", **environments})
    return form


def _flags(form: FlagForm, refused: PageForm | None = None) -> Response:
    service = use(FlagService)
    found = service.flags(page_request())
    wrong = next((one for one in (form, refused) if one and not one.fine), None)
    return page(
        "console/flags.html",
        status=wrong.status if wrong else 200,
        flags=found.items,
        next=next_address(found.next_cursor),
        source=service.source,
        today=current_container().clock.now().date(),
        form=form,
        refused=refused,
    )
