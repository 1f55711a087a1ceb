"""Tests of making texts fit to be shown."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tidegate.cli.terminal import Terminal


def terminal(encoding: str) -> Terminal:
    """Return a terminal of an encoding."""
    return Terminal(Console(file=io.TextIOWrapper(io.BytesIO(), encoding), width=80))


class TestPlain:
    @given(st.text(), st.sampled_from(["utf-8", "ascii", "latin-1", "cp437"]))
    def test_can_always_be_written_and_commands_nothing(self, text: str, encoding: str) -> None:
        plain = terminal(encoding).plain(text)
        plain.encode(encoding)
        assert plain.isprintable()
        assert not plain.startswith("::") and " ::" not in plain and "##[" not in plain.split(" ")

    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("a\n\tb", "a b"),
            ("red \x1b[31m", "red \\u001b[31m"),
            ("::error::x", ": :error::x"),
            ("tests/test_a.py::test_b", "tests/test_a.py::test_b"),
            ("x ##[error]", "x : :error]"),
            ("größer…", "größer…"),
        ],
    )
    def test_examples(self, text: str, plain: str) -> None:
        assert terminal("utf-8").plain(text) == plain

    def test_ascii_gets_the_nearest_signs(self) -> None:
        assert terminal("ascii").plain("a → b… ü") == "a -> b... \\xfc"
