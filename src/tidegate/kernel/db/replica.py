"""A replica that reports are read from: whether it may be asked now, and what falls back to the primary.

It has to stand by for this very database (streaming replication), be no later than it may be, and hold what
the caller has last written. Anything else, and whatever it refuses, is read from the primary instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import Connection, Engine, bindparam, exc, text
from sqlalchemy.orm import Session, sessionmaker

from tidegate.domain.errors import TidegateError, Unavailable
from tidegate.kernel.logging import logger

READ, NOT_FOUND, CANCELLED = "replica", "not_found", "cancelled"
AWAY, LATE, BEHIND, NO_REPLICA = "away", "late", "behind", "no_replica"
"""What comes of a read that a replica may answer; anything but `replica` is answered by the primary."""

RETRY = 5.0
"""Seconds for which a replica that was away, late or none is not asked again."""

_NO_POSITION = "0/0"
_PAUSES = (0.002, 0.005, 0.01, 0.02, 0.05)
_TIMED_OUT = "57014"

_POSITIONS = text(
    "SELECT pg_current_wal_lsn()::text, "
    "(SELECT lsn FROM replica_marks WHERE caller = :caller), "
    "(SELECT system_identifier::text FROM pg_control_system())"
)
_STANDING = text(
    "SELECT pg_is_in_recovery(), "
    "pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn), "
    "pg_last_wal_replay_lsn() >= CAST(:mark AS pg_lsn), "
    "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8, "
    "(SELECT system_identifier::text FROM pg_control_system())"
)
_NO_HURRY = text("SET LOCAL synchronous_commit = off")
_NOTE = text(
    "INSERT INTO replica_marks (caller, lsn) VALUES (:caller, pg_current_wal_insert_lsn()::text) "
    "ON CONFLICT (caller) DO UPDATE SET lsn = "
    "greatest(replica_marks.lsn::pg_lsn, excluded.lsn::pg_lsn)::text"
).bindparams(bindparam("caller"))


class FollowingDatabase(Protocol):
    """The connections to a database that follows the primary."""

    @property
    def engine(self) -> Engine:
        """Its connections."""
        ...

    @property
    def sessions(self) -> sessionmaker[Session]:
        """What makes sessions over them."""
        ...

    def dispose(self, *, inherited: bool = False) -> None:
        """Close the connections; those that were `inherited` from another process are only let go of."""
        ...


class Replica:
    """A database that follows the primary; times are in seconds.

    `wait` is how long a read waits for what its caller has written, `max_lag` how old an answer may be.
    """

    def __init__(self, database: FollowingDatabase, *, wait: float, max_lag: float) -> None:
        self._database = database
        self._wait = wait
        self._max_lag = max_lag
        self._closed_until = float("-inf")
        self._closed_for = AWAY
        self.count: Callable[[str], None] = lambda _: None
        """Is told what came of each read."""

    @property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions on the replica."""
        return self._database.sessions

    def note(self, primary: Session, caller: str) -> None:
        """Remember, for every process, how far the replica has to be for who has just written.

        Not waited for on the disk: a crash that loses it loses the sessions that would have asked.
        """
        try:
            primary.execute(_NO_HURRY)
            primary.execute(_NOTE, {"caller": caller})
            primary.commit()
        except (TidegateError, exc.SQLAlchemyError) as error:
            primary.rollback()
            logger().warning("replica.mark_not_written", reason=str(error))

    def reason_against(self, primary: Connection, caller: str) -> str | None:
        """Return why the replica may not answer this caller now; None where it may."""
        if time.monotonic() < self._closed_until:
            return self._closed_for
        try:
            position, mark, system = primary.execute(_POSITIONS, {"caller": caller}).one()
        except exc.DBAPIError as error:
            # No right to ask how far it is, or no table of marks yet: then nothing is known of the replica.
            logger().warning("replica.positions_not_known", reason=str(error.orig))
            self._close(NO_REPLICA)
            return NO_REPLICA
        try:
            with self._database.engine.connect() as connection:
                reason = self._standing(connection, position, mark or _NO_POSITION, system)
        except (Unavailable, exc.DBAPIError):
            reason = AWAY
        if reason not in (None, BEHIND):
            self._close(str(reason))
        return reason

    def lag(self, primary: Connection) -> tuple[str | None, float]:
        """Return why the replica may not be asked, and how many seconds it is late, for who watches it.

        Raises `Unavailable` where one of the two does not answer that.
        """
        try:
            position, _, system = primary.execute(_POSITIONS, {"caller": ""}).one()
            with self._database.engine.connect() as connection:
                place = {"position": position, "mark": _NO_POSITION}
                standing, level, _, seconds, own = connection.execute(_STANDING, place).one()
        except exc.DBAPIError as error:
            raise Unavailable(str(error.orig)) from error
        late = _lateness(level, seconds)
        if not standing or own != system:
            return NO_REPLICA, late
        return (LATE if late > self._max_lag else None), late

    def failed(self, error: Exception) -> str:
        """Note that the replica broke off a read, and return as what it is counted; raises what was too slow.

        A report that is too much for the replica would be too much for the primary, where others wait.
        """
        cause = getattr(error.__cause__, "orig", None) or error.__cause__ or getattr(error, "orig", None)
        if getattr(cause, "sqlstate", None) == _TIMED_OUT and "statement timeout" in str(cause):
            raise error
        if getattr(cause, "sqlstate", None) is None:
            self._close(AWAY)
            return AWAY
        return CANCELLED

    def dispose(self, *, inherited: bool = False) -> None:
        """Close the pool, as the database's own is closed."""
        self._database.dispose(inherited=inherited)

    def _standing(self, connection: Connection, position: str, mark: str, system: str) -> str | None:
        deadline = time.monotonic() + self._wait
        pauses = iter(_PAUSES)
        while True:
            place = {"position": position, "mark": mark}
            standing, level, marked, seconds, own = connection.execute(_STANDING, place).one()
            if not standing or own != system:
                return NO_REPLICA
            late = _lateness(level, seconds) > self._max_lag
            if marked and not late:
                return None
            left = deadline - time.monotonic()
            if left <= 0:
                return LATE if late else BEHIND
            time.sleep(min(next(pauses, _PAUSES[-1]), left))

    def _close(self, reason: str) -> None:
        if self._closed_for != reason or time.monotonic() >= self._closed_until:
            logger().warning("replica.not_read", reason=reason, seconds=RETRY)
        self._closed_for, self._closed_until = reason, time.monotonic() + RETRY


def _lateness(level: bool, seconds: float | None) -> float:
    """Return how old what the replica shows may be: the age of the last transaction that it has replayed.

    Nothing, where it has replayed all that there was a moment ago; for ever, where it has replayed none.
    """
    if level:
        return 0.0
    return float("inf") if seconds is None else max(0.0, seconds)
