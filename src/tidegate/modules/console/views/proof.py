"""Sensitive acts: who signed in long ago proves again who they are, then goes on with what they did."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Unauthenticated
from tidegate.domain.principals import Principal
from tidegate.kernel.http import authentication, sessions
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_principal, use
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.sign_in import SignInDelayed, SignInService

FIELD = "proof_of_person"
_NOT_CARRIED = frozenset({FIELD, "csrf_token", "password", "username"})

View = Callable[..., BaseResponse]


def sensitive(view: View) -> View:
    """Let a form be sent by those alone who have lately proved who they are; stands below `requires`.

    Who has not is asked for the password, on a page that carries the form's other fields: they are sent to
    the same address again, so nothing is lost and nobody is led elsewhere. What succeeds gives the session
    another secret: it may have changed what its person may do.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> BaseResponse:
        if not use(SessionService).is_fresh():
            asked = _prove()
            if asked is not None:
                return asked
        response = make_response(view(*args, **kwargs))
        secret = use(SessionService).renew()
        if secret is None:
            sessions.drop(response)
        else:
            sessions.keep(response, secret)
        return response

    return wrapper


def _prove() -> Response | None:
    """Take the proof that was sent; returns the page that asks for it where there is none that is right."""
    typed, principal = request.form.get(FIELD), current_principal()
    if not typed:
        return _ask("")
    try:
        _verify(principal, typed)
    except Unauthenticated:
        authentication.record(principal, None, "The password that a sensitive act asks for was not right.")
        return _ask("The password is not right.")
    except SignInDelayed as delayed:
        asked = _ask(str(delayed), status=429)
        asked.headers["Retry-After"] = str(delayed.seconds)
        return asked
    use(SessionService).prove()
    return None


@strictly_limited("sign-in", "sign_in_per_minute")
def _verify(principal: Principal, typed: str) -> None:
    use(SignInService).with_password(principal.name, typed, address=principal.address)


def _ask(fault: str, *, status: int = 401) -> Response:
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_CARRIED]
    return page(
        "console/proof.html",
        status=status,
        fields=fields,
        fault=fault,
        field=FIELD,
        has_password=use(SignInService).by_password and use(UserService).has_own_password(),
    )
