"""Groups and roles over HTTP: who is in which group, and who has which role."""

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
    GrantedRoleSchema,
    GroupMemberSchema,
    GroupSchema,
    NewRole,
    NewRoleSchema,
    RoleQuery,
)
from tidegate.modules.identity.service import UserService


@blueprint.get("/groups")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(GroupSchema, example=examples.GROUP)
def list_groups(page: PageRequest) -> Answer:
    """List groups.

    In the order of their names. A group is there while somebody is in it or a role names it.
    """
    return paged(use(UserService).groups(page))


@blueprint.get("/groups/<group>/members")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(GroupMemberSchema, example=examples.GROUP_MEMBER)
@blueprint.problems(NotFound)
def list_members(page: PageRequest, group: str) -> Answer:
    """List who is in a group.

    In the order of their names; `source` says who put them there.
    """
    return paged(use(UserService).members(group, page))


@blueprint.put("/groups/<group>/members/<user>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound, Invalid)
def join_group(group: str, user: str) -> Answer:
    """Put a person into a group.

    The first one makes the group. The person has its roles from now on, and signs in again. To say it again
    changes nothing.
    """
    use(UserService).join(group, user)
    return done()


@blueprint.delete("/groups/<group>/members/<user>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound, Conflict)
def leave_group(group: str, user: str) -> Answer:
    """Take a person out of a group.

    The person signs in again. The last administrator cannot be taken out of what makes them one.
    """
    use(UserService).leave(group, user)
    return done()


@blueprint.get("/roles")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.page_of(GrantedRoleSchema, example=examples.GRANTED_ROLE, query=RoleQuery)
def list_roles(page: PageRequest, user: str | None, group: str | None) -> Answer:
    """List the roles that people and groups have.

    In the order in which they were given, those of one person or of one group where one is named.
    """
    return paged(use(UserService).roles(page, user=user, group=group))


@blueprint.post("/roles")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.arguments(NewRoleSchema, example=examples.NEW_ROLE)
@blueprint.response(201, GrantedRoleSchema, example=examples.GRANTED_ROLE)
@blueprint.alt_response(
    200, schema=GrantedRoleSchema, example=examples.GRANTED_ROLE, description="It was given already."
)
@blueprint.problems(NotFound, Invalid)
def grant_role(new: NewRole) -> Answer:
    """Give a role to a person or to a group.

    For everything, or limited. To say it again changes nothing, so the request is safe to repeat. Those who
    get it sign in again.
    """
    granted, is_new = use(UserService).grant(new.binding, user=new.user, group=new.group)
    return answer(granted, status=201 if is_new else 200, location=f"/api/v1/roles/{granted.id}")


@blueprint.delete("/roles/<role_id>")
@blueprint.requires(Permission.MANAGE_ACCESS)
@blueprint.response(204)
@blueprint.problems(NotFound, Conflict)
def withdraw_role(role_id: str) -> Answer:
    """Take a role away.

    Those who had it sign in again. It cannot be taken from the last administrator.
    """
    use(UserService).withdraw(role_id)
    return done()
