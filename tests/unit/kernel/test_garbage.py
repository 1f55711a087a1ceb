"""The collector's pause."""

from __future__ import annotations

import gc

import pytest

from tidegate.kernel.garbage import collection_paused


class TestCollectionPaused:
    def test_pauses_the_collector_and_lets_it_go_on(self) -> None:
        with collection_paused():
            assert not gc.isenabled()
        assert gc.isenabled()

    def test_lets_it_go_on_after_a_failure(self) -> None:
        with pytest.raises(ZeroDivisionError), collection_paused():
            raise ZeroDivisionError
        assert gc.isenabled()

    def test_leaves_a_collector_alone_that_somebody_else_has_paused(self) -> None:
        with collection_paused():
            with collection_paused():
                pass
            assert not gc.isenabled()
