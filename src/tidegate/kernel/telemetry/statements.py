"""A span for each statement; OpenTelemetry's own package for it does not know SQLAlchemy 2.1 yet."""

from __future__ import annotations

from typing import Any

from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext

# A key of `Connection.info`: the spans of the statements that run, newest last.
_SPANS = "tidegate_spans"


class Statements:
    """Listens to an engine. What runs outside any span, such as a health check, makes no trace of its own."""

    def __init__(self, tracer: Tracer, *, system: str) -> None:
        self._tracer = tracer
        self._system = system

    def follow(self, engine: Engine) -> None:
        """Listen from now on."""
        event.listen(engine, "before_cursor_execute", self._begin)
        event.listen(engine, "after_cursor_execute", self._end)
        event.listen(engine, "handle_error", self._fail)

    def _begin(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not get_current_span().get_span_context().is_valid:
            return
        verb = statement.lstrip().partition(" ")[0].upper()
        span = self._tracer.start_span(
            verb,
            kind=SpanKind.CLIENT,
            attributes={"db.system.name": self._system, "db.query.text": statement},
        )
        connection.info.setdefault(_SPANS, []).append(span)

    def _end(self, connection: Connection, *_: Any) -> None:
        if spans := connection.info.get(_SPANS):
            span: Span = spans.pop()
            span.end()

    def _fail(self, context: ExceptionContext) -> None:
        connection = context.connection
        if connection is not None and (spans := connection.info.get(_SPANS)):
            span: Span = spans.pop()
            # Its message may hold values that users sent.
            span.set_attribute("error.type", type(context.original_exception).__name__)
            span.set_status(StatusCode.ERROR)
            span.end()
