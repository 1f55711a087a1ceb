"""Who may call, from where, and what browsers may do: hosts, sites, origins, proxies, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from tidegate.kernel.http.problems import ProblemError

if TYPE_CHECKING:
    from tidegate.settings import Settings

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_SCRIPT_POLICY = f"{_PAGE_POLICY}; script-src 'self'"
_CALLING_POLICY = f"{_SCRIPT_POLICY}; connect-src 'self'"
_ANSWER_POLICY = "default-src 'none'; frame-ancestors 'none'"
_EXPOSED = ["ETag", "Link", "Location", "Retry-After", "X-Request-ID", "Idempotent-Replayed"]


def install(app: Flask, settings: Settings) -> None:
    """Refuse callers from elsewhere, and send the headers that keep browsers careful."""
    if settings.proxy_hops:
        hops = settings.proxy_hops
        # Flask's own way to put WSGI middleware around an app; mypy has no word for it.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    app.extensions["tidegate-origins"] = frozenset(settings.cors_origins)
    app.extensions["tidegate-hosts"] = frozenset(name.lower() for name in settings.allowed_hosts)
    if settings.allowed_hosts:
        app.before_request(_refuse_other_names)
    app.before_request(_refuse_bad_requests)
    app.after_request(_add_headers)
    if settings.cors_origins:
        CORS(app, origins=list(settings.cors_origins), expose_headers=_EXPOSED, max_age=600)


def _refuse_other_names() -> None:
    """Refuse a name that is not ours: another site may let its own name lead a browser to this machine.

    Werkzeug's trusted hosts know no IPv6 address.
    """
    host = request.host.lower()
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    if name not in current_app.extensions["tidegate-hosts"]:
        raise ProblemError("malformed", f"This server is not called {name!r}: see ALLOWED_HOSTS.")


def _refuse_bad_requests() -> None:
    """Refuse what no controller could make sense of, and pages of other sites that a browser sends here."""
    if "\0" in request.path or b"%00" in request.query_string:
        raise ProblemError(
            "malformed", "The address holds the character U+0000, which nothing is named with."
        )
    if request.method in _SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is None or origin in current_app.extensions["tidegate-origins"]:
        return
    # A page on another site must not act through its reader's browser, whatever it got hold of.
    if origin == "null" or urlsplit(origin).netloc != request.host:
        raise ProblemError("untrusted-origin", f"Pages of {origin} may not do this: see CORS_ORIGINS.")


def _policy_of_page() -> str:
    """Return what the page of this answer may do, which is little unless it says more (`pages.page`)."""
    if not g.get("scripts"):
        return _PAGE_POLICY
    return _CALLING_POLICY if g.get("calls_api") else _SCRIPT_POLICY


def _add_headers(response: Response) -> Response:
    headers = response.headers
    # `add` where nobody else sets the header: it does not look for an earlier one.
    headers.add("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":
        headers.add("Content-Security-Policy", _policy_of_page())
        # With `no-referrer` browsers hide the Origin of forms as well, which is compared above.
        headers.add("Referrer-Policy", "same-origin")
    else:
        headers.add("Content-Security-Policy", _ANSWER_POLICY)
    if "Cache-Control" not in headers:
        # What has a tag may be kept but must be asked about; nothing else may be kept.
        headers.add("Cache-Control", "private, no-cache" if "ETag" in headers else "no-store")
    return response
