"""Incidents: one opens after failures in a row, closes after successes, and is held open while it flaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tidegate.domain.health_words import HealthState


class IncidentSource(StrEnum):
    """What found it."""

    HEALTH = "health"
    PARITY = "parity"
    OBJECTIVE = "objective"


class IncidentState(StrEnum):
    """How far it is; `suppressed` is what began within a maintenance window: nobody is told of it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"
    CLOSED = "closed"


class IncidentEventKind(StrEnum):
    """What happened to an incident."""

    OPENED = "opened"
    REOPENED = "reopened"
    SUPPRESSED = "suppressed"
    FLAPPING = "flapping"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    CLOSED = "closed"


class TargetCheckResult(StrEnum):
    """What one look at a target said; `unknown` is neither a failure nor a success."""

    PASS = "pass"  # nosec B105  # a result, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


class CheckPhase(StrEnum):
    """What a check's failures have come to."""

    CALM = "calm"
    OPEN = "open"
    SUPPRESSED = "suppressed"


class IncidentAction(StrEnum):
    """What is to be done with the incident of a check."""

    OPEN = "open"
    SUPPRESS = "suppress"
    FLAP = "flap"
    CLOSE = "close"
    DISMISS = "dismiss"
    """End one that was suppressed all the time."""


@dataclass(frozen=True, slots=True)
class IncidentPolicy:
    """After how many failures in a row an incident opens, and after how many successes it closes.

    `flap_changes` openings and closings within `flap_window` are too many: it is held open then, until
    nothing but successes came for the time of the window.
    """

    open_after: int = 3
    close_after: int = 2
    flap_changes: int = 6
    flap_window: timedelta = timedelta(hours=1)

    def once(self) -> IncidentPolicy:
        """Return the policy of what is measured over a long time: each look counts."""
        return replace(self, open_after=1, close_after=1)


@dataclass(frozen=True, slots=True)
class CheckState:
    """How a check of a target is; counts stop where they no longer matter, so that calm writes nothing.

    `good_since` is when the successes in a row began; `changes` are the last openings and closings.
    """

    phase: CheckPhase = CheckPhase.CALM
    failures: int = 0
    successes: int = 0
    flapping: bool = False
    good_since: datetime | None = None
    changes: tuple[datetime, ...] = ()

    def closed_by_hand(self) -> CheckState:
        """Return it as it is after somebody closed its incident: failures are counted anew."""
        return replace(self, phase=CheckPhase.CALM, failures=0, successes=0, flapping=False, good_since=None)


CALM = CheckState()


def result_of(state: HealthState) -> TargetCheckResult:
    """Return what a probe says: a target that warns is up, and what was not understood is no success."""
    if state is HealthState.FAIL:
        return TargetCheckResult.FAIL
    return TargetCheckResult.UNKNOWN if state is HealthState.UNKNOWN else TargetCheckResult.PASS


def step(
    state: CheckState,
    result: TargetCheckResult,
    at: datetime,
    policy: IncidentPolicy,
    *,
    maintained: bool = False,
) -> tuple[CheckState, IncidentAction | None]:
    """Return how a check is after one more look, and what is to be done.

    `maintained` tells that a maintenance window covers this moment: what would open is suppressed, and opens
    with the first failure after the window. What is unknown ends a row of successes and no row of failures.
    """
    if result is TargetCheckResult.FAIL:
        return _failed(state, at, policy, maintained)
    if result is TargetCheckResult.UNKNOWN:
        return replace(state, successes=0, good_since=None), None
    return _passed(state, at, policy)


def is_forgettable(state: CheckState, at: datetime, policy: IncidentPolicy) -> bool:
    """Tell whether nothing of a check matters any more: it is calm, and was for the time of the window."""
    return (
        state.phase is CheckPhase.CALM
        and not state.failures
        and not _recent(state.changes, at, policy.flap_window)
    )


def _failed(
    state: CheckState, at: datetime, policy: IncidentPolicy, maintained: bool
) -> tuple[CheckState, IncidentAction | None]:
    failed = replace(state, failures=min(state.failures + 1, policy.open_after), successes=0, good_since=None)
    if state.phase is CheckPhase.OPEN or failed.failures < policy.open_after:
        return failed, None
    if maintained:
        if state.phase is CheckPhase.SUPPRESSED:
            return failed, None
        return replace(failed, phase=CheckPhase.SUPPRESSED), IncidentAction.SUPPRESS
    return _changed(replace(failed, phase=CheckPhase.OPEN), IncidentAction.OPEN, at, policy)


def _passed(
    state: CheckState, at: datetime, policy: IncidentPolicy
) -> tuple[CheckState, IncidentAction | None]:
    since = state.good_since if state.good_since is not None else at
    passed = replace(
        state, failures=0, successes=min(state.successes + 1, policy.close_after), good_since=since
    )
    if state.phase is CheckPhase.CALM or passed.successes < policy.close_after:
        return passed, None
    calm = replace(passed, phase=CheckPhase.CALM)
    if state.phase is CheckPhase.SUPPRESSED:
        # A change as well: what fails again soon is the same trouble, not another one.
        return replace(calm, changes=_with(calm.changes, at, policy)), IncidentAction.DISMISS
    if state.flapping:
        if at - since < policy.flap_window:
            return passed, None
        return replace(calm, flapping=False, changes=()), IncidentAction.CLOSE
    return _changed(calm, IncidentAction.CLOSE, at, policy)


def _changed(
    state: CheckState, action: IncidentAction, at: datetime, policy: IncidentPolicy
) -> tuple[CheckState, IncidentAction]:
    """Open or close, or hold open what was opened and closed too often."""
    changed = replace(state, changes=_with(state.changes, at, policy))
    if len(changed.changes) < policy.flap_changes:
        return changed, action
    return replace(changed, phase=CheckPhase.OPEN, flapping=True), IncidentAction.FLAP


def _with(changes: tuple[datetime, ...], at: datetime, policy: IncidentPolicy) -> tuple[datetime, ...]:
    return (*_recent(changes, at, policy.flap_window), at)[-policy.flap_changes :]


def _recent(changes: tuple[datetime, ...], at: datetime, window: timedelta) -> tuple[datetime, ...]:
    return tuple(one for one in changes if at - one < window)
