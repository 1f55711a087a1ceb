"""Use cases of one-time codes: the first administrator, and a person who chooses a password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid
from tidegate.domain.identities import OneTimeCode
from tidegate.domain.one_time_codes import digest_of_code, write_code
from tidegate.domain.principals import Principal
from tidegate.domain.times import write_time
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.code_repository import CodeRepository
from tidegate.modules.identity.service import UserService

FIRST_ADMINISTRATOR, PASSWORD = "first administrator", "password"  # nosec B105  # purposes, no secrets
SET_UP_LIFE = timedelta(hours=1)
PASSWORD_LIFE = timedelta(hours=24)
NOTHING_TO_SET_UP = "There is somebody already: sign in, or ask an administrator for an account."


class WrongCode(Invalid):
    """A code that opens nothing: mistyped, used, or too old."""

    def __init__(self, remedy: str) -> None:
        says = f"This code opens nothing: it was mistyped, was used, or is too old. {remedy}"
        super().__init__(says, (("/code", says),))


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code that was made: `text` is shown once and kept nowhere."""

    text: str
    user: str | None
    expires_at: datetime


class SetUpService:
    """Makes one-time codes, and does what they allow, once."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        codes: CodeRepository,
        users: UserService,
        audit: AuditService,
        access: Access,
        principal: Principal,
        clock: Clock,
        random_number: Callable[[], int],
    ) -> None:
        self._uow = uow
        self._codes = codes
        self._users = users
        self._audit = audit
        self._access = access
        self._principal = principal
        self._clock = clock
        self._random_number = random_number

    def offer_first_administrator(self) -> NewCode | None:
        """Make a code by which the first administrator can be made; None where there is anybody."""
        self._access.require(Permission.MANAGE_ACCESS)
        if not self._users.is_nobody():
            return None
        with self._uow.transaction():
            return self._make(FIRST_ADMINISTRATOR, None, SET_UP_LIFE)

    def make_first_administrator(self, code: str, name: str, password: str) -> str:
        """Register the first administrator, and return the name; of several who try at once one does.

        Raises `WrongCode`, `Conflict` where there is somebody already, and `Invalid` for a name or a password
        that is not accepted, which does not use the code up.
        """
        with self._uow.transaction():
            self._take(code, FIRST_ADMINISTRATOR, "Start Tidegate again, or run: tidegate user set-up")
            if not self._users.create_first_administrator(name, password):
                raise Conflict(NOTHING_TO_SET_UP)
            self._codes.forget(FIRST_ADMINISTRATOR)
        return name

    def offer_password(self, name: str) -> NewCode:
        """Make a code by which a person chooses a password; it takes the place of an earlier one.

        The password of now works until then. Raises `NotFound`, and `Conflict` for one who is disabled.
        """
        self._access.require(Permission.MANAGE_ACCESS)
        if self._users.user(name).disabled_at is not None:
            raise Conflict(f"{name!r} is disabled: enable the account first.")
        with self._uow.transaction():
            self._codes.forget(PASSWORD, user=name)
            made = self._make(PASSWORD, name, PASSWORD_LIFE)
            self._audit.append(
                action="user.password-offered",
                subject=f"user:{name}",
                details={"expires_at": write_time(made.expires_at)},
            )
        return made

    def choose_password(self, code: str, name: str, password: str) -> str:
        """Give the person of a code another password; returns the name.

        Raises `WrongCode`, and `Invalid` for a password that is not accepted, which leaves the code as it is.
        """
        remedy = "Ask an administrator for another one."
        with self._uow.transaction():
            taken = self._take(code, PASSWORD, remedy)
            if taken.user != name or not self._users.may_sign_in(name):
                raise WrongCode(remedy)
            self._users.set_password(name, password)
        return name

    def _make(self, purpose: str, user: str | None, life: timedelta) -> NewCode:
        text, now = write_code(self._random_number()), self._clock.now()
        self._codes.forget_before(now)
        self._codes.insert(
            OneTimeCode(digest_of_code(text), purpose, user, now, str(self._principal), now + life)
        )
        return NewCode(text, user, now + life)

    def _take(self, code: str, purpose: str, remedy: str) -> OneTimeCode:
        found = self._codes.valid(digest_of_code(code), purpose, at=self._clock.now())
        if found is None:
            raise WrongCode(remedy)
        self._codes.use_up(found.digest)
        return found
