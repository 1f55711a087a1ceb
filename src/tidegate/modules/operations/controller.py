"""What balancers, orchestrators and Prometheus ask: /health, /healthz, /readyz, /status, /metrics."""

from __future__ import annotations

import msgspec
from flask import Response, request
from marshmallow import Schema

from tidegate.kernel.flags import Flags
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.use import current_container, use
from tidegate.modules.operations import examples
from tidegate.modules.operations.schemas import HealthSchema, PulseSchema, StatusSchema
from tidegate.modules.operations.service import ExplainerState, HealthService, MetricsService, Pulse, Status
from tidegate.settings import Settings

blueprint = Blueprint("operations", __name__, description="Whether Tidegate itself works.")

MEDIA_TYPE = "application/health+json"
_NO_MODEL = ExplainerState(
    False, "None is configured (EXPLAIN_URL, EXPLAIN_MODEL): explanations are written by rule."
)


@blueprint.get("/health")
@blueprint.public
@blueprint.response(200, HealthSchema, content_type=MEDIA_TYPE, example=examples.HEALTHY)
@blueprint.alt_response(
    503, schema=HealthSchema, content_type=MEDIA_TYPE, example=examples.UNHEALTHY, description="A part fails."
)
def health() -> Response:
    """Report the health of every part.

    The database, its schema, the blob store and the modules are really asked, side by side. A part that
    does not answer in time has failed, and one failed part makes the answer 503.
    """
    found = use(HealthService).health()
    return _answer(HealthSchema(), found.report(passed=found.passed))


@blueprint.get("/healthz")
@blueprint.public
@blueprint.response(200, PulseSchema, content_type=MEDIA_TYPE, example=examples.PULSE)
def alive() -> Response:
    """Check that the process is alive.

    Nothing else is asked: restart the process when this fails, and only then.
    """
    return _answer(PulseSchema(), Pulse(passed=True, time=use(HealthService).now()))


@blueprint.get("/readyz")
@blueprint.public
@blueprint.response(200, HealthSchema, content_type=MEDIA_TYPE, example=examples.READY)
@blueprint.alt_response(
    503, schema=HealthSchema, content_type=MEDIA_TYPE, example=examples.UNREADY, description="Not ready."
)
def ready() -> Response:
    """Check that requests can be answered.

    503 unless the database answers and its schema is at the newest version. Send no requests meanwhile.
    """
    found = use(HealthService).readiness()
    return _answer(HealthSchema(), found.report(passed=found.ready))


@blueprint.get("/status")
@blueprint.public
@blueprint.response(200, StatusSchema, example=examples.STATUS)
def status() -> Answer:
    """Show version, modules, flags and status.

    The answer is 200 whatever the state is; balancers ask /readyz instead.
    """
    found = use(HealthService).health()
    settings = current_container().settings
    runs = Status(
        status=found.operational,
        time=found.time,
        environment=settings.environment,
        commit=settings.git_commit or None,
        modules=current_container().module_names,
        flags=use(Flags).all(),
        model=_model(settings),
    )
    return answer(runs)


@blueprint.get("/metrics")
@blueprint.public
@blueprint.response(200, content_type="text/plain", description="The metrics.")
@blueprint.doc(responses={"200": {"content": examples.METRICS_CONTENT}})
@blueprint.problems("not-found")
def metrics() -> Response:
    """Export metrics for Prometheus.

    Counted over every process of this server since it started; OpenMetrics where `Accept` asks for it. 404
    unless ENABLE_MONITORING is true. Names end in their unit, labels have few values.
    """
    service = use(MetricsService)
    if not service.on:
        raise ProblemError("not-found", "Nothing is counted here: ENABLE_MONITORING=true turns it on.")
    body, content_type = service.page(request.headers.get("Accept", ""))
    return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def _answer(schema: Schema, found: Pulse) -> Response:
    body = msgspec.json.encode(schema.dump(found))
    return Response(body, 200 if found.passed else 503, content_type=MEDIA_TYPE)


def _model(settings: Settings) -> ExplainerState:
    """Say whether a model can be asked; who asks for `/status` has it asked nothing."""
    if not settings.explanations:
        return _NO_MODEL
    key = "with a key" if settings.explain_api_key else "without a key"
    return ExplainerState(True, f"{settings.explain_model} at {settings.explain_host}, {key}.")
