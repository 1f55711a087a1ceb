"""Tests of how structlog is imported: without rich, which stays as it was for others."""

from __future__ import annotations

import runpy
import sys
from types import ModuleType

import pytest
import structlog

from tidegate.kernel import structlog_alone

FILE = str(structlog_alone.__file__)


class TestImport:
    def test_lets_others_import_rich_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "rich", raising=False)

        loaded = runpy.run_path(FILE)

        assert loaded["structlog"] is structlog
        assert "rich" not in sys.modules

    def test_leaves_a_rich_that_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        there = ModuleType("rich")
        monkeypatch.setitem(sys.modules, "rich", there)

        loaded = runpy.run_path(FILE)

        assert loaded["structlog"] is structlog
        assert sys.modules["rich"] is there
