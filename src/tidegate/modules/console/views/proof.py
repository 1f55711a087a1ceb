"""Sensitive acts: who signed in long ago proves again who they are, then goes on with what they did."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Unauthenticated
from tidegate.domain.identities import session_of
from tidegate.domain.principals import Principal
from tidegate.kernel.http import authentication, carried_forms, sessions
from tidegate.kernel.http.carried_forms import CarriedForm
from tidegate.kernel.http.declarations import signed_in
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_container, current_principal, use
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import LOCKED_OUT, SignInDelayed, SignInService
from tidegate.modules.passkeys.service import PasskeyService, PasskeyUnknown
from tidegate.modules.single_sign_on.service import SingleSignOnService

FIELD, PASSKEY_FIELD = "proof_of_person", "proof_by_passkey"
_NOT_CARRIED = frozenset({FIELD, PASSKEY_FIELD, "csrf_token", "password", "username"})
_NOT_PROVED = "The provider did not say that it had asked you anew, and that it is you. Try once more."

View = Callable[..., BaseResponse]


def sensitive(view: View) -> View:
    """Let a form be sent by those alone who have lately proved who they are; stands below `requires`.

    Who has not is asked for a proof, on a page that carries the form's other fields: they are sent to the
    same address again, so nothing is lost and nobody is led elsewhere. What succeeds gives the session
    another secret: it may have changed what its person may do.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> BaseResponse:
        asked = ask_for_proof()
        if asked is not None:
            return asked
        response = make_response(view(*args, **kwargs))
        carried_forms.drop(response)
        secret = use(SessionService).renew()
        if secret is None:
            sessions.drop(response)
        else:
            sessions.keep(response, secret)
        return response

    return wrapper


def ask_for_proof() -> Response | None:
    """Return the page that asks the caller for a proof; None where one was given lately, or comes along."""
    if use(SessionService).is_fresh():
        return None
    typed, answer = request.form.get(FIELD), request.form.get(PASSKEY_FIELD)
    if not typed and not answer:
        return _ask("")
    try:
        _verify(current_principal(), typed, answer or "")
    except SignInDelayed as delayed:
        authentication.record(current_principal(), None, str(delayed), action=LOCKED_OUT)
        asked = _ask(str(delayed), status=429)
        asked.headers["Retry-After"] = str(delayed.seconds)
        return asked
    except PasskeyUnknown as unknown:
        reason = f"The passkey that a sensitive act asks for was not right: {unknown.reason}"
        return _refuse(reason, str(unknown))
    except Unauthenticated:
        reason = "The password that a sensitive act asks for was not right."
        return _refuse(reason, "The password is not right.")
    use(SessionService).prove()
    return None


@pages.get("/proof")
@signed_in
def show_proof() -> BaseResponse:
    """Show the form that waits for a proof which was given elsewhere, to be sent."""
    form = carried_forms.kept(_session())
    if form is None:
        return redirect(url_for("console.show_account"))
    if not use(SessionService).is_fresh():
        return _proof_page(form, fault=_NOT_PROVED if "refused" in request.args else "")
    return page("console/proof_done.html", form=form)


@strictly_limited("sign-in", "sign_in_per_minute")
def _verify(principal: Principal, typed: str | None, answer: str) -> None:
    if typed:
        use(SignInService).with_password(principal.name, typed, address=principal.address)
    else:
        use(PasskeyService).prove(answer, browser=sessions.browser(), address=principal.address)


def _refuse(reason: str, fault: str) -> Response:
    authentication.record(current_principal(), None, reason)
    return _ask(fault)


def _ask(fault: str, *, status: int = 401) -> Response:
    sent = request.form.items(multi=True)
    fields = tuple((name, value) for name, value in sent if name not in _NOT_CARRIED)
    return _proof_page(CarriedForm(request.full_path.rstrip("?"), fields), fault=fault, status=status)


def _proof_page(form: CarriedForm, *, fault: str, status: int = 401) -> Response:
    passkeys, providers = use(PasskeyService), use(SingleSignOnService).proofs(current_principal().name)
    has_passkey = passkeys.available and bool(passkeys.own())
    kept = carried_forms.sealed(form, session=_session()) if providers else None
    response = page(
        "console/proof.html",
        status=status,
        scripts=has_passkey,
        form=form,
        fault=fault,
        field=FIELD,
        passkey_field=PASSKEY_FIELD,
        has_password=use(SignInService).by_password and use(UserService).has_own_password(),
        options=passkeys.ask_for_proof(browser=sessions.browser()) if has_passkey else None,
        origin=current_container().settings.public_url,
        providers=providers,
        is_kept=kept is not None,
    )
    if has_passkey:
        sessions.remember_browser(response)
    if kept is not None:
        carried_forms.keep(response, kept)
    else:
        carried_forms.drop(response)
    return response


def _session() -> str:
    return session_of(current_principal()) or ""
