"""People over HTTP: create, list, disable, passwords, sessions."""

from __future__ import annotations

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.conditional import Answer, answer
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.identity import examples
from tidegate.modules.identity.controller.frame import blueprint, done
from tidegate.modules.identity.schemas.people import (
    CodeSchema,
    NewUser,
    NewUserSchema,
    PasswordSchema,
    SessionSchema,
    UserChangeSchema,
    UserSchema,
)
from tidegate.modules.identity.service import UserChange, UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.set_up import SetUpService


@blueprint.get("/users")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(UserSchema, example=examples.USER)
def list_users(page: PageRequest) -> Answer:
    """List people.

    In the order of their names, those who are disabled among them.
    """
    return paged(use(UserService).users(page))


@blueprint.post("/users")
@blueprint.idempotent
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(NewUserSchema, example=examples.NEW_USER)
@blueprint.response(201, UserSchema, example=examples.USER)
@blueprint.problems(Conflict, Invalid)
def create_user(new: NewUser) -> Answer:
    """Create a person.

    Without a password and without a role: offer a password with `POST /users/{user}/password-code`, give a
    role with `POST /roles`.
    """
    made = use(UserService).create(new.name, display_name=new.display_name)
    return answer(made, status=201, location=f"/api/v1/users/{made.name}")


@blueprint.get("/users/<user>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(200, UserSchema, example=examples.USER)
@blueprint.problems(NotFound)
def show_user(user: str) -> Answer:
    """Show a person.

    The roles are listed by `GET /roles?user=…`.
    """
    return answer(use(UserService).user(user))


@blueprint.patch("/users/<user>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(UserChangeSchema, example=examples.USER_CHANGE)
@blueprint.response(200, UserSchema, example=examples.USER)
@blueprint.problems(NotFound, Conflict, Invalid)
def change_user(change: UserChange, user: str) -> Answer:
    """Change how a person is shown, or let them in no more.

    Who is disabled can neither sign in nor use tokens, and their sessions end; their tokens work again when
    they are enabled. The last administrator cannot be disabled. To say the same again changes nothing.
    """
    return answer(use(UserService).change(user, change))


@blueprint.put("/users/<user>/password")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(PasswordSchema, example=examples.PASSWORD)
@blueprint.response(204)
@blueprint.problems(NotFound, Invalid)
def set_password(password: str, user: str) -> Answer:
    """Give a person another password.

    All their sessions end. A code by which the person chooses one is better: then nobody else knows it.
    """
    use(UserService).set_password(user, password)
    return done()


@blueprint.post("/users/<user>/password-code")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(201, CodeSchema, example=examples.CODE)
@blueprint.problems(NotFound, Conflict)
def offer_password(user: str) -> Answer:
    """Make a code by which a person chooses a password.

    It is told here alone, works once and for a day, at the page `/choose-password`; an earlier one works no
    more. The password of now works until then.
    """
    return answer(use(SetUpService).offer_password(user), status=201, location="/choose-password")


@blueprint.get("/users/<user>/sessions")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(SessionSchema, example=examples.SESSION)
@blueprint.problems(NotFound)
def list_sessions(page: PageRequest, user: str) -> Answer:
    """List where a person is signed in.

    Newest first.
    """
    return paged(use(SessionService).sessions(user, page))


@blueprint.delete("/users/<user>/sessions/<session_id>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound)
def end_session(user: str, session_id: str) -> Answer:
    """End a session of a person.

    The browser that has it has to sign in again.
    """
    use(SessionService).end_one(user, session_id)
    return done()


@blueprint.delete("/users/<user>/sessions")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound)
def end_sessions(user: str) -> Answer:
    """End all sessions of a person.

    Every browser has to sign in again; tokens go on.
    """
    use(SessionService).end_all(user)
    return done()
