"""Signing in and out, and one's own account: who one is here, and where one is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission, Unauthenticated
from tidegate.domain.principals import ANONYMOUS, Principal
from tidegate.kernel.access import Caller
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication, sessions
from tidegate.kernel.http.declarations import public, requires
from tidegate.kernel.http.pages import SIGN_IN, page
from tidegate.kernel.http.use import current_container, current_principal, current_work, use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import SignInDelayed, SignInService
from tidegate.modules.passkeys.service import PasskeyService

_LONGEST = 500


@pages.get(SIGN_IN)
@public
def show_sign_in() -> Response:
    """Ask who it is."""
    return _form(safe_address(request.args.get("next", "")))


@pages.post(SIGN_IN)
@public
def sign_in() -> BaseResponse:
    """Begin a session where name and password are right, or ask for a passkey as well."""
    name, password = request.form.get("name", "").strip()[:_LONGEST], request.form.get("password", "")
    following = safe_address(request.form.get("next", ""))
    try:
        caller = use(SignInService).with_password(name, password, address=request.remote_addr or "")
    except Unauthenticated as refused:
        return refuse(refused, following, name=name)
    except SignInDelayed as delayed:
        return delay(delayed, following, name=name)
    if use(PasskeyService).asked_after_password(caller.principal.name):
        return ask_for_passkey(following, user=caller.principal.name)
    return enter(caller, following)


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
        passkeys=use(PasskeyService).own(),
        passkeys_available=use(PasskeyService).available,
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


def ask_for_passkey(following: str, *, user: str | None = None) -> Response:
    """Ask a browser for a passkey: for any, or for one of somebody whose password was right."""
    service, browser = use(PasskeyService), sessions.browser()
    options = service.ask_after_password(user, browser=browser) if user else service.ask(browser=browser)
    response = page(
        "console/passkey_use.html",
        scripts=True,
        options=options,
        origin=current_container().settings.public_url,
        following=following,
        after_password=user is not None,
    )
    sessions.remember_browser(response)
    return response


def enter(caller: Caller, following: str) -> BaseResponse:
    """Begin a session of somebody who has just proved who they are, and lead on.

    It is a new one, whatever the browser named before: one that somebody else planted is worth nothing.
    """
    work = Work(current_container(), caller.principal, current_work().uow, caller.rights)
    _end_session_of_request(work)
    secret = work.use(SessionService).begin(caller.principal.name, address=caller.principal.address)
    response = redirect(following, 303)
    sessions.keep(response, secret)
    return response


def refuse(error: Unauthenticated, following: str, *, name: str = "", reason: str = "") -> Response:
    """Answer with the form again, and record that somebody was not let in."""
    address = request.remote_addr or ""
    authentication.record(Principal(ANONYMOUS.kind, address=address), None, reason or str(error))
    return _form(following, name=name, fault=str(error), status=401)


def delay(error: SignInDelayed, following: str, *, name: str = "") -> Response:
    """Answer with the form again, and how long to wait."""
    response = _form(following, name=name, fault=str(error), status=429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _end_session_of_request(work: Work) -> None:
    if secret := sessions.secret_of_request():
        work.use(SessionService).end(secret)


def _form(following: str, *, name: str = "", fault: str = "", status: int = 200) -> Response:
    return page(
        "console/sign_in.html",
        following=following,
        name=name,
        fault=fault,
        status=status,
        passkeys_available=use(PasskeyService).available,
    )


def safe_address(address: str) -> str:
    """Return where to go after signing in: a page of ours, whatever the address of the form says."""
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else urlsplit("")
    ours = (
        not parts.scheme
        and not parts.netloc
        and parts.path.startswith("/")
        and not parts.path.startswith("//")
    )
    return address if ours and len(address) <= _LONGEST else url_for("console.show_overview")
