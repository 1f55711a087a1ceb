"""A waiver takes two persons, a reason and an end, and covers only what it says."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.unit.domain.samples import NOON, SUBJECT, waiver
from tidegate.domain.canonical import canonical_json
from tidegate.domain.errors import Invalid
from tidegate.domain.evidence import Subject
from tidegate.domain.states import State
from tidegate.domain.waivers import Waiver


class TestGranting:
    @pytest.mark.parametrize("approver", ["ann", "ANN", " ann "])
    def test_nobody_approves_their_own(self, approver: str) -> None:
        with pytest.raises(Invalid, match="ask another person"):
            waiver(approver=approver)

    @pytest.mark.parametrize("field", ["gate", "rule", "component", "owner", "approver", "reason"])
    def test_nothing_may_be_left_out(self, field: str) -> None:
        with pytest.raises(Invalid, match=f"needs its {field}"):
            waiver(given={field: " "})

    def test_every_fault_is_reported_at_once(self) -> None:
        with pytest.raises(Invalid) as caught:
            waiver(identity="", reason="", days=-2, covers=frozenset())
        assert [where for where, _ in caught.value.problems] == ["/id", "/reason", "/expires_at", "/covers"]

    def test_must_end_after_it_starts(self) -> None:
        with pytest.raises(Invalid, match="must end after it starts"):
            waiver(days=-1)

    def test_pass_needs_no_excuse(self) -> None:
        with pytest.raises(Invalid, match="other than pass"):
            waiver(covers=frozenset({State.PASS, State.FAIL}))

    def test_times_need_a_zone(self) -> None:
        with pytest.raises(Invalid, match="time zone"):
            Waiver("w", "g", "r", "c", "a", "b", "x", datetime(2026, 1, 1), NOON)

    def test_covers_failing_alone_unless_told_otherwise(self) -> None:
        given = Waiver("w", "g", "r", "c", "a", "b", "x", NOON, NOON + timedelta(days=1))
        assert given.covers == {State.FAIL}


class TestScope:
    def test_is_about_one_rule_of_one_gate_and_component(self) -> None:
        assert waiver().concerns("g", "r", SUBJECT)
        assert not waiver(gate="h").concerns("g", "r", SUBJECT)
        assert not waiver(rule="s").concerns("g", "r", SUBJECT)
        assert not waiver(component="c").concerns("g", "r", SUBJECT)

    def test_an_environment_narrows_it(self) -> None:
        assert waiver(environment="production").concerns("g", "r", SUBJECT)
        assert not waiver(environment="staging").concerns("g", "r", SUBJECT)
        assert not waiver(environment="production").concerns("g", "r", Subject("shop", "x"))

    def test_is_in_force_from_its_start_until_just_before_its_end(self) -> None:
        given = waiver(days=7)
        assert given.in_force(given.granted_at)
        assert not given.in_force(given.granted_at - timedelta(seconds=1))
        assert not given.in_force(given.expires_at)
        assert given.expired(given.expires_at)
        assert not given.expired(given.expires_at - timedelta(seconds=1))


class TestDocument:
    def test_is_read_as_it_was_written(self) -> None:
        given = waiver(environment="staging", covers=frozenset({State.STALE, State.FAIL}))
        document = json.loads(canonical_json(given.to_document()))
        assert document["covers"] == ["fail", "stale"]
        assert Waiver.from_document(document) == given
        assert Waiver.from_document(waiver().to_document()) == waiver()

    def test_covers_must_be_a_list(self) -> None:
        with pytest.raises(TypeError, match="list"):
            Waiver.from_document({**waiver().to_document(), "covers": "fail"})
