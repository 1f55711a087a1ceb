"""Which formats are read, and which tools they come from."""

from __future__ import annotations

from tidegate.domain.gate_documents import examine
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.registry import READERS, known_tools


def test_every_kind_has_a_tool() -> None:
    assert all(known_tools()[kind] for kind in Kind if kind is not Kind.ANALYSIS)


def test_tools_are_those_that_the_readers_name() -> None:
    known = known_tools()
    assert {"pytest", "jest"} <= known[Kind.TESTS]
    assert {"flake8", "ruff", "eslint"} <= known[Kind.LINT]
    assert {"bandit", "semgrep", "codeql"} <= known[Kind.SAST]


def test_they_are_written_as_a_gate_asks_for_them() -> None:
    for reader in READERS:
        assert reader.tools
        for tool in reader.tools:
            assert canonical_tool(tool.partition("/")[2]) in known_tools()[Kind(tool.partition("/")[0])]
            rules = [{"id": "r", "that": "tool.ran", "needs": [tool]}]
            assert examine({"name": "g", "rules": rules})[1] == ()


def test_they_tell_of_declared_measures_only() -> None:
    assert {name for reader in READERS for name in reader.follows} <= set(BY_NAME)
