"""People and groups, as administrators look after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.identities import GrantedRole
from tidegate.kernel.http.declarations import requires
from tidegate.kernel.http.pages import page
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.console.forms.base import PageForm
from tidegate.modules.console.forms.people import MemberForm, NewGroupForm, NewUserForm, RoleForm
from tidegate.modules.console.views.frame import next_address, page_request, pages
from tidegate.modules.console.views.proof import sensitive
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.identity.set_up import NewCode, SetUpService
from tidegate.modules.identity.tokens import TokenService

_ALL = PageRequest(limit=200)


@pages.get("/people")
@requires(Permission.MANAGE_ACCESS)
def list_people() -> Response:
    """Show who there is, and ask for somebody new."""
    return _people(NewUserForm())


@pages.post("/people")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def create_person() -> BaseResponse:
    """Create a person."""
    form = NewUserForm()
    name, shown = form.name.data or "", form.display_name.data or ""
    if _done(form, lambda: use(UserService).create(name, display_name=shown)):
        return _to_person(name)
    return _people(form)


@pages.get("/people/<user>")
@requires(Permission.MANAGE_ACCESS)
def show_person(user: str) -> Response:
    """Show a person with roles, groups, tokens and sessions."""
    return _person(user, RoleForm())


@pages.post("/people/<user>/roles")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def give_role(user: str) -> BaseResponse:
    """Give a person a role."""
    form = RoleForm()
    if _done(form, lambda: use(UserService).grant(form.binding(), user=user)):
        return _to_person(user)
    return _person(user, form)


@pages.post("/people/<user>/roles/<role_id>/withdraw")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def withdraw_role(user: str, role_id: str) -> BaseResponse:
    """Take a role from a person."""
    return _change(user, lambda: use(UserService).withdraw(role_id))


@pages.post("/people/<user>/disable")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def disable_person(user: str) -> BaseResponse:
    """Let a person in no more."""
    return _change(user, lambda: use(UserService).disable(user))


@pages.post("/people/<user>/enable")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def enable_person(user: str) -> BaseResponse:
    """Let a person in again."""
    return _change(user, lambda: use(UserService).enable(user))


@pages.post("/people/<user>/password-code")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def offer_password(user: str) -> BaseResponse:
    """Make a code by which a person chooses a password, and show it this once."""
    form = PageForm()
    made = form.attempt(lambda: use(SetUpService).offer_password(user))
    return _person(user, RoleForm(formdata=None), code=made, refused=form)


@pages.post("/people/<user>/sessions/end")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def end_sessions_of_person(user: str) -> BaseResponse:
    """End all sessions of a person."""
    return _change(user, lambda: use(SessionService).end_all(user))


@pages.post("/people/<user>/sessions/<session_id>/end")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def end_session_of_person(user: str, session_id: str) -> BaseResponse:
    """End one session of a person."""
    return _change(user, lambda: use(SessionService).end_one(user, session_id))


@pages.get("/groups")
@requires(Permission.MANAGE_ACCESS)
def list_groups() -> Response:
    """Show which groups there are, and ask for a new one."""
    return _groups(NewGroupForm())


@pages.post("/groups")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def create_group() -> BaseResponse:
    """Put somebody into a group that was not there."""
    form = NewGroupForm()
    group, user = form.group.data or "", form.user.data or ""
    if _done(form, lambda: _join(group, user)):
        return _to_group(group)
    return _groups(form)


@pages.get("/groups/<group>")
@requires(Permission.MANAGE_ACCESS)
def show_group(group: str) -> Response:
    """Show who is in a group, and which roles it has."""
    return _group(group, RoleForm(), MemberForm())


@pages.post("/groups/<group>/members")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def add_member(group: str) -> BaseResponse:
    """Put a person into a group."""
    form = MemberForm()
    if _done(form, lambda: _join(group, form.user.data or "")):
        return _to_group(group)
    return _group(group, RoleForm(formdata=None), form)


@pages.post("/groups/<group>/members/<user>/remove")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def remove_member(group: str, user: str) -> BaseResponse:
    """Take a person out of a group."""
    return _change_group(group, lambda: use(UserService).leave(group, user))


@pages.post("/groups/<group>/roles")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def give_group_role(group: str) -> BaseResponse:
    """Give a group a role."""
    form = RoleForm()
    if _done(form, lambda: use(UserService).grant(form.binding(), group=group)):
        return _to_group(group)
    return _group(group, form, MemberForm(formdata=None))


@pages.post("/groups/<group>/roles/<role_id>/withdraw")
@requires(Permission.MANAGE_ACCESS)
@sensitive
def withdraw_group_role(group: str, role_id: str) -> BaseResponse:
    """Take a role from a group."""
    return _change_group(group, lambda: use(UserService).withdraw(role_id))


def _people(form: NewUserForm) -> Response:
    found = use(UserService).users(page_request())
    return page(
        "console/people.html",
        status=_status(form),
        people=found.items,
        next=next_address(found.next_cursor),
        form=form,
    )


def _person(
    user: str, form: RoleForm, *, code: NewCode | None = None, refused: PageForm | None = None
) -> Response:
    service = use(UserService)
    person, roles = service.user(user), service.roles(_ALL, user=user).items
    return page(
        "console/person.html",
        status=_status(form, refused),
        person=person,
        roles=roles,
        doubts=_doubts(roles),
        groups=service.groups_of(user),
        tokens=use(TokenService).tokens(_ALL, user=user).items,
        sessions=use(SessionService).sessions(user, _ALL).items,
        form=form,
        refused=refused,
        code=code,
    )


def _groups(form: NewGroupForm) -> Response:
    found = use(UserService).groups(page_request())
    return page(
        "console/groups.html",
        status=_status(form),
        groups=found.items,
        next=next_address(found.next_cursor),
        form=form,
    )


def _group(group: str, form: RoleForm, member: MemberForm, refused: PageForm | None = None) -> Response:
    service = use(UserService)
    members, roles = service.members(group, page_request()), service.roles(_ALL, group=group).items
    return page(
        "console/group.html",
        status=_status(form, member, refused),
        group=group,
        members=members.items,
        next=next_address(members.next_cursor),
        roles=roles,
        doubts=_doubts(roles),
        form=form,
        member=member,
        refused=refused,
    )


def _doubts(roles: Iterable[GrantedRole]) -> tuple[str, ...]:
    return use(CatalogService).doubts(one.binding.component for one in roles)


def _change(user: str, use_case: Callable[[], object]) -> BaseResponse:
    """Change something of a person; what is refused stands on the person's page."""
    form = PageForm()
    if _done(form, use_case):
        return _to_person(user)
    return _person(user, RoleForm(formdata=None), refused=form)


def _change_group(group: str, use_case: Callable[[], object]) -> BaseResponse:
    """Change something of a group; what is refused stands on the group's page."""
    form = PageForm()
    if _done(form, use_case):
        left = any(one.name == group for one in use(UserService).groups(_ALL).items)
        return _to_group(group) if left else redirect(url_for("console.list_groups"), 303)
    return _group(group, RoleForm(formdata=None), MemberForm(formdata=None), form)


def _join(group: str, user: str) -> None:
    try:
        use(UserService).join(group, user)
    except NotFound as nobody:
        raise Invalid(str(nobody), (("/user", str(nobody)),)) from nobody


def _done(form: PageForm, use_case: Callable[[], object]) -> bool:
    """Do what a form asks for where nothing in it is wrong, and tell whether it was done."""
    return form.validate_on_submit() and form.attempt(lambda: (use_case(),)) is not None


def _to_person(user: str) -> BaseResponse:
    return redirect(url_for("console.show_person", user=user), 303)


def _to_group(group: str) -> BaseResponse:
    return redirect(url_for("console.show_group", group=group), 303)


def _status(*forms: PageForm | None) -> int:
    wrong = [one for one in forms if one is not None and (one.errors or one.form_errors)]
    return wrong[0].status if wrong else 200
