"""Tests of what a status page says of an environment as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tidegate.modules.incidents.status_pages import ShownComponent, ShownState, StatusPage


@pytest.mark.parametrize(
    ("states", "left_out", "said"),
    [
        ([ShownState.OPERATIONAL], False, ShownState.OPERATIONAL),
        ([ShownState.OPERATIONAL], True, ShownState.UNKNOWN),
        ([ShownState.DOWN], True, ShownState.DOWN),
        ([], False, ShownState.UNKNOWN),
    ],
)
def test_is_no_better_than_what_is_not_shown(
    states: list[ShownState], left_out: bool, said: ShownState
) -> None:
    shown = tuple(ShownComponent(str(state), state, None, ()) for state in states)
    page = StatusPage("production", datetime(2026, 11, 21, tzinfo=UTC), shown, (), (), left_out)
    assert page.state is said
