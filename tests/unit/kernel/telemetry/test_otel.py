"""Tests of traces: what becomes a span, what it holds, and what it never holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import text

from tests.fakes.web import settings_for
from tests.support import migrated
from tests.support.access import as_admin, let_in
from tests.support.api import junit
from tidegate.app import create_app
from tidegate.domain.errors import TidegateError
from tidegate.kernel.blobs import BlobStore
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.logging import logger
from tidegate.kernel.telemetry.otel import OpenTelemetryTracer

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """What keeps the spans."""
    return InMemorySpanExporter()


@pytest.fixture
def app(tmp_path: Path, exporter: InMemorySpanExporter) -> Iterator[Flask]:
    """Tidegate, traced."""
    settings = settings_for(tmp_path, RATE_LIMIT_ENABLED="false")
    database = Database.from_settings(settings)
    migrated.put_at(Path(str(database.url.database)))
    let_in(database.engine)
    tracer = OpenTelemetryTracer(exporter)
    tracer.follow_statements(database)
    container = Container(
        settings=settings,
        database=database,
        blobs=BlobStore.from_url(settings.blob_url),
        clock=SystemClock(),
        tracer=tracer,
    )
    yield create_app(settings, container)
    tracer.close()
    database.dispose()


def spans(app: Flask, exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    """Return everything that was sent; nothing is sent afterwards."""
    app.extensions["tidegate"].tracer.close()
    return list(exporter.get_finished_spans())


@pytest.mark.requirement("S1-31")
@pytest.mark.requirement("S2-23")
class TestRequests:
    def test_are_spans_that_continue_the_callers_trace(
        self, app: Flask, exporter: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client = as_admin(app.test_client())
        assert client.get("/api/v1/components?limit=7", headers=PARENT).status_code == 200

        line = json.loads(capsys.readouterr().out.splitlines()[-1])
        found = spans(app, exporter)
        (request,) = [span for span in found if span.name == "GET /api/v1/components"]
        statements = [span for span in found if span.name == "SELECT"]
        assert f"{request.context.trace_id:032x}" == line["trace_id"] == TRACE
        assert f"{request.context.span_id:016x}" == line["span_id"]
        assert statements and all(span.context.trace_id == request.context.trace_id for span in statements)
        assert request.resource.attributes["service.name"] == "tidegate"

    def test_hold_nothing_that_was_sent(self, app: Flask, exporter: InMemorySpanExporter) -> None:
        client = as_admin(app.test_client())
        facts = {"title": "marlin", "owner": "port"}
        client.put("/api/v1/components/harbour?swordfish=1", json=facts)
        client.put("/api/v1/components/harbour", json=facts)
        client.post(
            f"/api/v1/components/harbour/revisions/{'a' * 40}/evidence?slot=swordfish",
            data=junit(failed=1),
        )
        found = spans(app, exporter)
        assert len(found) > 5
        sent_out = "".join(span.to_json() for span in found)
        for sent in ("swordfish", "marlin", "it leaks"):
            assert sent not in sent_out

    def test_of_balancers_leave_no_trace(self, app: Flask, exporter: InMemorySpanExporter) -> None:
        client = as_admin(app.test_client())
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        assert spans(app, exporter) == []


@pytest.mark.requirement("S2-23")
class TestJobs:
    def test_are_spans_with_their_statements(
        self, app: Flask, exporter: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
    ) -> None:
        container = app.extensions["tidegate"]
        with container.tracer.job("a.b", "17"), container.database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            logger().info("within")
        logger().info("after")

        within, after = (json.loads(line) for line in capsys.readouterr().out.splitlines()[-2:])
        found = {span.name: span for span in spans(app, exporter)}
        job, statement = found["job a.b"], found["SELECT"]
        assert statement.parent is not None and statement.parent.span_id == job.context.span_id
        assert within["trace_id"] == f"{job.context.trace_id:032x}"
        assert "trace_id" not in after

    def test_that_fail_say_how_and_not_with_what(self, app: Flask, exporter: InMemorySpanExporter) -> None:
        tracer = app.extensions["tidegate"].tracer
        with pytest.raises(TidegateError), tracer.job("a.b", "17"):
            raise TidegateError("swordfish")
        (job,) = spans(app, exporter)
        assert job.status.status_code is StatusCode.ERROR
        assert (job.attributes or {})["error.type"] == "TidegateError"
        assert "swordfish" not in job.to_json()


class TestStatements:
    def test_that_fail_are_ended_with_the_kind_of_error(
        self, app: Flask, exporter: InMemorySpanExporter
    ) -> None:
        container = app.extensions["tidegate"]
        with container.tracer.job("a.b", "17"), container.database.engine.connect() as connection:
            with pytest.raises(Exception, match="no such table"):
                connection.execute(text("SELECT 1 FROM nowhere"))
        (failed,) = [span for span in spans(app, exporter) if span.name == "SELECT"]
        assert failed.status.status_code is StatusCode.ERROR
        assert (failed.attributes or {})["error.type"] == "OperationalError"
