"""Federation over HTTP: trusted publishers, and the exchange of their jobs' tokens."""

from __future__ import annotations

from flask import Response, request

from tidegate.domain.access import Permission, Unauthenticated
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.strict_limits import strictly_limited
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.federation import examples
from tidegate.modules.federation.exchange import ExchangeService
from tidegate.modules.federation.schemas import (
    ExchangedTokenSchema,
    ExchangeRequest,
    ExchangeRequestSchema,
    NewPublisher,
    NewPublisherSchema,
    PublisherSchema,
)
from tidegate.modules.federation.service import PublisherService

blueprint = Blueprint(
    "federation", __name__, url_prefix="/api/v1", description="Pipelines that need no secret."
)


@blueprint.post("/token-exchange")
@blueprint.public
@strictly_limited("token-exchange", "token_exchange_per_minute")
@blueprint.arguments(ExchangeRequestSchema, example=examples.EXCHANGE)
@blueprint.response(200, ExchangedTokenSchema, example=examples.EXCHANGED)
@blueprint.problems(Unauthenticated, Conflict)
def exchange_token(given: ExchangeRequest) -> Answer:
    """Exchange a job's identity token for an API token.

    A job of GitHub Actions, GitLab CI or another OpenID Connect issuer sends the token that its own system
    signed for this server, once; where a trusted publisher matches, it gets a token of 15 minutes.
    """
    made = use(ExchangeService).exchange(
        given.token, publisher=given.publisher, address=request.remote_addr or ""
    )
    return answer(made)


@blueprint.post("/publishers")
@blueprint.idempotent
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(NewPublisherSchema, example=examples.NEW_PUBLISHER)
@blueprint.response(201, PublisherSchema, example=examples.PUBLISHER)
@blueprint.problems(Conflict, Invalid)
def add_publisher(new: NewPublisher) -> Answer:
    """Trust the jobs of a publisher.

    Claims are compared word for word: identifiers of the repository and its owner, which stay when names
    change hands, and optionally environment, ref and workflow.
    """
    made = use(PublisherService).add(
        name=new.name, provider=new.provider, issuer=new.issuer, claims=new.claims, binding=new.binding
    )
    return answer(made, status=201, location=f"/api/v1/publishers/{made.name}")


@blueprint.get("/publishers")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(PublisherSchema, example=examples.PUBLISHER)
def list_publishers(page: PageRequest) -> Answer:
    """List the trusted publishers.

    In the order of their names.
    """
    return paged(use(PublisherService).publishers(page))


@blueprint.get("/publishers/<publisher>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(200, PublisherSchema, example=examples.PUBLISHER)
@blueprint.problems(NotFound)
def show_publisher(publisher: str) -> Answer:
    """Show a trusted publisher.

    With what its jobs' tokens have to claim, and what they may do.
    """
    return answer(use(PublisherService).publisher(publisher))


@blueprint.delete("/publishers/<publisher>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound)
def remove_publisher(publisher: str) -> Response:
    """Trust a publisher no more.

    The tokens that its jobs have at that moment end with it.
    """
    use(PublisherService).remove(publisher)
    return Response(status=204)
