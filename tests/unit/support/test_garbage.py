"""Tests of where Python looks for garbage."""

from __future__ import annotations

import gc


class TestCollectedTests:
    def test_are_searched_no_more(self) -> None:
        assert gc.get_freeze_count() > 0

    def test_leave_the_search_on(self) -> None:
        assert gc.isenabled()
