"""Probes over HTTP: how targets are, what they were, and a probe now."""

from __future__ import annotations

from datetime import datetime

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.use import use
from tidegate.modules.probes import examples
from tidegate.modules.probes.schemas import (
    HistorySchema,
    ProbeHistoryQuerySchema,
    ProbesQuerySchema,
    ProbesSchema,
)
from tidegate.modules.probes.service import ProbeService

blueprint = Blueprint(
    "probes",
    __name__,
    url_prefix="/api/v1/components/<component>/targets/<environment>",
    description="What targets answer when they are asked how they are.",
)


@blueprint.get("/probes")
@blueprint.requires(Permission.READ)
@blueprint.reads_replica
@blueprint.arguments(ProbesQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, ProbesSchema, example=examples.PROBES)
@blueprint.problems(NotFound)
def list_probes(component: str, environment: str, limit: int) -> Answer:
    """List the newest probes of a target.

    Every probe of the last PROBE_RAW_HOURS (48) is kept; its history has the hours before.
    """
    return answer(use(ProbeService).newest(component, environment, limit))


@blueprint.get("/history")
@blueprint.requires(Permission.READ)
@blueprint.reads_replica
@blueprint.arguments(ProbeHistoryQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, HistorySchema, example=examples.HISTORY)
@blueprint.problems(NotFound, Invalid)
def show_history(component: str, environment: str, start: datetime | None, end: datetime | None) -> Answer:
    """Show what probes found.

    By the hour, with uptime and latencies over the whole span. An hour without a probe is left out: it was
    neither up nor down.
    """
    return answer(use(ProbeService).history(component, environment, start, end))


@blueprint.post("/probe")
@blueprint.requires(Permission.OBSERVE, inside=True)
@blueprint.response(200, ProbesSchema, example=examples.PROBES)
@blueprint.problems(NotFound, Invalid)
def probe_target(component: str, environment: str) -> Answer:
    """Probe a target now.

    It is asked as the worker asks it, and what it says is recorded. A target that fails is a success of this
    request: read `state`. Safe to repeat; no `Idempotency-Key` is kept.
    """
    return answer(use(ProbeService).probe_now(component, environment))
