"""Tests of deliveries: what becomes of one after an attempt, and how long a channel is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.deliveries import (
    FIRST_WAIT,
    LONGEST_ANSWER,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    Attempt,
    Delivery,
    DeliveryState,
    after_attempt,
    channel_wait,
    http_attempt,
    replayed,
    unanswered,
)

NOW = datetime(2026, 1, 31, tzinfo=UTC)
GIVE_UP = timedelta(hours=72)
DELIVERY = Delivery(
    id="1",
    channel="crew",
    event_id="e",
    kind="incident.opened",
    component="harbour",
    environment="production",
    thread="e",
    state=DeliveryState.WAITING,
    attempts=1,
    first_at=NOW,
    next_at=NOW,
    created_at=NOW,
    updated_at=NOW,
)


def after(attempt: Attempt, delivery: Delivery = DELIVERY, *, now: datetime = NOW) -> Delivery:
    return after_attempt(delivery, attempt, now=now, give_up=GIVE_UP, random=0.5)


class TestAfterAttempt:
    def test_is_delivered_by_an_answer_of_the_two_hundreds_alone(self) -> None:
        states = {status: after(http_attempt(status, "", None)).state for status in (199, 200, 204, 299, 301)}
        assert [status for status, state in states.items() if state == "delivered"] == [200, 204, 299]

    def test_waits_twice_as_long_each_time(self) -> None:
        waits = [
            after(unanswered("no"), replace(DELIVERY, attempts=attempts)).next_at - NOW
            for attempts in (1, 2, 3, 100)
        ]
        assert waits == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, LONGEST_WAIT]

    def test_waits_as_long_as_it_is_asked_to_but_no_longer_than_a_day(self) -> None:
        assert after(http_attempt(503, "", 7200.0)).next_at == NOW + timedelta(hours=2)
        assert after(http_attempt(503, "", 1e9)).next_at == NOW + LONGEST_RETRY_AFTER

    def test_is_given_up_when_its_time_is_over(self) -> None:
        late = NOW + GIVE_UP
        given_up = after(unanswered("no"), now=late)
        assert (given_up.state, given_up.finished_at) == (DeliveryState.GIVEN_UP, late)

    def test_is_given_up_where_nobody_is_left_to_tell(self) -> None:
        assert after(http_attempt(410, "", None)).state == DeliveryState.GIVEN_UP

    def test_remembers_who_has_it(self) -> None:
        first = after(Attempt(False, "refused for b", told=("a",)))
        assert after(Attempt(True, "", told=("b",)), first).told == ("a", "b")

    def test_keeps_as_much_of_an_answer_as_there_is_room_for(self) -> None:
        assert len(after(unanswered("x" * 10_000)).answer) == LONGEST_ANSWER

    @given(st.integers(0, 10_000), st.floats(0, 1), st.floats(allow_nan=False))
    def test_is_never_tried_at_once_nor_later_than_its_end(
        self, attempts: int, random: float, asked: float
    ) -> None:
        known = replace(DELIVERY, attempts=attempts)
        found = after_attempt(known, http_attempt(503, "", asked), now=NOW, give_up=GIVE_UP, random=random)
        assert NOW + FIRST_WAIT / 2 < found.next_at <= NOW + GIVE_UP


class TestReplayed:
    def test_is_as_new(self) -> None:
        later = NOW + timedelta(days=9)
        done = replace(DELIVERY, state=DeliveryState.GIVEN_UP, attempts=30, told=("a",), finished_at=NOW)
        again = replayed(done, now=later)
        assert (again.state, again.attempts, again.told, again.first_at) == ("waiting", 0, (), later)


class TestChannelWait:
    def test_grows_and_ends(self) -> None:
        waits = [channel_wait(failures, unanswered("no")).total_seconds() for failures in (0, 1, 2, 5, 99)]
        assert waits == [1, 1, 2, 16, 300]

    @pytest.mark.parametrize(
        ("status", "of_channel"),
        [(500, True), (503, True), (429, True), (408, True), (400, False), (404, False)],
    )
    def test_is_for_what_any_event_would_meet(self, status: int, of_channel: bool) -> None:
        assert http_attempt(status, "", None).of_channel is of_channel
