"""Verdicts over HTTP: judge, read, replay, and try a changed gate on history."""

from __future__ import annotations

from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
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
    VerdictInputsSchema,
    VerdictQuery,
)
from tidegate.modules.verdicts.service import GateTrial, Judgement, VerdictService

blueprint = Blueprint(
    "verdicts", __name__, url_prefix="/api/v1", description="What gates say of revisions, and why."
)


@blueprint.post("/components/<component>/revisions/<revision>/verdicts")
@blueprint.requires(Permission.JUDGE, inside=True)
@blueprint.arguments(JudgementSchema, example={"environment": "production"})
@blueprint.response(201, RulingSchema, example=examples.RULING)
@blueprint.problems(NotFound, Invalid)
@blueprint.main_job(5, "Ask for the verdict of now.")
def judge_revision(wanted: Judgement, component: str, revision: str) -> Answer:
    """Judge a revision now.

    Evidence is judged when it is submitted; ask again when time has passed, as evidence grows stale and gates
    change. It is safe to repeat, and no `Idempotency-Key` is kept: every answer is judged when it is asked
    for. The server knows no waivers yet; only `tidegate check --waivers` does.
    """
    ruling = use(VerdictService).judge(component, revision, environment=wanted.environment)
    return answer(ruling, status=201, location=f"/api/v1/verdicts/{ruling.id}")


@blueprint.get("/verdicts")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.page_of(StoredVerdictSchema, example=examples.STORED, query=VerdictQuery)
@blueprint.problems(NotFound, Invalid)
def list_verdicts(
    page: PageRequest, component: str | None, revision: str | None, state: str | None
) -> Answer:
    """List verdicts, newest first.

    Those on components that the caller may read: with `component` on the revisions of this one, with
    `revision` as well on one of them; with `state` those of one state. This is history: whether something may
    ship now shows by judging it now.
    """
    found = use(VerdictService).verdicts(page, component=component, commit=revision, state=state)
    return paged(found)


@blueprint.get("/verdicts/<verdict_id>")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, StoredVerdictSchema, example=examples.STORED)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_verdict(verdict_id: str) -> Answer:
    """Show a verdict.

    Verdicts never change: what is shown is what was said at its time, and says nothing of now.
    """
    found = use(VerdictService).verdict(verdict_id)
    return answer(found, version=found.digest)


@blueprint.get("/verdicts/<verdict_id>/replay")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, ReplaySchema, example=examples.REPLAY)
@blueprint.problems(NotFound, Invalid)
def replay_verdict(verdict_id: str) -> Answer:
    """Recompute a verdict from its recorded inputs.

    `same` tells whether it came out byte for byte as it was.
    """
    return answer(use(VerdictService).replay(verdict_id))


@blueprint.get("/verdicts/<verdict_id>/inputs")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, VerdictInputsSchema, example=examples.INPUTS)
@blueprint.problems(NotFound, Invalid)
def show_verdict_inputs(verdict_id: str) -> Response:
    """Show the recorded inputs of a verdict.

    Gate, evidence, time and subject in canonical form: `tidegate verdict replay` proves the verdict from it
    without trusting this server.
    """
    return Response(use(VerdictService).inputs(verdict_id).canonical(), content_type="application/json")


@blueprint.post("/gate-trials")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.arguments(TrialRequestSchema, example=examples.TRIAL_REQUEST)
@blueprint.response(200, TrialSchema, example=examples.TRIAL)
@blueprint.problems(NotFound, Invalid)
def try_gate(wanted: GateTrial) -> Answer:
    """Try a gate on history.

    Which of the last revisions would it have stopped? Each is judged as of its last evidence; nothing is
    recorded, so asking is safe to repeat.
    """
    return answer(use(VerdictService).try_on_history(wanted))
