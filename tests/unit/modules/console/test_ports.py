"""Tests of what the overview says of a target: the worst that is known decides the shape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tidegate.domain.facts import FactValue, FieldName
from tidegate.domain.health_words import HealthState
from tidegate.domain.records import StoredRelease
from tidegate.modules.console.ports import Cell, RunningState

_NOW = datetime(2026, 11, 29, tzinfo=UTC)


def running(
    state: HealthState | None,
    observed: FactValue | None = None,
    declared: FactValue | None = None,
    differing: tuple[FieldName, ...] = (),
    *,
    late: bool = False,
) -> RunningState:
    return RunningState("production", None, state, _NOW, late, declared, observed, differing)


class TestRunningState:
    @pytest.mark.parametrize(
        ("one", "shape", "words"),
        [
            (running(None), "missing", "not probed yet"),
            (running(None, declared="2.0"), "missing", "not probed yet, declared 2.0"),
            (running(HealthState.PASS), "pass", "answers"),
            (running(HealthState.PASS, "2.0", "2.0"), "pass", "runs 2.0"),
            (running(HealthState.PASS, "1.9", "2.0", ("version",)), "fail", "runs 1.9, declared 2.0"),
            (running(HealthState.PASS, "2.0", "2.0", ("port",)), "fail", "runs 2.0, 1 field differs"),
            (
                running(HealthState.PASS, "1.9", "2.0", ("port", "region", "version")),
                "fail",
                "runs 1.9, declared 2.0, 2 fields differ",
            ),
            (running(HealthState.WARN, "2.0", "2.0"), "stale", "warns, runs 2.0"),
            (running(HealthState.WARN), "stale", "warns, answers"),
            (running(HealthState.UNKNOWN, "2.0"), "missing", "not understood, runs 2.0"),
            (running(HealthState.FAIL, "2.0", "2.0"), "fail", "fails, ran 2.0"),
            (running(HealthState.FAIL), "fail", "fails"),
            (running(HealthState.PASS, "2.0", late=True), "missing", "not probed in time, ran 2.0"),
            (running(HealthState.PASS, late=True), "missing", "not probed in time"),
            (running(HealthState.FAIL, late=True), "fail", "not probed in time, fails"),
            (running(None, late=True), "missing", "not probed yet"),
        ],
    )
    def test_says_the_worst_that_is_known(self, one: RunningState, shape: str, words: str) -> None:
        assert (one.shape, one.words) == (shape, words)

    def test_cuts_a_version_that_is_none(self) -> None:
        assert running(HealthState.PASS, "x" * 1000).words == f"runs {'x' * 60}…"


class TestCell:
    @pytest.mark.parametrize(
        ("observed", "another"), [("1.0.0", True), ("10.0.1", False), ("v10.0.1", False), (None, False)]
    )
    def test_tells_where_another_version_runs_than_was_released(
        self, observed: str | None, another: bool
    ) -> None:
        release = StoredRelease(
            id="r1",
            component="alpha",
            commit="a" * 40,
            version="10.0.1",
            tag="prod/v10.0.1",
            environment="production",
            verdict_id="v1",
            notes="",
            edition=1,
            created_at=_NOW,
            updated_at=_NOW,
            created_by=None,
        )

        runs = running(HealthState.PASS, observed)

        assert Cell("production", None, release, running=runs).runs_another is another
        assert not Cell("production", None, None, running=runs).runs_another
        assert not Cell("production", None, release).runs_another
