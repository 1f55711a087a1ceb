"""What a one-time code opens: the first administrator's page, and the choice of a password."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Rights
from tidegate.domain.principals import ANONYMOUS, Principal, PrincipalKind
from tidegate.kernel.access import Caller
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication
from tidegate.kernel.http.declarations import public
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_container, current_work, use
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.people import ChoosePasswordForm, SetUpForm
from tidegate.modules.console.views.account import enter
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.set_up import SetUpService, WrongCode
from tidegate.settings import is_loopback


@pages.get("/setup")
@public
def show_set_up() -> Response:
    """Ask for the code that the start has printed, and for the first administrator."""
    _refuse_elsewhere()
    return _set_up_page(SetUpForm())


@pages.post("/setup")
@public
@strictly_limited("sign-in", "sign_in_per_minute")
def set_up() -> BaseResponse:
    """Make the first administrator, and sign them in."""
    _refuse_elsewhere()
    form = SetUpForm()
    code, name = form.code.data or "", form.name.data or ""
    password = form.password.data or ""
    if form.validate_on_submit() and _opened(
        form, lambda: _set_up_service().make_first_administrator(code, name, password)
    ):
        return enter(_caller(name), "/")
    return _set_up_page(form)


@pages.get("/choose-password")
@public
def show_choose_password() -> Response:
    """Ask for the code that an administrator has given, and for a password."""
    return page("console/choose_password.html", form=ChoosePasswordForm())


@pages.post("/choose-password")
@public
@strictly_limited("sign-in", "sign_in_per_minute")
def choose_password() -> BaseResponse:
    """Give a person the password of their choice, and sign them in."""
    form = ChoosePasswordForm()
    if form.validate_on_submit():
        code, name, password = form.code.data or "", form.name.data or "", form.password.data or ""
        if _opened(form, lambda: _set_up_service().choose_password(code, name, password)):
            return enter(_caller(name), "/")
    return page("console/choose_password.html", form=form, status=form.status)


def _set_up_page(form: SetUpForm) -> Response:
    status = form.status if form.errors else 200
    return page("console/set_up.html", form=form, nobody=use(UserService).is_nobody(), status=status)


def _opened(form: PageForm, use_case: Callable[[], str]) -> str | None:
    """Do what a code allows, and return for whom; a wrong one is recorded, and stands in the form."""

    def recorded() -> str:
        try:
            return use_case()
        except WrongCode as wrong:
            anonymous = Principal(ANONYMOUS.kind, address=request.remote_addr or "")
            authentication.record(anonymous, None, str(wrong))
            raise

    return form.attempt(recorded)


def _caller(name: str) -> Caller:
    """Return who has just chosen a password; a session is begun with it, and asks for the rights itself."""
    return Caller(Principal(PrincipalKind.PERSON, name, "one-time code", request.remote_addr or ""), Rights())


def _set_up_service() -> SetUpService:
    """Return the use cases of codes, for whom nobody knows yet: a code allows what it says and no more."""
    address = request.remote_addr or ""
    principal = Principal(PrincipalKind.SYSTEM, "set-up", "one-time code", address)
    return Work(current_container(), principal, current_work().uow).use(SetUpService)


def _refuse_elsewhere() -> None:
    """Refuse callers of other machines; one that a proxy speaks for counts as one where nobody trusts it."""
    settings = current_container().settings
    if settings.setup_from_anywhere:
        return
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via"))
    if not is_loopback(request.remote_addr or "") or (forwarded and not settings.proxy_hops):
        raise ProblemError(
            "untrusted-origin",
            "The first administrator is made from the server's own machine, unless SETUP_FROM_ANYWHERE=true. "
            "There it can also be done by `tidegate user create NAME --admin`.",
        )
