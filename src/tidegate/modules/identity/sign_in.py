"""The use case of signing in with a password: no guessing, and no finding out who has an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tidegate.domain.access import Rights, Unauthenticated
from tidegate.domain.canonical import digest_of
from tidegate.domain.errors import TidegateError
from tidegate.domain.identities import is_identity
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.kernel.access import Caller
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.passwords import LONGEST, Passwords
from tidegate.modules.identity.repository import UserRepository
from tidegate.modules.identity.session_repository import SignInFailureRepository

LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
REFUSED = "The name or the password is not right."
NO_PASSWORDS = "Nobody signs in with a password here (PASSWORD_SIGN_IN)."


LOCKED_OUT = "access.locked_out"
"""The action by which the audit log tells of an attempt that was not looked at (`SignInDelayed`)."""


class SignInDelayed(TidegateError):
    """Signing in failed too often: the next attempt is looked at after `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Signing in has failed too often. Try again in {seconds} s.")


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures go without a delay; each further one doubles it, from a second on."""

    free: int

    def delay(self, failures: int) -> timedelta:
        """Return how long to wait after this many failures in a row."""
        if failures < self.free:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(failures - self.free, 20)), LONGEST_DELAY)


BY_ACCOUNT = Patience(free=4)
BY_ADDRESS = Patience(free=20)
"""Many people may share an address."""


class SignInService:
    """Lets people in by their passwords."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        users: UserRepository,
        failures: SignInFailureRepository,
        passwords: Passwords,
        clock: Clock,
        by_password: bool = True,
    ) -> None:
        self._uow = uow
        self._users = users
        self._failures = failures
        self._passwords = passwords
        self._clock = clock
        self._by_password = by_password

    @property
    def by_password(self) -> bool:
        """Tell whether people may sign in with passwords at all."""
        return self._by_password

    def with_password(self, name: str, password: str, *, address: str) -> Caller:
        """Return who signs in; raises `Unauthenticated` and `SignInDelayed`.

        An attempt counts as failed before its password is looked at, so that many at once gain nothing. An
        account that is not there, is disabled or has no password takes the same time and the same words.
        """
        if not self._by_password:
            raise Unauthenticated(NO_PASSWORDS)
        account, origin = _subject("account", name), _subject("address", address)
        self._begin(((account, BY_ACCOUNT), (origin, BY_ADDRESS)))
        kept = self._users.password_hash(name) if is_identity(name) else None
        self._uow.release()  # hashing takes a while: nobody waits for a connection meanwhile
        if not self._passwords.verify(kept, password[: LONGEST + 1]) or kept is None:
            raise Unauthenticated(REFUSED)
        stronger = self._passwords.hash(password) if self._passwords.is_outdated(kept) else kept
        with self._uow.transaction():
            self._failures.forget(account)
            self._forgive(origin)
            if stronger != kept:
                self._users.change(name, password_hash=stronger)
        principal = Principal(PrincipalKind.PERSON, name, "password", address)
        return Caller(principal, Rights(self._users.bindings_of(name)))

    def account_named(self, name: str) -> str | None:
        """Return the name of somebody who is registered, else None: people type passwords into its field."""
        return name if is_identity(name) and self._users.user(name) is not None else None

    def begin_from(self, address: str) -> None:
        """Count an attempt in another way than by password as failed, until `forgive_from`.

        Raises `SignInDelayed` where too many from this address have failed.
        """
        self._begin(((_subject("address", address), BY_ADDRESS),))

    def forgive_from(self, address: str) -> None:
        """Take back the failure that was counted for an attempt that succeeded."""
        with self._uow.transaction():
            self._forgive(_subject("address", address))

    def _begin(self, subjects: tuple[tuple[str, Patience], ...]) -> None:
        """Count one more failure of each subject, or refuse the attempt while one of them has to wait."""
        with self._uow.transaction():  # of its own: it may lock rows of others
            self._failures.forget_before(self._clock.now() - FORGOTTEN_AFTER)
        with self._uow.transaction():
            now = self._clock.now()
            known = [(subject, patience, self._failures.locked(subject)) for subject, patience in subjects]
            wait = max(_wait(patience, found, now) for _, patience, found in known)
            if wait <= timedelta(0):
                for subject, _, found in known:
                    self._failures.note(subject, (found[0] if found else 0) + 1, now)
        if wait > timedelta(0):
            raise SignInDelayed(max(1, round(wait.total_seconds())))

    def _forgive(self, origin: str) -> None:
        """Take back the one failure that was counted for an attempt that succeeded."""
        found = self._failures.locked(origin)
        if found is not None:
            self._failures.note(origin, max(0, found[0] - 1), found[1])


def _wait(patience: Patience, found: tuple[int, datetime] | None, now: datetime) -> timedelta:
    return timedelta(0) if found is None else found[1] + patience.delay(found[0]) - now


def _subject(kind: str, name: str) -> str:
    """Name what is counted; what callers send may be long, or hold what no database keeps."""
    return f"{kind}:{digest_of(name.encode('utf-8', 'surrogatepass'))}"
