"""What the package settles for each process that imports it."""

from __future__ import annotations

import atexit
import gc
import runpy
from collections.abc import Callable

import pytest

import tidegate


def test_searches_for_garbage_seldom_and_not_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    thresholds: list[tuple[int, ...]] = []
    at_end: list[Callable[[], object]] = []
    monkeypatch.setattr(gc, "set_threshold", lambda *given: thresholds.append(given))
    monkeypatch.setattr(atexit, "register", at_end.append)

    assert tidegate.__file__ is not None
    runpy.run_path(tidegate.__file__)

    assert thresholds == [(10_000, 10, 10)]
    assert at_end == [gc.freeze]
