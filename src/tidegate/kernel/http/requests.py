"""What happens around every request: its id, its caller, its log line, its unit of work."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request
from jinja2 import StrictUndefined
from structlog.contextvars import bind_contextvars, clear_contextvars

from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.idempotency import IdempotencyKeys
from tidegate.kernel.http.rules import LazyRule
from tidegate.kernel.http.streams import Request
from tidegate.kernel.http.use import EXTENSION, current_container
from tidegate.kernel.logging import logger

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{8,128}")


class App(Flask):
    """Flask without coroutines: no view here is one, and looking for them costs every request a little."""

    request_class = Request
    url_rule_class = LazyRule
    jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def install(app: Flask, container: Container) -> None:
    """Give every request an id and a log line, and close its work when it ends."""
    app.extensions[EXTENSION] = container
    container.provide(IdempotencyKeys, lambda work: IdempotencyKeys(work.uow, container.clock))
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_appcontext(_close_work)


def _begin() -> None:
    g.started = perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    # Until callers can prove who they are, nobody is more than this.
    g.principal = ANONYMOUS
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)
    current_container().meter.update_pool_gauges()


def _finish(response: Response) -> Response:
    response.headers.add("X-Request-ID", g.request_id)
    seconds = perf_counter() - g.started
    route = rule.rule if (rule := request.url_rule) is not None else None
    method, status = request.method, response.status_code
    logger().info(
        "request.finished", method=method, route=route, status=status, duration_ms=round(seconds * 1000, 2)
    )
    current_container().meter.request(method=method, route=route, status=status, seconds=seconds)
    return response


def _close_work(_: BaseException | None) -> None:
    work: Work | None = g.pop("work", None)
    if work is not None:
        work.close()
        work.container.meter.update_pool_gauges()
