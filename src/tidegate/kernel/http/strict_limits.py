"""Limits of what must never be tried without being counted: where the counter is away, the door is closed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from tidegate.domain.errors import Unavailable
from tidegate.kernel.http.problems import ProblemError

if TYPE_CHECKING:
    from tidegate.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
_COUNTER = "tidegate-strict-counter"


def install(app: Flask, settings: Settings) -> None:
    """Count where requests are counted (RATE_LIMIT_STORAGE_URL)."""
    storage = storage_from_string(settings.rate_limit_storage_url, wrap_exceptions=True)
    app.extensions[_COUNTER] = (FixedWindowRateLimiter(storage), settings)


def strictly_limited(what: str, setting: str) -> Callable[[F], Callable[..., Any]]:
    """Let an address try a view as often a minute as a setting says, and not at all where nobody can count.

    Raises `ProblemError` (429) and `Unavailable`. Holds also where RATE_LIMIT_ENABLED is off.
    """

    def decorator(view: F) -> Callable[..., Any]:
        @wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            _count(what, setting)
            return view(*args, **kwargs)

        return wrapper

    return decorator


def _count(what: str, setting: str) -> None:
    limiter, settings = current_app.extensions[_COUNTER]
    limit = RateLimitItemPerMinute(getattr(settings, setting))
    key = ("tidegate-strict", what, get_remote_address())
    try:
        allowed = limiter.hit(limit, *key)
        reset = limiter.get_window_stats(limit, *key).reset_time if not allowed else 0.0
    except StorageError as error:
        raise Unavailable("Attempts cannot be counted just now, so none is allowed; try again.") from error
    if not allowed:
        seconds = max(1, math.ceil(reset - time.time()))
        raise ProblemError(
            "too-many-requests",
            f"More than {limit.amount} attempts came from this address within a minute.",
            headers={"Retry-After": str(seconds)},
        )
