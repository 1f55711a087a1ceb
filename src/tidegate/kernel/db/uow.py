"""The unit of work: one lazy session, one visible transaction a use case, effects after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Result, exc
from sqlalchemy.orm import Session, sessionmaker

from tidegate.domain.errors import NotFound, Unavailable
from tidegate.kernel.db.lookup import Lookup
from tidegate.kernel.db.replica import NOT_FOUND, READ, Replica
from tidegate.kernel.logging import logger

T = TypeVar("T")

# An execution option of a connection: its transaction will write (see `engine.py`: BEGIN IMMEDIATE).
WRITES = "tidegate_writes"
# A key of `Session.info`: how many `transaction()` blocks are open.
DEPTH = "tidegate_depth"


class UnitOfWork:
    """Holds the session of one request or task; nothing is opened until it is needed.

    Reading needs no transaction block: repositories query through `session`, and `close()` ends it.
    Writing does: a flush outside `transaction()` is refused, so that no change can get lost unseen.
    """

    def __init__(self, sessions: sessionmaker[Session], replica: Replica | None = None) -> None:
        self._sessions = sessions
        self._replica = replica
        self._session: Session | None = None
        self._replica_session: Session | None = None
        self.on_replica = False
        """Whether what is read now is read from the replica."""
        self.caller = ""
        """Whose writes a replica has to show them; empty for Tidegate's own processes."""
        self._connection: Connection | None = None  # while a transaction is open
        self._depth = 0
        self._number = 0
        self._doomed = False
        self._before_commit: list[Callable[[], None]] = []
        self._after_commit: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """The one session; repositories query through it."""
        if self.on_replica and self._replica is not None:
            if self._replica_session is None:
                self._replica_session = self._replica.sessions()
            return self._replica_session
        if self._session is None:
            self._session = self._sessions()
        return self._session

    def execute(self, statement: Executable, values: Any = None) -> Result[*tuple[Any, ...]]:
        """Run a statement over tables; `values` is a mapping, or a list of them to run it for each.

        It goes to the connection itself: what the session does on the way there is for models, and takes a
        quarter of the time.
        """
        return (self._connection or self.session.connection()).execute(statement, values)

    def look_up(self, lookup: Lookup, **values: str) -> tuple[Any, ...] | None:
        """Return the first row of a lookup, or None.

        Outside of `transaction()` the driver itself runs it, unless somebody follows statements. What it
        refuses is asked again: SQLAlchemy says in the domain's words what is wrong, and puts a connection
        that is broken away.
        """
        if not self._depth:
            connection = self.session.connection()
            if not connection.engine.dispatch.before_cursor_execute:
                try:
                    return lookup.by_driver(connection, values)
                except connection.dialect.loaded_dbapi.Error:
                    self.release()
        row = self.execute(lookup.statement, values).first()
        return None if row is None else tuple(row)

    @property
    def number(self) -> int:
        """Which transaction this is, counted from 1; parts tell by it whether what they noted still holds."""
        return self._number

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit at the end of the outermost block, roll back on any error; nested blocks join.

        An error that leaves a nested block dooms the whole transaction, even where somebody catches it: what
        the block had already written cannot be told apart any more.
        """
        if self.on_replica:
            raise RuntimeError("what reads from the replica writes nothing")
        if self._depth == 0:
            self._begin()
        self._enter(+1)
        try:
            yield self.session
            if self._depth == 1:
                self._commit()
        except BaseException:
            self._doomed = True
            if self._depth == 1:
                self._forget()
                self.session.rollback()
            raise
        finally:
            self._enter(-1)
            if self._depth == 0:
                self._connection = None
        if self._depth == 0:
            if self._replica is not None and self.caller:
                self._replica.note(self.session, self.caller)
            self._run_effects()

    def from_replica(self, read: Callable[[], T]) -> T:
        """Read from the replica where there is one that may answer the caller, else from the primary.

        `read` only reads, and may be run a second time: what the replica breaks off or does not find is read
        from the primary. Within a transaction, and within another such block, it is simply run.
        """
        replica = self._replica
        if replica is None or self._depth or self.on_replica:
            return read()
        outcome = replica.reason_against(self.session.connection(), self.caller)
        self.release()
        if outcome is None:
            try:
                with self.reading_on(replica=True):
                    found = read()
            except NotFound:
                outcome = NOT_FOUND
            except (Unavailable, exc.DBAPIError) as error:
                outcome = replica.failed(error)
            else:
                replica.count(READ)
                return found
        replica.count(outcome)
        return read()

    @contextmanager
    def reading_on(self, *, replica: bool) -> Iterator[None]:
        """Read on within the block where reading began: for what is sent after its view has ended."""
        before, self.on_replica = self.on_replica, replica
        try:
            yield
        finally:
            self.on_replica = before
            if replica and not before and self._replica_session is not None:
                self._replica_session.close()
                self._replica_session = None

    def before_commit(self, action: Callable[[], None]) -> None:
        """Run `action` inside the transaction, after everything else in it, right before it commits.

        For what takes a lock that everybody wants (the head of the audit chain): taken last, it is held
        shortest and can never be one half of a deadlock.
        """
        self._before_commit.append(action)

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` once the outermost transaction has committed, and never if it did not."""
        self._after_commit.append(effect)

    def read_singly(self) -> None:
        """Let each read until `release` stand for itself: PostgreSQL is not asked to begin and end for it."""
        session = self.session
        if session.get_bind().dialect.name == "postgresql" and not session.in_transaction():
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})

    def release(self) -> None:
        """Give the connection back between two reads that need not see the same moment."""
        if self._replica_session is not None:
            self._replica_session.rollback()
        if self._session is not None and self._depth == 0:
            self._session.rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back."""
        if self._session is not None:
            self._session.close()
            self._session = None
        if self._replica_session is not None:
            self._replica_session.close()
            self._replica_session = None
        self._forget()

    def _begin(self) -> None:
        """Start a transaction that may write, on a snapshot that nobody has read from before."""
        self._doomed = False
        self._number += 1
        session = self.session
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("something was changed outside of `transaction()`")
        if session.in_transaction():
            # Reads came first: SQLite cannot turn their snapshot into a writing one once another has written.
            session.rollback()
        self._connection = session.connection(execution_options={WRITES: True})

    def _commit(self) -> None:
        if self._doomed:
            raise RuntimeError("a nested transaction failed, so this one cannot be committed")
        while self._before_commit:
            self._before_commit.pop(0)()
        self.session.commit()

    def _enter(self, step: int) -> None:
        self._depth += step
        self.session.info[DEPTH] = self._depth

    def _forget(self) -> None:
        self._before_commit.clear()
        self._after_commit.clear()

    def _run_effects(self) -> None:
        effects, self._after_commit = self._after_commit, []
        for effect in effects:
            try:
                effect()
            except Exception:
                # A boundary: the change is committed. Neither the caller nor the other effects may be told
                # otherwise by one effect that failed; the log says which.
                logger().exception("transaction.after_commit_failed", effect=repr(effect))


def refuse_stray_flush(session: Session, *_: object) -> None:
    """Refuse to write outside of `UnitOfWork.transaction()`; listens to every session's `before_flush`."""
    if not session.info.get(DEPTH):
        raise RuntimeError("something was changed outside of `transaction()`")
