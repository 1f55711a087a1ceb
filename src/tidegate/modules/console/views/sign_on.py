"""Single sign-on: to a provider of identities, and back."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Unauthenticated
from tidegate.domain.errors import Invalid, Unavailable
from tidegate.domain.passkeys import PasskeyPurpose
from tidegate.domain.sign_on import SignOnRefused
from tidegate.kernel.container import Work
from tidegate.kernel.http import authentication, sessions
from tidegate.kernel.http.declarations import public, signed_in
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_container, current_work, use
from tidegate.modules.console.views.account import ask_or_enter, delay, refuse, safe_address, unavailable
from tidegate.modules.console.views.frame import pages
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import SignInDelayed
from tidegate.modules.single_sign_on.service import SignOnAnswer, SingleSignOnService


@pages.get("/sign-in/<provider>")
@public
def begin_sign_on(provider: str) -> BaseResponse:
    """Lead to a provider."""
    following = safe_address(request.args.get("next", ""))
    try:
        address = use(SingleSignOnService).begin(provider, browser=sessions.browser(), following=following)
    except (Invalid, Unavailable) as error:
        return unavailable(error, following)
    response = redirect(address, 303)
    sessions.remember_browser(response)
    return response


@pages.get("/proof/<provider>")
@signed_in
def begin_proof(provider: str) -> BaseResponse:
    """Lead to a provider, to prove there anew who one is."""
    following = url_for("console.show_proof")
    try:
        address = use(SingleSignOnService).begin_proof(
            provider, browser=sessions.browser(), following=following
        )
    except (Invalid, Unavailable) as error:
        return unavailable(error, following)
    response = redirect(address, 303)
    sessions.remember_browser(response)
    return response


@pages.get("/sign-in/<provider>/answer")
@public
@strictly_limited("sign-in", "sign_in_per_minute")
def finish_sign_on(provider: str) -> BaseResponse:
    """Begin a session of somebody whom a provider has let in, or take the proof that one goes on with."""
    answer = SignOnAnswer(
        code=request.args.get("code", ""),
        state=request.args.get("state", ""),
        issuer=request.args.get("iss"),
        error=request.args.get("error", ""),
    )
    if use(SingleSignOnService).is_proof(answer):
        return _finish_proof(provider, answer)
    try:
        signed = use(SingleSignOnService).finish(
            provider, answer, browser=sessions.browser(), address=request.remote_addr or ""
        )
    except SignOnRefused as refused:
        return refuse(refused, safe_address(""), reason=refused.reason)
    except SignInDelayed as delayed:
        return delay(delayed, safe_address(""))
    except (Invalid, Unavailable) as error:
        return unavailable(error, safe_address(""))
    return ask_or_enter(signed.caller, safe_address(signed.following), first=PasskeyPurpose.AFTER_SIGN_ON)


def _finish_proof(provider: str, answer: SignOnAnswer) -> BaseResponse:
    """Take the proof of whoever is signed in; the address is public, so that their session is read here."""
    address, following = request.remote_addr or "", url_for("console.show_proof")
    try:
        caller = use(SessionService).caller_of(sessions.secret_of_request(), address=address)
    except Unauthenticated:
        return redirect(url_for("console.show_account"), 303)
    work = Work(current_container(), caller.principal, current_work().uow, caller.rights)
    try:
        following = work.use(SingleSignOnService).prove(
            provider, answer, user=caller.principal.name, browser=sessions.browser(), address=address
        )
    except SignOnRefused as refused:
        authentication.record(caller.principal, None, refused.reason)
        return redirect(url_for("console.show_proof", refused=provider), 303)
    except SignInDelayed as delayed:
        return delay(delayed, following)
    except (Invalid, Unavailable) as error:
        return unavailable(error, following)
    work.use(SessionService).prove()
    return redirect(safe_address(following), 303)
