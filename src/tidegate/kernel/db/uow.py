"""The unit of work: one lazy session, one visible transaction a use case, effects after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker


class UnitOfWork:
    """Holds the session of one request or task; nothing is opened until it is needed."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._session: Session | None = None
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """The one session; repositories query through it."""
        if self._session is None:
            self._session = self._sessions()
        return self._session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit at the end of the outermost block, roll back on any error; nested blocks join."""
        self._depth += 1
        try:
            yield self.session
            if self._depth == 1:
                self.session.commit()
        except BaseException:
            if self._depth == 1:
                self._after_commit.clear()
                self.session.rollback()
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            effects, self._after_commit = self._after_commit, []
            for effect in effects:
                effect()

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` once the outermost transaction has committed, and never if it did not."""
        self._after_commit.append(effect)

    def close(self) -> None:
        """Give the connection back."""
        if self._session is not None:
            self._session.close()
            self._session = None
