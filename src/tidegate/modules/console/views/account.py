"""Signing in and out, and one's own account: who one is here, and where one is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Binding, Permission, Role, Unauthenticated, highest, up_to
from tidegate.domain.errors import TidegateError
from tidegate.domain.passkeys import PasskeyPurpose
from tidegate.domain.principals import ANONYMOUS, Principal
from tidegate.kernel.access import Caller
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication, sessions
from tidegate.kernel.http.declarations import public, requires, signed_in
from tidegate.kernel.http.pages import SIGN_IN, page
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_container, current_work, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.console.forms.people import OwnPasswordForm, OwnTokenForm
from tidegate.modules.console.views.frame import page_request, pages
from tidegate.modules.console.views.proof import ask_for_proof, sensitive
from tidegate.modules.console.views.tokens import show_new_token
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import LOCKED_OUT, SignInDelayed, SignInService
from tidegate.modules.identity.tokens import TokenService
from tidegate.modules.passkeys.service import PasskeyService
from tidegate.modules.single_sign_on.service import SingleSignOnService

_LONGEST = 500
_MOST = 100


@pages.get(SIGN_IN)
@public
def show_sign_in() -> Response:
    """Ask who it is."""
    return _form(safe_address(request.args.get("next", "")))


@pages.post(SIGN_IN)
@public
@strictly_limited("sign-in", "sign_in_per_minute")
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
    return ask_or_enter(caller, following, first=PasskeyPurpose.AFTER_PASSWORD)


@pages.post("/sign-out")
@public
def sign_out() -> BaseResponse:
    """End the session of this browser."""
    _end_session_of_request(current_work())
    response = redirect(SIGN_IN, 303)
    sessions.drop(response)
    return response


@pages.get("/account")
@signed_in
def show_account() -> Response:
    """Show who one is here, by which roles, one's tokens, and where one is signed in."""
    return _account(_own_token_form())


@pages.post("/account/tokens")
@requires(Permission.READ_DECLARATIONS)
@sensitive
def create_own_token() -> Response:
    """Make a token of one's own, and show it this once."""
    form = _own_token_form()
    create = use(TokenService).create_own
    shown = show_new_token(
        form,
        lambda: create(name=form.name.data or "", binding=Binding(Role(form.role.data)), days=form.days.data),
        back="console.show_account",
    )
    return shown or _account(form)


@pages.post("/account/tokens/<token_id>/revoke")
@signed_in
@sensitive
def revoke_own_token(token_id: str) -> BaseResponse:
    """Let a token of one's own work no more."""
    use(TokenService).revoke_own(token_id)
    return redirect(url_for("console.show_account"), 303)


@pages.get("/account/password")
@signed_in
def show_own_password() -> Response:
    """Ask for another password, once it is proved who asks: a password that was typed is carried nowhere."""
    return ask_for_proof() or page("console/own_password.html", form=OwnPasswordForm())


@pages.post("/account/password")
@signed_in
@sensitive
def change_own_password() -> BaseResponse:
    """Take another password, which ends one's other sessions."""
    form = OwnPasswordForm()
    if form.password.name not in request.form:  # the form was left for the proof alone
        return page("console/own_password.html", form=OwnPasswordForm(formdata=None))
    if form.validate_on_submit():
        changed = form.attempt(lambda: use(UserService).set_own_password(form.password.data or ""))
        if changed:
            return redirect(url_for("console.show_account"), 303)
    return page("console/own_password.html", form=form, status=form.status)


@pages.post("/account/sessions/<session_id>/end")
@signed_in
def end_session(session_id: str) -> BaseResponse:
    """End one of one's own sessions."""
    use(SessionService).end_own(session_id)
    return redirect(url_for("console.show_account"), 303)


@pages.post("/account/sessions/end")
@signed_in
def end_all_sessions() -> BaseResponse:
    """End all of one's own sessions, this one too."""
    use(SessionService).end_all_own()
    response = redirect(SIGN_IN, 303)
    sessions.drop(response)
    return response


def ask_or_enter(caller: Caller, following: str, *, first: PasskeyPurpose) -> BaseResponse:
    """Begin a session of somebody whose first proof was right, or ask for a passkey as well."""
    service, user = use(PasskeyService), caller.principal.name
    if not service.asked_after(first, user):
        return enter(caller, following)
    return ask_for_passkey(following, service.ask_after(first, user, browser=sessions.browser()), first=first)


def ask_for_passkey(following: str, options: str, *, first: PasskeyPurpose | None = None) -> Response:
    """Ask a browser for a passkey: for any, or for one of somebody whose `first` proof was right."""
    response = page(
        "console/passkey_use.html",
        scripts=True,
        options=options,
        origin=current_container().settings.public_url,
        following=following,
        first=first,
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


def unavailable(error: TidegateError, following: str) -> Response:
    """Answer with the form again where a provider cannot be asked now."""
    return _form(following, fault=str(error), status=503)


def refuse(error: Unauthenticated, following: str, *, name: str = "", reason: str = "") -> Response:
    """Answer with the form again, and record that somebody was not let in."""
    _record(reason or str(error), name)
    return _form(following, name=name, fault=str(error), status=401)


def delay(error: SignInDelayed, following: str, *, name: str = "") -> Response:
    """Answer with the form again, and how long to wait; record that the attempt was not looked at."""
    _record(str(error), name, action=LOCKED_OUT)
    response = _form(following, name=name, fault=str(error), status=429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _record(reason: str, name: str, *, action: str = "") -> None:
    """Record who tried to sign in from where, and as whom where there is such a person."""
    caller = Principal(ANONYMOUS.kind, address=request.remote_addr or "")
    account = use(SignInService).account_named(name)
    authentication.record(caller, None, reason, action=action, account=account)


def _account(form: OwnTokenForm) -> Response:
    rights = current_work().rights
    return page(
        "console/account.html",
        status=form.status if form.errors or form.form_errors else 200,
        form=form,
        roles=[str(one) for one in rights.bindings],
        tokens=use(TokenService).own_tokens(page_request(_MOST)).items,
        sessions=use(SessionService).own_sessions(PageRequest(limit=_MOST)).items,
        passkeys=use(PasskeyService).own(),
        passkeys_available=use(PasskeyService).available,
    )


def _own_token_form() -> OwnTokenForm:
    at = current_container().clock.now()
    form = OwnTokenForm(data={"name": f"token-{at:%Y%m%d-%H%M%S}"})
    held = highest(one.role for one in current_work().rights.bindings)
    form.offer(up_to(held or Role.VIEWER))
    return form


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
        nobody=use(UserService).is_nobody(),
        by_password=use(SignInService).by_password,
        passkeys_available=use(PasskeyService).available,
        providers=use(SingleSignOnService).providers(),
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
