"""Traces by OpenTelemetry: requests, what they ask the database, and jobs; needs `tidegate[otel]`.

Everything is set by the standard variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …), which the
library reads itself. No span holds what users sent: statements come without their values, addresses without
their queries, errors without their messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Flask, request
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, StatusCode
from opentelemetry.trace import Tracer as OtelTracer
from opentelemetry.trace import get_current_span
from structlog.contextvars import bind_contextvars, unbind_contextvars

import tidegate
from tidegate.kernel.telemetry.statements import Statements
from tidegate.kernel.telemetry.tracer import Tracer

if TYPE_CHECKING:
    from tidegate.kernel.db.engine import Database

# What balancers and Prometheus ask all day long.
_UNTRACED = "/health$,/healthz$,/readyz$,/metrics$"
# By the older and the newer convention: each of these may hold the query, which is nobody's business.
_ADDRESSES = ("http.target", "http.url", "url.full", "url.query")


class OpenTelemetryTracer(Tracer):
    """Hands spans to an exporter in batches, from a thread of its own; made after a fork, never before."""

    def __init__(self, exporter: SpanExporter) -> None:
        named = Resource({"service.name": "tidegate", "service.version": tidegate.__version__})
        self._provider = TracerProvider(resource=named.merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: OtelTracer = self._provider.get_tracer("tidegate", tidegate.__version__)

    def follow_requests(self, app: Flask) -> None:
        """Make a span of each request, and name it in the request's log lines."""
        FlaskInstrumentor().instrument_app(  # type: ignore[no-untyped-call]  # the library gives it no types
            app, tracer_provider=self._provider, excluded_urls=_UNTRACED, enable_commenter=False
        )
        app.before_request(_name_the_span)

    def follow_statements(self, database: Database) -> None:
        """Make a span of each statement within a span."""
        Statements(self._tracer, system=database.dialect).follow(database.engine)

    @contextmanager
    def job(self, task: str, job: str) -> Iterator[None]:
        """Make a span of one attempt at a job, and name it in the log lines of its thread."""
        with self._tracer.start_as_current_span(
            f"job {task}",
            attributes={"tidegate.task": task, "tidegate.job": job},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            _bind(span)
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise
            finally:
                unbind_contextvars("trace_id", "span_id")

    def close(self) -> None:
        """Send what was not sent yet."""
        self._provider.shutdown()


def _name_the_span() -> None:
    span = get_current_span()
    if isinstance(span, ReadableSpan):
        for attribute in set(_ADDRESSES).intersection(span.attributes or ()):
            span.set_attribute(attribute, "" if attribute == "url.query" else request.path)
    _bind(span)


def _bind(span: Span) -> None:
    context = span.get_span_context()
    if context.is_valid:
        bind_contextvars(trace_id=f"{context.trace_id:032x}", span_id=f"{context.span_id:016x}")
