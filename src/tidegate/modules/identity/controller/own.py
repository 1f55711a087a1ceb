"""The caller over HTTP: who it is, its own tokens and sessions."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.access import Binding, Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.principals import Principal
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import current_work, use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.identity import examples
from tidegate.modules.identity.controller.frame import blueprint, done, new_token, shown_token
from tidegate.modules.identity.schemas.people import CallerSchema, SessionSchema
from tidegate.modules.identity.schemas.tokens import (
    ApiTokenSchema,
    CreatedTokenSchema,
    NewOwnToken,
    NewOwnTokenSchema,
)
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.tokens import TokenService


@dataclass(frozen=True, slots=True)
class _Shown:
    principal: Principal
    roles: tuple[Binding, ...]
    permissions: tuple[Permission, ...]


@blueprint.get("/me")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, CallerSchema, example=examples.CALLER)
def show_caller() -> Answer:
    """Show who is asking.

    The caller as the audit log names it, its roles, and what it may do at least somewhere.
    """
    work = current_work()
    may = tuple(permission for permission in Permission if work.rights.somewhere(permission))
    roles = work.rights.bindings if work.rights.within is None else (work.rights.within,)
    return answer(_Shown(work.principal, roles, may))


@blueprint.get("/me/tokens")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(ApiTokenSchema, example=examples.OWN_TOKEN)
def list_own_tokens(page: PageRequest) -> Answer:
    """List one's own tokens.

    In the order of their names, those that work no more among them. A machine has none.
    """
    return paged(use(TokenService).own_tokens(page).map(shown_token))


@blueprint.post("/me/tokens")
@blueprint.idempotent_but_for("token")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.arguments(NewOwnTokenSchema, example=examples.NEW_OWN_TOKEN)
@blueprint.response(201, CreatedTokenSchema, example=examples.CREATED_OWN_TOKEN)
@blueprint.problems(Conflict, Invalid)
def create_own_token(new: NewOwnToken) -> Answer:
    """Create a token of one's own.

    It reaches no further than its person does, now and later. The token itself is in this answer alone: with
    `Idempotency-Key` a repeated request is answered without it. Made by another token it ends when that one
    does at the latest. Only people have tokens of their own.
    """
    made = use(TokenService).create_own(name=new.name, binding=new.binding, days=new.days)
    return answer(new_token(made), status=201, location="/api/v1/me/tokens")


@blueprint.delete("/me/tokens/<token_id>")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(204)
@blueprint.problems(NotFound, Conflict)
def revoke_own_token(token_id: str) -> Answer:
    """Revoke a token of one's own.

    It works no more from now on; to say it again changes nothing.
    """
    use(TokenService).revoke_own(token_id)
    return done()


@blueprint.get("/me/sessions")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(SessionSchema, example=examples.SESSION)
def list_own_sessions(page: PageRequest) -> Answer:
    """List where one is signed in.

    Newest first. A machine is signed in nowhere.
    """
    return paged(use(SessionService).own_sessions(page))


@blueprint.delete("/me/sessions/<session_id>")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(204)
@blueprint.problems(NotFound)
def end_own_session(session_id: str) -> Answer:
    """End one of one's own sessions.

    The browser that has it has to sign in again.
    """
    use(SessionService).end_own(session_id)
    return done()


@blueprint.delete("/me/sessions")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(204)
def end_own_sessions() -> Answer:
    """End all of one's own sessions.

    Every browser has to sign in again; tokens go on.
    """
    use(SessionService).end_all_own()
    return done()
