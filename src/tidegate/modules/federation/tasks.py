"""Federation's work in the background: forgetting tokens that have long expired."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.domain.canonical import Json
from tidegate.kernel.container import Work
from tidegate.kernel.jobs.schedules import Schedule
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.federation.exchange import ExchangeService


def prune(work: Work, _: Mapping[str, Json]) -> str:
    """Delete what is known of expired tokens; safe to repeat."""
    return f"{work.use(ExchangeService).forget_expired()} expired tokens forgotten"


PRUNE = Task("federation.prune", prune, schedule=Schedule.daily("03:45"), in_transaction=False)
