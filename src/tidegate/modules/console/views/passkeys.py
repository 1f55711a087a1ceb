"""Passkeys: sign in with one; add, rename and remove one's own."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.errors import Conflict, Invalid
from tidegate.kernel.http import sessions
from tidegate.kernel.http.declarations import public, signed_in
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.console.views.account import ask_for_passkey, delay, enter, refuse, safe_address
from tidegate.modules.console.views.frame import pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.identity.sign_in import SignInDelayed
from tidegate.modules.passkeys.service import PasskeyService, PasskeyUnknown


@pages.post("/sign-in/passkey")
@public
def show_passkey() -> Response:
    """Ask for a passkey instead of a password."""
    options = use(PasskeyService).ask(browser=sessions.browser())
    return ask_for_passkey(safe_address(request.form.get("next", "")), options)


@pages.post("/sign-in/passkey/answer")
@public
@strictly_limited("sign-in", "sign_in_per_minute")
def sign_in_with_passkey() -> BaseResponse:
    """Begin a session where the passkey is right."""
    following, address = safe_address(request.form.get("next", "")), request.remote_addr or ""
    try:
        caller = use(PasskeyService).sign_in(
            request.form.get("answer", ""), browser=sessions.browser(), address=address
        )
    except PasskeyUnknown as refused:
        return refuse(refused, following, reason=refused.reason)
    except SignInDelayed as delayed:
        return delay(delayed, following)
    return enter(caller, following)


@pages.post("/account/passkeys/new")
@signed_in
@sensitive
def show_new_passkey() -> Response:
    """Ask for a new passkey."""
    return _new()


@pages.post("/account/passkeys")
@signed_in
@sensitive
def add_passkey() -> BaseResponse:
    """Keep a new passkey."""
    name = request.form.get("name", "")
    try:
        use(PasskeyService).add(request.form.get("answer", ""), name=name, browser=sessions.browser())
    except (Conflict, Invalid) as refused:
        return _new(name=name, fault=str(refused), status=422)
    return _back()


@pages.post("/account/passkeys/<passkey_id>/name")
@signed_in
def rename_passkey(passkey_id: str) -> BaseResponse:
    """Give one of one's own passkeys another name."""
    use(PasskeyService).rename(passkey_id, request.form.get("name", ""))
    return _back()


@pages.post("/account/passkeys/<passkey_id>/remove")
@signed_in
@sensitive
def remove_passkey(passkey_id: str) -> BaseResponse:
    """Remove one of one's own passkeys."""
    use(PasskeyService).remove(passkey_id)
    return _back()


def _new(*, name: str = "", fault: str = "", status: int = 200) -> Response:
    response = page(
        "console/passkey_new.html",
        scripts=True,
        options=use(PasskeyService).ask_for_new(browser=sessions.browser()),
        origin=current_container().settings.public_url,
        name=name,
        fault=fault,
        status=status,
    )
    sessions.remember_browser(response)
    return response


def _back() -> BaseResponse:
    return redirect(url_for("console.show_account"), 303)
