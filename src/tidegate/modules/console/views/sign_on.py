"""Single sign-on: to a provider of identities, and back."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.errors import Invalid, Unavailable
from tidegate.domain.sign_on import SignOnRefused
from tidegate.kernel.http import sessions
from tidegate.kernel.http.declarations import public
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import use
from tidegate.modules.console.views.account import delay, enter, refuse, safe_address, unavailable
from tidegate.modules.console.views.frame import pages
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


@pages.get("/sign-in/<provider>/answer")
@public
@strictly_limited("sign-in", "sign_in_per_minute")
def finish_sign_on(provider: str) -> BaseResponse:
    """Begin a session of somebody whom a provider has let in."""
    answer = SignOnAnswer(
        code=request.args.get("code", ""),
        state=request.args.get("state", ""),
        issuer=request.args.get("iss"),
        error=request.args.get("error", ""),
    )
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
    return enter(signed.caller, safe_address(signed.following))
