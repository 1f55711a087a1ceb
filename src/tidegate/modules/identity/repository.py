"""Queries over users, groups, roles and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from tidegate.domain.access import Binding, Role
from tidegate.domain.identities import ApiToken, GrantedRole, PresentedToken, User
from tidegate.kernel.db.lookup import Lookup
from tidegate.kernel.db.repository import Repository, delete_in_batches, table_of
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.identity.models import ApiTokenRow, GroupMemberRow, RoleBindingRow, UserRow

_TOKENS, _USERS = table_of(ApiTokenRow), table_of(UserRow)
_ROLES, _MEMBERS = table_of(RoleBindingRow), table_of(GroupMemberRow)
# Every request asks this; made once, it costs little.
_TOKEN = Lookup(
    select(
        *(_TOKENS.c[name] for name in ("name", "digest", "user_name")),
        *(_TOKENS.c[name] for name in ("role", "component", "owner", "environment")),
        *(_TOKENS.c[name] for name in ("expires_at", "last_used_at", "revoked_at", "publisher")),
        _USERS.c.disabled_at,
    )
    .outerjoin(_USERS, _USERS.c.name == _TOKENS.c.user_name)
    .where(_TOKENS.c.id == bindparam("id"))
)
_NEW_TOKEN = insert(_TOKENS)
_ROLES_OF = select(_ROLES).where(
    or_(
        _ROLES.c.user_name == bindparam("user"),
        _ROLES.c.group_name.in_(
            select(_MEMBERS.c.group_name).where(_MEMBERS.c.user_name == bindparam("user"))
        ),
    )
)


class UserRepository(Repository[UserRow]):
    """People by name, with their roles and groups."""

    model = UserRow

    def user(self, name: str) -> User | None:
        """Return a person."""
        row = self.one_or_none(UserRow.name == name)
        return _user(row) if row else None

    def password_hash(self, name: str) -> str | None:
        """Return what is kept of a person's password; None where there is nothing to sign in with."""
        row = self.one_or_none(UserRow.name == name, UserRow.disabled_at.is_(None))
        return row.password_hash if row else None

    def is_empty(self) -> bool:
        """Tell whether there is nobody at all."""
        return self.session.scalars(select(UserRow.name).limit(1)).first() is None

    def insert(self, user: User, password_hash: str | None) -> None:
        """Write a new person."""
        self.add(
            UserRow(
                name=user.name,
                display_name=user.display_name,
                password_hash=password_hash,
                disabled_at=user.disabled_at,
                created_at=user.created_at,
                updated_at=user.updated_at,
            )
        )

    def change(self, name: str, **values: object) -> None:
        """Write other values into a person's row."""
        self.session.execute(update(UserRow).where(UserRow.name == name).values(**values))

    def page(self, request: PageRequest) -> Page[User]:
        """Return one page in the order of names."""
        return self.paginate(select(UserRow), request, by=[UserRow.name], convert=_user)

    def bindings_of(self, name: str) -> tuple[Binding, ...]:
        """Return a person's roles, those of the person's groups among them."""
        return tuple(_binding(row) for row in self.session.execute(_ROLES_OF, {"user": name}))

    def groups_of(self, name: str) -> tuple[str, ...]:
        """Return the groups that a person is in."""
        query = select(GroupMemberRow.group_name).where(GroupMemberRow.user_name == name)
        return tuple(self.session.scalars(query.order_by(GroupMemberRow.group_name)))

    def groups_from(self, name: str, source: str) -> tuple[str, ...]:
        """Return the groups that a person is in because of this source."""
        query = select(GroupMemberRow.group_name).where(GroupMemberRow.user_name == name)
        return tuple(self.session.scalars(query.where(GroupMemberRow.source == source)))

    def join(self, group: str, name: str, *, source: str) -> None:
        """Write that a person is in a group."""
        self.session.add(GroupMemberRow(group_name=group, user_name=name, source=source))
        self.session.flush()

    def leave(self, group: str, name: str) -> None:
        """Take a person out of a group."""
        found = (GroupMemberRow.group_name == group) & (GroupMemberRow.user_name == name)
        self.session.execute(delete(GroupMemberRow).where(found))


class RoleRepository(Repository[RoleBindingRow]):
    """Roles that are recorded."""

    model = RoleBindingRow

    def insert(self, granted: GrantedRole) -> None:
        """Write a role."""
        binding = granted.binding
        self.add(
            RoleBindingRow(
                id=granted.id,
                user_name=granted.user,
                group_name=granted.group,
                role=str(binding.role),
                component=binding.component,
                owner=binding.owner,
                environment=binding.environment,
                created_at=granted.created_at,
            )
        )

    def granted(self, role_id: str) -> GrantedRole | None:
        """Return a role by its identifier."""
        row = self.one_or_none(RoleBindingRow.id == role_id)
        return _granted(row) if row else None

    def remove(self, role_id: str) -> None:
        """Delete a role."""
        self.session.execute(delete(RoleBindingRow).where(RoleBindingRow.id == role_id))

    def same(self, binding: Binding, *, user: str | None, group: str | None) -> GrantedRole | None:
        """Return this very role of a person or group, where it was given already."""
        wanted = {
            "user_name": user,
            "group_name": group,
            "role": str(binding.role),
            "component": binding.component,
            "owner": binding.owner,
            "environment": binding.environment,
        }
        query = select(RoleBindingRow).filter_by(**wanted).order_by(RoleBindingRow.id).limit(1)
        row = self.session.scalars(query).first()
        return _granted(row) if row else None

    def page(
        self, request: PageRequest, *, user: str | None = None, group: str | None = None
    ) -> Page[GrantedRole]:
        """Return one page in the order in which they were given."""
        query = select(RoleBindingRow)
        if user is not None:
            query = query.where(RoleBindingRow.user_name == user)
        if group is not None:
            query = query.where(RoleBindingRow.group_name == group)
        return self.paginate(query, request, by=[RoleBindingRow.id], convert=_granted)


class TokenRepository(Repository[ApiTokenRow]):
    """API tokens by identifier."""

    model = ApiTokenRow

    def presented(self, token_id: str) -> PresentedToken | None:
        """Return what has to be known of a token to let somebody in."""
        row = self._uow.look_up(_TOKEN, id=token_id)
        if row is None:
            return None
        name, digest, user, role, component, owner, environment, expires, used, revoked, publisher, off = row
        return PresentedToken(
            id=token_id,
            name=name,
            digest=digest,
            user=user,
            binding=Binding(Role(role), component, owner, environment),
            expires_at=expires,
            last_used_at=used,
            revoked_at=revoked,
            disabled=off is not None,
            publisher=publisher,
        )

    def token(self, token_id: str) -> ApiToken | None:
        """Return a token."""
        row = self.one_or_none(ApiTokenRow.id == token_id)
        return _token(row) if row else None

    def active_named(self, name: str, *, at: datetime) -> tuple[ApiToken, ...]:
        """Return the tokens of this name that work, whosever they are."""
        query = select(ApiTokenRow).where(
            ApiTokenRow.name == name,
            ApiTokenRow.publisher.is_(None),
            ApiTokenRow.revoked_at.is_(None),
            ApiTokenRow.expires_at > at,
        )
        return tuple(_token(row) for row in self.session.scalars(query.order_by(ApiTokenRow.created_at)))

    def insert(self, token: ApiToken, digest: str) -> None:
        """Write a new token."""
        binding = token.binding
        row = {
            "id": token.id,
            "name": token.name,
            "digest": digest,
            "user_name": token.user,
            "role": str(binding.role),
            "component": binding.component,
            "owner": binding.owner,
            "environment": binding.environment,
            "created_at": token.created_at,
            "created_by": token.created_by,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
            "revoked_at": token.revoked_at,
            "replaces": token.replaces,
            "publisher": token.publisher,
        }
        self._uow.execute(_NEW_TOKEN, row)

    def change(self, token_id: str, **values: object) -> None:
        """Write other values into a token's row."""
        self.session.execute(update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(**values))

    def page(self, request: PageRequest, *, user: str | None = None) -> Page[ApiToken]:
        """Return one page in the order of names, without those of jobs."""
        query = select(ApiTokenRow).where(ApiTokenRow.publisher.is_(None))
        if user is not None:
            query = query.where(ApiTokenRow.user_name == user)
        return self.paginate(query, request, by=[ApiTokenRow.name, ApiTokenRow.id], convert=_token)

    def revoke_of_publisher(self, publisher: str, at: datetime) -> None:
        """Write that the tokens of a publisher's jobs are revoked."""
        found = (ApiTokenRow.publisher == publisher) & ApiTokenRow.revoked_at.is_(None)
        self.session.execute(update(ApiTokenRow).where(found).values(revoked_at=at))

    def last_of_publishers(self, publishers: Sequence[str]) -> dict[str, datetime]:
        """Return when jobs of publishers last got a token that is still kept, by publisher."""
        # A job's token has its publisher's name, and there is an index on names.
        query = (
            select(ApiTokenRow.name, func.max(ApiTokenRow.created_at))
            .where(ApiTokenRow.name.in_(publishers), ApiTokenRow.publisher.is_not(None))
            .where(ApiTokenRow.revoked_at.is_(None))
            .group_by(ApiTokenRow.name)
        )
        return {name: at for name, at in self.session.execute(query)}

    def forget_of_jobs(self, before: datetime) -> int:
        """Delete tokens of jobs that expired before a moment; returns how many."""
        return delete_in_batches(
            self._uow, ApiTokenRow, ApiTokenRow.publisher.is_not(None), ApiTokenRow.expires_at < before
        )


def _user(row: UserRow) -> User:
    return User(
        name=row.name,
        display_name=row.display_name,
        has_password=row.password_hash is not None,
        disabled_at=row.disabled_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _binding(row: RoleBindingRow | ApiTokenRow | Any) -> Binding:
    return Binding(Role(row.role), row.component, row.owner, row.environment)


def _granted(row: RoleBindingRow) -> GrantedRole:
    return GrantedRole(row.id, row.user_name, row.group_name, _binding(row), row.created_at)


def _token(row: ApiTokenRow | Any) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        user=row.user_name,
        binding=_binding(row),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        replaces=row.replaces,
        publisher=row.publisher,
    )
