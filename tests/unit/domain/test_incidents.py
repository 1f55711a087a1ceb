"""When incidents open and close: thresholds, damping, maintenance, and what holds of every run of results."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain.health_words import HealthState
from tidegate.domain.incidents import (
    CALM,
    CheckPhase,
    CheckState,
    IncidentAction,
    IncidentPolicy,
    TargetCheckResult,
    is_forgettable,
    result_of,
    step,
)

_START = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_POLICY = IncidentPolicy(open_after=3, close_after=2, flap_changes=6, flap_window=timedelta(hours=1))
_LETTERS = {
    "P": TargetCheckResult.PASS,
    "F": TargetCheckResult.FAIL,
    "U": TargetCheckResult.UNKNOWN,
    "M": TargetCheckResult.FAIL,
}
_SHOWN = {None: "."} | {action: action.value[0].upper() for action in IncidentAction}
_SHOWN[IncidentAction.FLAP] = "!"


def run(
    letters: str, policy: IncidentPolicy = _POLICY, every: timedelta = _MINUTE, start: CheckState = CALM
) -> tuple[str, CheckState]:
    """Take one look a minute (M: a failure within a maintenance window); returns a letter for each action."""
    state, said = start, ""
    for count, letter in enumerate(letters):
        state, action = step(
            state, _LETTERS[letter], _START + count * every, policy, maintained=letter == "M"
        )
        said += _SHOWN[action]
    return said, state


class TestSteps:
    @pytest.mark.parametrize(
        ("looks", "actions"),
        [
            ("FFF", "..O"),
            ("FFPFFF", ".....O"),
            ("FUFUF", "....O"),
            ("FFFFFPP", "..O...C"),
            ("FFFPFPP", "..O...C"),
            ("FFFPUPP", "..O...C"),
            ("UUUUUU", "......"),
            ("FFFUUUU", "..O...."),
            ("MMM", "..S"),
            ("MMMMFF", "..S.O."),
            ("MMMPP", "..S.D"),
            ("MMFF", "..O."),
            ("FFFMM", "..O.."),
        ],
    )
    def test_open_suppress_and_close(self, looks: str, actions: str) -> None:
        assert run(looks)[0] == actions

    def test_hold_open_what_flaps(self) -> None:
        once = _POLICY.once()
        said, state = run("FPFPFPFPFP", once)
        assert (said, state.phase, state.flapping) == ("OCOCO!....", CheckPhase.OPEN, True)

    def test_close_what_flapped_once_it_was_calm_for_the_window(self) -> None:
        said, state = run("FPFPFPF" + 70 * "P", _POLICY.once())
        assert said.index("C", 6) - 7 == 60
        assert (state.phase, state.flapping, state.changes) == (CheckPhase.CALM, False, ())

    def test_let_no_unknown_look_count_as_calm(self) -> None:
        said, _ = run("FPFPFPF" + 30 * "P" + "U" + 59 * "P", _POLICY.once())
        assert "C" not in said[6:]

    def test_write_nothing_anew_while_nothing_changes(self) -> None:
        _, failing = run("FFFF")
        assert run("FFF", start=failing) == ("...", failing)
        _, passing = run("FFFPP")
        assert run("PPP", start=passing) == ("...", passing)

    def test_count_anew_after_a_person_closed_it(self) -> None:
        closed = run("FFFF")[1].closed_by_hand()
        assert run("FFF", start=closed)[0] == "..O"


class TestForgetting:
    def test_waits_until_no_change_is_recent(self) -> None:
        _, state = run("FFFPP")
        assert not is_forgettable(state, _START + timedelta(minutes=63), _POLICY)
        assert is_forgettable(state, _START + timedelta(minutes=64), _POLICY)

    def test_never_takes_what_fails(self) -> None:
        assert not is_forgettable(run("F")[1], _START + timedelta(days=9), _POLICY)


@pytest.mark.parametrize(
    ("state", "result"),
    [
        (HealthState.PASS, TargetCheckResult.PASS),
        (HealthState.WARN, TargetCheckResult.PASS),
        (HealthState.UNKNOWN, TargetCheckResult.UNKNOWN),
        (HealthState.FAIL, TargetCheckResult.FAIL),
    ],
)
def test_a_probe_that_was_not_understood_is_no_success(state: HealthState, result: TargetCheckResult) -> None:
    assert result_of(state) is result


_RUNS = st.text("PFUM", max_size=120)
_POLICIES = st.builds(
    IncidentPolicy,
    open_after=st.integers(1, 4),
    close_after=st.integers(1, 4),
    flap_changes=st.integers(2, 8),
    flap_window=st.integers(2, 30).map(lambda minutes: minutes * _MINUTE),
)


def _told(actions: str) -> Iterable[int]:
    return (place for place, action in enumerate(actions) if action in "OC!")


class TestEveryRun:
    @given(_RUNS, _POLICIES)
    def test_opens_and_closes_by_turns(self, looks: str, policy: IncidentPolicy) -> None:
        is_open = False
        for action in run(looks, policy)[0]:
            if action == "O":
                assert not is_open
                is_open = True
            elif action == "!":
                is_open = True
            elif action == "C":
                assert is_open
                is_open = False

    @given(_RUNS, _POLICIES)
    def test_tells_no_more_within_the_window_than_is_allowed(
        self, looks: str, policy: IncidentPolicy
    ) -> None:
        told = list(_told(run(looks, policy)[0]))
        width = policy.flap_window // _MINUTE
        for first in told:
            assert len([one for one in told if first <= one < first + width]) <= policy.flap_changes + 1

    @given(_RUNS, _POLICIES)
    def test_never_loses_a_run_of_failures(self, looks: str, policy: IncidentPolicy) -> None:
        state = run(looks + policy.open_after * "F", policy)[1]
        assert state.phase is CheckPhase.OPEN

    @given(_RUNS, _POLICIES)
    def test_ends_once_nothing_but_successes_came_for_long(self, looks: str, policy: IncidentPolicy) -> None:
        end = looks + (policy.flap_window // _MINUTE + policy.close_after + 1) * "P"
        said, state = run(end, policy)
        assert (state.phase, state.flapping) == (CheckPhase.CALM, False)
        assert is_forgettable(state, _START + len(end) * _MINUTE + policy.flap_window, policy)

    @given(_RUNS, _POLICIES)
    def test_opens_nothing_by_what_is_unknown(self, looks: str, policy: IncidentPolicy) -> None:
        said = run(looks, policy)[0]
        assert all(action == "." for look, action in zip(looks, said, strict=True) if look == "U")

    @given(_RUNS, _POLICIES)
    def test_opens_nothing_within_a_maintenance_window(self, looks: str, policy: IncidentPolicy) -> None:
        said = run(looks.replace("F", "M"), policy)[0]
        assert "O" not in said
        assert "!" not in said


class TestTwoWorkers:
    """Two that share a check: each look is dropped that is older than the newest one which was recorded."""

    @given(_RUNS, st.lists(st.booleans(), max_size=240), _POLICIES)
    def test_open_and_close_by_turns_in_whatever_order_they_record(
        self, looks: str, turns: list[bool], policy: IncidentPolicy
    ) -> None:
        waiting = {True: list(enumerate(looks)), False: list(enumerate(looks))}
        state, newest, actions = CALM, -1, []
        for turn in [*turns, *([True] * len(looks)), *([False] * len(looks))]:
            if not waiting[turn]:
                continue
            number, letter = waiting[turn].pop(0)
            if number <= newest:
                continue
            newest = number
            at = _START + number * _MINUTE
            state, action = step(state, _LETTERS[letter], at, policy, maintained=letter == "M")
            actions.append(_SHOWN[action])
        told = [one for one in actions if one in "OC"]
        assert all(one != other for one, other in itertools.pairwise(told)) or "!" in actions
        assert len(actions) == len(looks)
        assert "".join(actions) == run(looks, policy)[0]
