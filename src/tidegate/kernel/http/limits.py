"""How much one caller may ask for: requests a minute, and bytes a request."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address

from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.http.problem_table import BY_SLUG
from tidegate.kernel.http.problems import Occurrence
from tidegate.kernel.http.use import current_principal

if TYPE_CHECKING:
    from tidegate.settings import Settings

HEALTH_PATHS = frozenset({"/health", "/healthz", "/readyz"})
_WINDOW = 60
_REPORT_BYTES = "TIDEGATE_MAX_REPORT_BYTES"


def install(app: Flask, settings: Settings) -> None:
    """Limit the size of every request, and how often one caller may call where that is wanted."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_json_bytes
    app.config[_REPORT_BYTES] = settings.max_report_bytes
    if not settings.rate_limit_enabled:
        return
    limiter = Limiter(
        _caller,
        application_limits=[f"{settings.rate_limit_per_minute} per minute"],
        storage_uri=settings.rate_limit_storage_url,
        strategy="fixed-window",
        # Telling every caller what is left would cost each request a second look at the counter.
        headers_enabled=False,
        on_breach=_refuse,
        # A Redis that is away must neither stop the API nor lift the limit: each process counts by itself.
        in_memory_fallback_enabled=True,
        key_prefix="tidegate",
    )
    limiter.request_filter(_is_health_check)
    limiter.init_app(app)


def takes_report(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a request be as large as a report may be (MAX_REPORT_BYTES)."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        request.max_content_length = current_app.config[_REPORT_BYTES]
        return view(*args, **kwargs)

    return wrapper


def _caller() -> str:
    """Name who is counted: the caller where it is known, else the address that it calls from."""
    principal = current_principal()
    return get_remote_address() if principal == ANONYMOUS else str(principal)


def _refuse(limit: RequestLimit) -> Response:
    seconds = min(max(1, round(limit.reset_at - time.time())), _WINDOW)
    detail = f"More than {limit.limit.amount} requests came from this caller within a minute."
    problem = BY_SLUG["too-many-requests"]
    return Occurrence(problem, detail, headers={"Retry-After": str(seconds)}).response()


def _is_health_check() -> bool:
    return request.path in HEALTH_PATHS
