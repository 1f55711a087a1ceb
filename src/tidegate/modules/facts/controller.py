"""Facts over HTTP: declare, observe, withdraw and read them."""

from __future__ import annotations

from datetime import datetime

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.facts import FactSubject, Side
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.use import use
from tidegate.modules.facts import examples
from tidegate.modules.facts.schemas import (
    FactListSchema,
    FactQuerySchema,
    HistoryQuerySchema,
    ObservedSchema,
    SubjectQuerySchema,
    ToldResultSchema,
    ToldSchema,
    WithdrawalSchema,
)
from tidegate.modules.facts.service import FactService, FactsOfSubject, ToldFacts

blueprint = Blueprint(
    "facts",
    __name__,
    url_prefix="/api/v1/components/<component>/facts",
    description="What was declared and what was observed, with source and time.",
)


@blueprint.get("")
@blueprint.requires(Permission.READ)
@blueprint.reads_replica
@blueprint.arguments(FactQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, FactListSchema, example=examples.FACTS)
@blueprint.problems(NotFound, Invalid)
def list_facts(component: str, environment: str | None, side: str | None, at: datetime | None) -> Answer:
    """List the facts of a component, or of its target in an environment.

    In the order of their fields, what was declared first; as of now, or of any moment since facts are kept.
    """
    sides = tuple(Side) if side is None else (Side(side),)
    subject = FactSubject(component, environment or "")
    return answer(use(FactService).of_subject(subject, sides, at=at))


@blueprint.post("/declared")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(SubjectQuerySchema, location="query", as_kwargs=True)
@blueprint.arguments(ToldSchema, example=examples.TOLD)
@blueprint.response(200, ToldResultSchema, example=examples.CHANGES)
@blueprint.problems(NotFound, Invalid)
def declare_facts(told: ToldFacts, component: str, environment: str | None) -> Answer:
    """Declare facts.

    They hold from now on. Fields that are not named stay as they are; saying the same again changes nothing.
    """
    return answer(use(FactService).tell(FactSubject(component, environment or ""), Side.DECLARED, told))


@blueprint.post("/observed")
@blueprint.requires(Permission.OBSERVE, inside=True)
@blueprint.arguments(SubjectQuerySchema, location="query", as_kwargs=True)
@blueprint.arguments(ObservedSchema, example=examples.TOLD)
@blueprint.response(200, ToldResultSchema, example=examples.CHANGES)
@blueprint.problems(NotFound, Conflict, Invalid)
def observe_facts(told: ToldFacts, component: str, environment: str | None) -> Answer:
    """Report facts that were observed.

    What is older than what is known changes nothing, so reports may arrive in any order. What probes observe
    (`health.state`, `http.status` and what an answer tells) only who may describe the target reports as well.
    """
    return answer(use(FactService).tell(FactSubject(component, environment or ""), Side.OBSERVED, told))


@blueprint.delete("/<field>/declared")
@blueprint.requires(Permission.DESCRIBE_TARGET, inside=True)
@blueprint.arguments(SubjectQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, WithdrawalSchema, example={"changes": [examples.WITHDRAWN]})
@blueprint.problems(NotFound, Invalid)
def withdraw_declaration(component: str, field: str, environment: str | None) -> Answer:
    """Withdraw what was declared.

    The field is declared no more; its history stays. One that was not declared is no fault.
    """
    subject = FactSubject(component, environment or "")
    return answer(use(FactService).withdraw(subject, Side.DECLARED, [field]))


@blueprint.delete("/<field>/observed")
@blueprint.requires(Permission.OBSERVE, inside=True)
@blueprint.arguments(SubjectQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, WithdrawalSchema, example={"changes": [examples.WITHDRAWN]})
@blueprint.problems(NotFound, Conflict, Invalid)
def withdraw_observation(component: str, field: str, environment: str | None) -> Answer:
    """Withdraw what was observed.

    The field has no observed value from now on; its history stays. One that has none is no fault.
    """
    subject = FactSubject(component, environment or "")
    return answer(use(FactService).withdraw(subject, Side.OBSERVED, [field]))


@blueprint.get("/<field>/history")
@blueprint.requires(Permission.READ)
@blueprint.reads_replica
@blueprint.arguments(HistoryQuerySchema, location="query", as_kwargs=True)
@blueprint.response(200, FactListSchema, example=examples.FACTS)
@blueprint.problems(NotFound, Invalid)
def list_fact_history(component: str, field: str, environment: str | None, side: str, limit: int) -> Answer:
    """List the values that a field has had.

    Newest first; without `side` those that were observed.
    """
    subject = FactSubject(component, environment or "")
    facts = use(FactService).history(subject, Side(side), field, most=limit)
    return answer(FactsOfSubject(facts))
