"""Verdicts over HTTP: judge, read, replay, and try a changed gate on history."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.records import StoredVerdict
from tidegate.domain.times import write_time
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import answer
from tidegate.kernel.http.documents import RulingSchema
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.verdicts import examples
from tidegate.modules.verdicts.schemas import (
    JudgementSchema,
    ReplaySchema,
    StoredVerdictSchema,
    TrialRequestSchema,
    TrialSchema,
    VerdictQuery,
)
from tidegate.modules.verdicts.service import VerdictService

blueprint = Blueprint(
    "verdicts", __name__, url_prefix="/api/v1", description="What gates say of revisions, and why."
)


@blueprint.post("/components/<component>/revisions/<revision>/verdicts")
@blueprint.arguments(JudgementSchema, example={"environment": "production"})
@blueprint.response(201, RulingSchema, example=examples.RULING)
@blueprint.problems(NotFound, Invalid)
def judge_revision(wanted: dict[str, str], component: str, revision: str) -> Any:
    """Judge a revision now.

    Evidence is judged when it is submitted; ask again when time has passed, as evidence grows stale and gates
    change. It is safe to repeat, and no `Idempotency-Key` is kept: every answer is judged when it is asked
    for. The server knows no waivers before people can sign in; only `tidegate check --waivers` does.
    """
    ruling = use(VerdictService).judge(component, revision, environment=wanted["environment"])
    return answer(ruling, status=201, location=f"/api/v1/verdicts/{ruling.id}")


@blueprint.get("/verdicts")
@blueprint.page_of(StoredVerdictSchema, example=examples.STORED, query=VerdictQuery)
@blueprint.problems(NotFound, Invalid)
def list_verdicts(page: PageRequest, component: str | None, revision: str | None, state: str | None) -> Any:
    """List verdicts, newest first.

    With `component` and `revision` those on one revision; with `state` those of one state. This is history:
    whether something may ship now is told by judging it now.
    """
    found = use(VerdictService).verdicts(page, component=component, commit=revision, state=state)
    return paged(found.map(_shown))


@blueprint.get("/verdicts/<verdict_id>")
@blueprint.response(200, StoredVerdictSchema, example=examples.STORED)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_verdict(verdict_id: str) -> Any:
    """Show a verdict.

    Verdicts never change: what is shown is what was said at its time, and says nothing of now.
    """
    found = use(VerdictService).verdict(verdict_id)
    return answer(_shown(found), version=found.digest)


@blueprint.get("/verdicts/<verdict_id>/replay")
@blueprint.response(200, ReplaySchema, example=examples.REPLAY)
@blueprint.problems(NotFound, Invalid)
def replay_verdict(verdict_id: str) -> Any:
    """Make a verdict again from what was recorded with it.

    `same` tells whether it came out byte for byte as it was.
    """
    replayed = use(VerdictService).replay(verdict_id)
    return {
        "same": replayed.same,
        "recorded": replayed.recorded,
        "replayed": replayed.replayed,
        "verdict": replayed.verdict.to_document(),
    }


@blueprint.get("/verdicts/<verdict_id>/inputs")
@blueprint.response(200, {"type": "object"}, example={"engine": "2"})
@blueprint.problems(NotFound, Invalid)
def show_verdict_inputs(verdict_id: str) -> Response:
    """Show everything that a verdict was made of.

    Gate, evidence, time and subject in canonical form: `tidegate verdict replay` proves the verdict from it
    without trusting this server.
    """
    return Response(use(VerdictService).inputs(verdict_id).canonical(), content_type="application/json")


@blueprint.post("/gate-trials")
@blueprint.arguments(TrialRequestSchema, example={"gate": {"name": "production", "rules": []}, "last": 100})
@blueprint.response(200, TrialSchema, example=examples.TRIAL)
@blueprint.problems(NotFound, Invalid)
def try_gate(wanted: dict[str, Any]) -> Any:
    """Try a gate on history.

    Which of the last revisions would it have stopped? Each is judged as of its last evidence; nothing is
    recorded, so asking is safe to repeat.
    """
    trial = use(VerdictService).try_on_history(
        wanted["gate"], last=wanted["last"], component=wanted["component"]
    )
    revisions = [
        {
            "component": one.component,
            "revision": one.commit,
            "state": str(one.verdict.state),
            "verdict": one.verdict.to_document(),
        }
        for one in trial.tried
    ]
    return {
        "gate": {"name": trial.gate.name, "digest": trial.gate.digest},
        "tried": len(revisions),
        "stopped": trial.stopped,
        "revisions": revisions,
    }


def _shown(stored: StoredVerdict) -> dict[str, Any]:
    return {
        "id": stored.id,
        "number": stored.number,
        "digest": stored.digest,
        "given_at": write_time(stored.given_at),
        "verdict": msgspec.json.decode(stored.document),
    }
