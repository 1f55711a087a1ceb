"""Deliveries: an event on its way to a channel; when it is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_ANSWER = 500
"""Characters that are kept of what a receiver answered."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_RETRY_AFTER = timedelta(days=1)
_CHANNEL_WAIT = timedelta(seconds=1)
_LONGEST_CHANNEL_WAIT = timedelta(minutes=5)
_MOST_DOUBLINGS = 20
_GONE = 410
_NOT_NOW = frozenset({408, 425, 429})


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for one channel.

    `attempts` counts those that were begun; `first_at` is when it was first due, or replayed last: the time
    after which it is given up begins there. `told` are the addresses that have it already, where a channel
    has several. `answer` is what the last attempt brought, and its `status` where there was one.
    """

    id: str
    channel: str
    event_id: str
    kind: str
    component: str
    environment: str
    thread: str
    state: DeliveryState
    attempts: int
    first_at: datetime
    next_at: datetime
    created_at: datetime
    updated_at: datetime
    status: int | None = None
    answer: str = ""
    told: tuple[str, ...] = ()
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of sending: `retry_after` is in seconds, as the receiver asked for.

    `status` is None where nothing answered; `told` are the addresses that took it. `of_channel` says that
    any other event would have failed as well, `gone` that there will never be anybody to tell.
    """

    delivered: bool
    answer: str
    status: int | None = None
    retry_after: float | None = None
    told: tuple[str, ...] = ()
    of_channel: bool = False
    gone: bool = False


def http_attempt(status: int, answer: str, retry_after: float | None) -> Attempt:
    """Say what an answer over HTTP means: 200 to 299 is delivered, and nothing else is."""
    return Attempt(
        delivered=200 <= status < 300,
        answer=answer,
        status=status,
        retry_after=retry_after,
        of_channel=status >= 500 or status in _NOT_NOW,
        gone=status == _GONE,
    )


def unanswered(reason: str) -> Attempt:
    """Say that nothing answered, and why."""
    return Attempt(delivered=False, answer=reason, of_channel=True)


def after_attempt(
    delivery: Delivery, attempt: Attempt, *, now: datetime, give_up: timedelta, random: float
) -> Delivery:
    """Return what becomes of a delivery; `random` from 0 to 1 spreads those that failed together.

    It waits twice as long after each failure, as long as the receiver asks for where that is longer, and is
    given up where it would be tried later than `give_up` after it was first due.
    """
    known = replace(
        delivery,
        status=attempt.status,
        answer=attempt.answer[:LONGEST_ANSWER],
        told=tuple(dict.fromkeys((*delivery.told, *attempt.told))),
        updated_at=now,
    )
    if attempt.delivered:
        return replace(known, state=DeliveryState.DELIVERED, finished_at=now)
    following = now + max(_wait(delivery.attempts, random), _asked(attempt))
    if attempt.gone or following > delivery.first_at + give_up:
        return replace(known, state=DeliveryState.GIVEN_UP, finished_at=now)
    return replace(known, next_at=following)


def replayed(delivery: Delivery, *, now: datetime) -> Delivery:
    """Return a delivery that is sent once more, to every address, as if it were new."""
    return replace(
        delivery,
        state=DeliveryState.WAITING,
        attempts=0,
        first_at=now,
        next_at=now,
        told=(),
        finished_at=None,
        updated_at=now,
    )


def channel_wait(failures: int, attempt: Attempt) -> timedelta:
    """Return how long nothing is sent to a channel after so many failures in a row."""
    doubled = _doubled(_CHANNEL_WAIT, failures)
    return max(min(doubled, _LONGEST_CHANNEL_WAIT), _asked(attempt))


def _wait(attempts: int, random: float) -> timedelta:
    return min(_doubled(FIRST_WAIT, attempts), LONGEST_WAIT) * (0.75 + random / 2)


def _doubled(wait: timedelta, times: int) -> timedelta:
    factor: int = 1 << min(max(times - 1, 0), _MOST_DOUBLINGS)
    return wait * factor


def _asked(attempt: Attempt) -> timedelta:
    seconds = min(max(attempt.retry_after or 0.0, 0.0), LONGEST_RETRY_AFTER.total_seconds())
    return timedelta(seconds=seconds)
