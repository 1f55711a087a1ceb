"""The session's cookie, and the token against forged forms: all that pages know of a browser.

The cookie holds a secret and nothing else; whose it is stands in the database. Flask's own signed cookie
holds the token of forms (Flask-WTF) and no more, so that forms are safe before anybody is known.
"""

from __future__ import annotations

import re
import secrets

from flask import Flask, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.wrappers import Response

_PLAIN, _BROWSER = "tidegate", "tidegate-browser"
_BROWSER_SECONDS = 600
_BROWSER_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FORMS = "tidegate-forms"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

csrf = CSRFProtect()


class FormCookie(SecureCookieSessionInterface):
    """Sends the cookie of forms over TLS alone where the request came so."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether browsers may send it over TLS alone."""
        return request.is_secure


def install(app: Flask, secret_key: str) -> None:
    """Let forms carry their token."""
    app.config |= {
        "SECRET_KEY": secret_key,
        "SESSION_COOKIE_NAME": _FORMS,
        "SESSION_COOKIE_SAMESITE": "Strict",
        # Asked for at pages alone (`protect`): the API reads no cookie, so nobody can forge its calls.
        "WTF_CSRF_CHECK_DEFAULT": False,
        # `security` has compared the Origin; pages send no referrer that could be compared as well.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,
    }
    app.session_interface = FormCookie()
    csrf.init_app(app)
    app.jinja_env.globals["csrf_token"] = generate_csrf


def protect() -> None:
    """Refuse a form that was not sent from a page of ours; raises Werkzeug's `BadRequest`."""
    if request.method not in _SAFE:
        csrf.protect()


def secret_of_request() -> str:
    """Return the secret of the session that a browser names, empty where it names none."""
    return request.cookies.get(cookie_name(), "")


def keep(response: Response, secret: str) -> None:
    """Have the browser name this session from now on."""
    response.set_cookie(
        cookie_name(), secret, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
    )


def drop(response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax", path="/")


def browser() -> str:
    """Return the secret by which a sign-in of several steps stays within one browser: its own, or a new one.

    Whoever answers with it has to have it kept by the browser (`remember_browser`).
    """
    if "browser" not in g:
        given = request.cookies.get(cookie_name(_BROWSER), "")
        g.browser = given if _BROWSER_SECRET.fullmatch(given) else secrets.token_urlsafe(32)
    known: str = g.browser
    return known


def remember_browser(response: Response) -> None:
    """Have the browser name itself for as long as a sign-in may take.

    Lax: the step back from a provider of identities comes from another site.
    """
    response.set_cookie(
        cookie_name(_BROWSER),
        browser(),
        max_age=_BROWSER_SECONDS,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def cookie_name(plain: str = _PLAIN) -> str:
    """Name a cookie: with TLS so that only this very host can have set it."""
    return f"__Host-{plain}" if request.is_secure else plain
