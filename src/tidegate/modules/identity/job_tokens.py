"""Use cases of tokens that jobs of trusted publishers get: short-lived, and of no list that people keep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tidegate.domain.access import Binding
from tidegate.domain.identities import ApiToken
from tidegate.domain.principals import Principal, PrincipalKind
from tidegate.domain.tokens import TokenText
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.modules.identity.repository import TokenRepository
from tidegate.modules.identity.tokens import NewToken


class JobTokenService:
    """Makes and ends the tokens of jobs; who may have one was decided by whoever calls."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        tokens: TokenRepository,
        clock: Clock,
        new_token: Callable[[], TokenText],
    ) -> None:
        self._uow = uow
        self._tokens = tokens
        self._clock = clock
        self._new_token = new_token

    def issue(self, publisher: str, binding: Binding, *, expires_at: datetime) -> NewToken:
        """Make a token for a job of a trusted publisher, whose name it carries."""
        text = self._new_token()
        token = ApiToken(
            id=text.id,
            name=publisher,
            user=None,
            binding=binding,
            created_at=self._clock.now(),
            created_by=str(Principal(PrincipalKind.CI, publisher)),
            expires_at=expires_at,
            last_used_at=None,
            revoked_at=None,
            replaces=None,
            publisher=publisher,
        )
        with self._uow.transaction():
            self._tokens.insert(token, text.digest())
        return NewToken(token, text.text)

    def revoke_all(self, publisher: str) -> None:
        """Let the tokens of a publisher's jobs work no more from now on."""
        with self._uow.transaction():
            self._tokens.revoke_of_publisher(publisher, self._clock.now())

    def last_issued(self, publishers: Sequence[str]) -> dict[str, datetime]:
        """Return when jobs of these publishers last got a token, where one of the last day is known."""
        return self._tokens.last_of_publishers(publishers)

    def forget_before(self, moment: datetime) -> int:
        """Delete the tokens of jobs that expired before a moment; returns how many."""
        return self._tokens.forget_of_jobs(moment)
