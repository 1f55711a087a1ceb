"""Queries over groups and who is in them, and over who may manage access."""

from __future__ import annotations

from sqlalchemy import func, or_, select, union

from tidegate.domain.access import Role
from tidegate.domain.identities import Group, GroupMember
from tidegate.kernel.db.repository import Repository
from tidegate.kernel.pagination import Page, PageRequest, decode_cursor, encode_cursor
from tidegate.modules.identity.models import GroupMemberRow, RoleBindingRow, UserRow


class GroupRepository(Repository[GroupMemberRow]):
    """Groups by name; one is there while somebody is in it or a role names it."""

    model = GroupMemberRow

    def page_of_groups(self, request: PageRequest) -> Page[Group]:
        """Return one page in the order of names."""
        with_role = select(RoleBindingRow.group_name).where(RoleBindingRow.group_name.is_not(None))
        names = union(select(GroupMemberRow.group_name), with_role).subquery()
        (name,) = names.columns
        query = select(name).order_by(name).limit(request.limit + 1)
        if request.cursor is not None:
            query = query.where(name > decode_cursor(request.cursor, (str,))[0])
        found = list(self.session.scalars(query))
        shown = found[: request.limit]
        counted = (
            select(GroupMemberRow.group_name, func.count())
            .where(GroupMemberRow.group_name.in_(shown))
            .group_by(GroupMemberRow.group_name)
        )
        members: dict[str, int] = {group: number for group, number in self.session.execute(counted)}
        cursor = encode_cursor((shown[-1],)) if len(found) > len(shown) else None
        return Page(tuple(Group(one, members.get(one, 0)) for one in shown), cursor)

    def page_of_members(self, group: str, request: PageRequest) -> Page[GroupMember]:
        """Return one page of who is in a group, in the order of names."""
        query = select(GroupMemberRow).where(GroupMemberRow.group_name == group)
        return self.paginate(query, request, by=[GroupMemberRow.user_name], convert=_member)

    def is_there(self, group: str) -> bool:
        """Tell whether somebody is in a group or a role names it."""
        member = select(GroupMemberRow.group_name).where(GroupMemberRow.group_name == group).limit(1)
        role = select(RoleBindingRow.id).where(RoleBindingRow.group_name == group).limit(1)
        return any(self.session.scalars(query).first() is not None for query in (member, role))

    def administrators(self, *, most: int) -> tuple[tuple[str, str], ...]:
        """Return name and shown name of who is not disabled and is administrator of everything, in order."""
        unlimited = (
            RoleBindingRow.role == str(Role.ADMINISTRATOR),
            RoleBindingRow.component.is_(None),
            RoleBindingRow.owner.is_(None),
            RoleBindingRow.environment.is_(None),
        )
        own = select(RoleBindingRow.user_name).where(*unlimited)
        groups = select(RoleBindingRow.group_name).where(*unlimited)
        by_group = select(GroupMemberRow.user_name).where(GroupMemberRow.group_name.in_(groups))
        query = (
            select(UserRow.name, UserRow.display_name)
            .where(UserRow.disabled_at.is_(None), or_(UserRow.name.in_(own), UserRow.name.in_(by_group)))
            .order_by(UserRow.name)
            .limit(most)
        )
        return tuple((name, shown) for name, shown in self.session.execute(query))


def _member(row: GroupMemberRow) -> GroupMember:
    return GroupMember(row.group_name, row.user_name, row.source)
