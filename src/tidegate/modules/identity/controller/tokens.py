"""API tokens over HTTP, as administrators look after them: create for machines, list, rotate, revoke."""

from __future__ import annotations

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.identity import examples
from tidegate.modules.identity.controller.frame import blueprint, done, new_token, shown_token
from tidegate.modules.identity.schemas.tokens import (
    ApiTokenSchema,
    CreatedTokenSchema,
    NewMachineToken,
    NewMachineTokenSchema,
    RotationSchema,
    TokenQuery,
    TokenRotation,
)
from tidegate.modules.identity.tokens import TokenService


@blueprint.get("/tokens")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(ApiTokenSchema, example=examples.TOKEN, query=TokenQuery)
def list_tokens(page: PageRequest, user: str | None) -> Answer:
    """List API tokens.

    Of machines and of people, in the order of their names, those that work no more among them.
    """
    return paged(use(TokenService).tokens(page, user=user).map(shown_token))


@blueprint.post("/tokens")
@blueprint.idempotent_but_for("token")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(NewMachineTokenSchema, example=examples.NEW_TOKEN)
@blueprint.response(201, CreatedTokenSchema, example=examples.CREATED_TOKEN)
@blueprint.problems(Conflict, Invalid)
def create_token(new: NewMachineToken) -> Answer:
    """Create a token for a machine.

    The token itself is in this answer alone: with `Idempotency-Key` a repeated request is answered without
    it. People make their own: `POST /me/tokens`.
    """
    made = use(TokenService).create(name=new.name, binding=new.binding, days=new.days)
    return answer(new_token(made), status=201, location=f"/api/v1/tokens/{made.token.id}")


@blueprint.get("/tokens/<token_id>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(200, ApiTokenSchema, example=examples.TOKEN)
@blueprint.problems(NotFound)
def show_token(token_id: str) -> Answer:
    """Show a token.

    What it may do, until when, and when it was used last; never the token itself.
    """
    return answer(shown_token(use(TokenService).token(token_id)))


@blueprint.post("/tokens/<token_id>/rotation")
@blueprint.idempotent_but_for("token")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(RotationSchema, example=examples.ROTATION)
@blueprint.response(201, CreatedTokenSchema, example=examples.ROTATED_TOKEN)
@blueprint.problems(NotFound, Conflict, Invalid)
def rotate_token(rotation: TokenRotation, token_id: str) -> Answer:
    """Create a token in another one's place.

    The old one works for a while longer, so that those who use it can take the new one. The token itself is
    in this answer alone.
    """
    made = use(TokenService).rotate(token_id, overlap=rotation.overlap, days=rotation.days)
    return answer(new_token(made), status=201, location=f"/api/v1/tokens/{made.token.id}")


@blueprint.delete("/tokens/<token_id>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound)
def revoke_token(token_id: str) -> Answer:
    """Revoke a token.

    It works no more from now on, and stays in the list; to say it again changes nothing.
    """
    use(TokenService).revoke(token_id)
    return done()
