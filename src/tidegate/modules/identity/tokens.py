"""Use cases of API tokens: create, rotate, revoke, list; one's own, and those of machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tidegate.domain.access import Binding, Permission, Rights, Role, highest, up_to
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.identities import ApiToken, checked_identity, token_of
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.domain.times import write_time
from tidegate.domain.tokens import TokenText
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.repository import TokenRepository, UserRepository

OVERLAP = timedelta(hours=24)
"""How long a token that was rotated still works, so that those who use it can take the new one."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made: `text` is shown once and kept nowhere."""

    token: ApiToken
    text: str


class TokenService:
    """Makes and ends tokens; whose one is that somebody presents, `TokenAuthenticator` knows."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        tokens: TokenRepository,
        users: UserRepository,
        audit: AuditService,
        access: Access,
        principal: Principal,
        rights: Rights,
        clock: Clock,
        new_token: Callable[[], TokenText],
        default_days: int,
        most_days: int,
    ) -> None:
        self._uow = uow
        self._tokens = tokens
        self._users = users
        self._audit = audit
        self._access = access
        self._principal = principal
        self._rights = rights
        self._clock = clock
        self._new_token = new_token
        self._default_days = default_days
        self._most_days = most_days

    def create(
        self, *, name: str, binding: Binding, days: int | None = None, user: str | None = None
    ) -> NewToken:
        """Make a token; raises `Conflict` where one of this name works, and `Invalid`.

        One that is a person's (`user`) never reaches further than the person does.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        return self._create(name, binding, self._checked_days(days), user)

    def create_own(
        self,
        *,
        name: str,
        binding: Binding | None = None,
        days: int | None = None,
        lives: timedelta | None = None,
    ) -> NewToken:
        """Make a token of the caller, who is a person; it never reaches further than they do.

        Without `binding` it reaches as far. It lives for `days`, or for `lives` where it is to be shorter.
        Asked for by a token, it ends when that one does at the latest.
        Raises `Forbidden` for a role that the caller has nowhere, `Conflict` and `Invalid`.
        """
        user = self._person()
        self._access.require_reach(wanted := binding or self._own_binding())
        usual = self._checked_days(days)
        return self._create(name, wanted, usual if lives is None else min(usual, lives), user)

    def rotate(self, token_id: str, *, overlap: timedelta = OVERLAP, days: int | None = None) -> NewToken:
        """Make a token that takes another's place; the old one works for as long as `overlap` says.

        Raises `NotFound`, and `Conflict` for one that does not work any more, or that is of a job.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        with self._uow.transaction():
            old = self._locked(token_id)
            now = self._clock.now()
            _refuse_of_job(old)
            if old.state(now) != "active":
                raise Conflict(f"The token {old.name!r} is {old.state(now)}: create a new one.")
            ends = min(old.expires_at, now + max(overlap, timedelta(0)))
            self._tokens.change(old.id, expires_at=ends)
            lives = self._checked_days(days)
            made = self._make(old.name, old.user, old.binding, now=now, lives=lives, replaces=old.id)
            self._note("token.rotated", made.token, {"replaces": old.id, "old_expires_at": write_time(ends)})
        return made

    def revoke(self, token_id: str) -> ApiToken:
        """Let a token work no more from now on; to say it again changes nothing. Raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._revoke(token_id)

    def revoke_own(self, token_id: str) -> ApiToken:
        """Let a token of the caller work no more; raises `NotFound` for one that is somebody else's."""
        user = self._person()
        found = self._tokens.token(token_id)
        if found is None or found.user != user:
            raise NotFound("token", token_id)
        return self._revoke(token_id)

    def token(self, token_id: str) -> ApiToken:
        """Return a token; raises `NotFound`."""
        self._access.require(Permission.MANAGE_ACCESS)
        found = self._tokens.token(token_id)
        if found is None:
            raise NotFound("token", token_id)
        return found

    def own_tokens(self, request: PageRequest) -> Page[ApiToken]:
        """Return one page of the caller's tokens; a machine has none but itself."""
        if self._principal.kind is not PrincipalKind.PERSON:
            return Page(())
        return self._tokens.page(request, user=self._principal.name)

    def tokens(self, request: PageRequest, *, user: str | None = None) -> Page[ApiToken]:
        """Return one page of tokens, in the order of their names."""
        self._access.require(Permission.MANAGE_ACCESS)
        return self._tokens.page(request, user=user)

    def find(self, name_or_id: str) -> ApiToken:
        """Return the token of this identifier, or the newest that works by this name.

        Raises `NotFound`, and `Conflict` where tokens of several people have the name.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        found = self._tokens.token(name_or_id)
        if found is not None:
            return found
        named = self._tokens.active_named(name_or_id, at=self._clock.now())
        if not named:
            raise NotFound("token", name_or_id)
        if len({one.user for one in named}) > 1:
            known = ", ".join(f"{one.id} of {one.user or 'a machine'}" for one in named)
            raise Conflict(f"Several tokens have the name {name_or_id!r}: name one by its id ({known}).")
        return named[-1]

    def _create(self, name: str, binding: Binding, lives: timedelta, user: str | None) -> NewToken:
        checked_identity("token", name)
        with self._uow.transaction():
            self._tokens.lock_name(name)
            now = self._clock.now()
            if any(one.user == user for one in self._tokens.active_named(name, at=now)):
                raise Conflict(
                    f"There is a token named {name!r} already. Rotate or revoke it, or choose another name."
                )
            if user is not None and self._users.user(user) is None:
                raise Invalid(f"There is no user named {user!r}.", (("/user", "Not known."),))
            made = self._make(name, user, binding, now=now, lives=lives, replaces=None)
            self._note("token.created", made.token, {"expires_at": write_time(made.token.expires_at)})
        return made

    def _revoke(self, token_id: str) -> ApiToken:
        with self._uow.transaction():
            token = self._locked(token_id)
            if token.revoked_at is not None:
                return token
            now = self._clock.now()
            self._tokens.change(token.id, revoked_at=now)
            self._note("token.revoked", token, {})
        return replace(token, revoked_at=now)

    def _person(self) -> str:
        if self._principal.kind is not PrincipalKind.PERSON:
            raise Conflict(
                "Only people have tokens of their own. An administrator makes one for a machine: on the page "
                "Tokens, by POST /api/v1/tokens, or by tidegate token create"
            )
        return self._principal.name

    def _own_binding(self) -> Binding:
        """Return the limit of a token that reaches as far as its person, or as the token that asks for it."""
        held = highest(one.role for one in self._rights.bindings) or Role.VIEWER
        within = self._rights.within
        if within is None:
            return Binding(held)
        return replace(within, role=within.role if within.role in up_to(held) else held)

    def _locked(self, token_id: str) -> ApiToken:
        found = self._tokens.token(token_id)
        if found is None:
            raise NotFound("token", token_id)
        self._tokens.lock_name(found.name)
        return self._tokens.token(token_id) or found

    def _make(
        self,
        name: str,
        user: str | None,
        binding: Binding,
        *,
        now: datetime,
        lives: timedelta,
        replaces: str | None,
    ) -> NewToken:
        text = self._new_token()
        token = ApiToken(
            id=text.id,
            name=name,
            user=user,
            binding=binding,
            created_at=now,
            created_by=str(self._principal),
            expires_at=now + lives if user is None else self._end_of_life(now + lives),
            last_used_at=None,
            revoked_at=None,
            replaces=replaces,
        )
        self._tokens.insert(token, text.digest())
        return NewToken(token, text.text)

    def _end_of_life(self, wanted: datetime) -> datetime:
        """Let no token of a person make one that outlives it: who found it would keep what they found."""
        known = token_of(self._principal)
        presented = self._tokens.token(known) if known is not None else None
        return wanted if presented is None else min(wanted, presented.expires_at)

    def _checked_days(self, days: int | None) -> timedelta:
        chosen = self._default_days if days is None else days
        if not 1 <= chosen <= self._most_days:
            raise Invalid(
                f"A token lives 1 to {self._most_days} days (TOKEN_MAX_DAYS), not {chosen}.",
                (("/days", f"Not from 1 to {self._most_days}."),),
            )
        return timedelta(days=chosen)

    def _note(self, action: str, token: ApiToken, more: dict[str, Json]) -> None:
        details: dict[str, Json] = {"id": token.id, "rights": str(token.binding), "user": token.user, **more}
        self._audit.append(action=action, subject=f"token:{token.name}", details=details)


def _refuse_of_job(token: ApiToken) -> None:
    """Refuse to rotate a job's token: it would outlive its job, and its trusted publisher."""
    if token.publisher is not None:
        raise Conflict(
            f"The token {token.id!r} is of a job of the trusted publisher {token.publisher!r} and is not "
            f"rotated: it ends at {write_time(token.expires_at)}, and the next job gets another one. For a "
            "token that lives longer: tidegate token create --name NAME --role ROLE"
        )
