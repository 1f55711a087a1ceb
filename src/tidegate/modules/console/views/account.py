"""Signing in and out, and one's own account: who one is here, and where one is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission, Unauthenticated
from tidegate.domain.principals import ANONYMOUS, Principal
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication, sessions
from tidegate.kernel.http.declarations import public, requires
from tidegate.kernel.http.pages import SIGN_IN, page
from tidegate.kernel.http.use import current_container, current_principal, current_work, use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import SignInDelayed, SignInService

_LONGEST = 500


@pages.get(SIGN_IN)
@public
def show_sign_in() -> Response:
    """Ask who it is."""
    return _form(_safe(request.args.get("next", "")))


@pages.post(SIGN_IN)
@public
def sign_in() -> BaseResponse:
    """Begin a session where name and password are right.

    The session is a new one, whatever the browser named before: one that somebody else planted is worth
    nothing.
    """
    name, password = request.form.get("name", "").strip()[:_LONGEST], request.form.get("password", "")
    following = _safe(request.form.get("next", ""))
    address = request.remote_addr or ""
    try:
        caller = use(SignInService).with_password(name, password, address=address)
    except Unauthenticated as refused:
        authentication.record(Principal(ANONYMOUS.kind, address=address), None, str(refused))
        return _form(following, name=name, fault=str(refused), status=401)
    except SignInDelayed as delayed:
        refusal = _form(following, name=name, fault=str(delayed), status=429)
        refusal.headers["Retry-After"] = str(delayed.seconds)
        return refusal
    work = Work(current_container(), caller.principal, current_work().uow, caller.rights)
    _end_session_of_request(work)
    secret = work.use(SessionService).begin(caller.principal.name, address=address)
    response = redirect(following, 303)
    sessions.keep(response, secret)
    return response


@pages.post("/sign-out")
@public
def sign_out() -> BaseResponse:
    """End the session of this browser."""
    _end_session_of_request(current_work())
    response = redirect(SIGN_IN, 303)
    sessions.drop(response)
    return response


@pages.get("/account")
@requires(Permission.READ_DECLARATIONS)
def show_account() -> Response:
    """Show who one is here, by which roles, and where one is signed in."""
    name = current_principal().name
    return page(
        "console/account.html",
        roles=[str(one) for one in use(UserService).rights_of(name).bindings],
        sessions=use(SessionService).sessions_of(name),
    )


@pages.post("/account/sessions/<session_id>/end")
@requires(Permission.READ_DECLARATIONS)
def end_session(session_id: str) -> BaseResponse:
    """End one of one's own sessions."""
    use(SessionService).end_one(current_principal().name, session_id)
    return redirect(url_for("console.show_account"), 303)


@pages.post("/account/sessions/end")
@requires(Permission.READ_DECLARATIONS)
def end_all_sessions() -> BaseResponse:
    """End all of one's own sessions, this one too."""
    use(SessionService).end_all(current_principal().name)
    response = redirect(SIGN_IN, 303)
    sessions.drop(response)
    return response


def _end_session_of_request(work: Work) -> None:
    if secret := sessions.secret_of_request():
        work.use(SessionService).end(secret)


def _form(following: str, *, name: str = "", fault: str = "", status: int = 200) -> Response:
    return page("console/sign_in.html", following=following, name=name, fault=fault, status=status)


def _safe(address: str) -> str:
    """Return where to go after signing in: a page of ours, whatever the address of the form says."""
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else urlsplit("")
    ours = (
        not parts.scheme
        and not parts.netloc
        and parts.path.startswith("/")
        and not parts.path.startswith("//")
    )
    return address if ours and len(address) <= _LONGEST else url_for("console.show_overview")
