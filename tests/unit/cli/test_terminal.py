"""Tests of making texts fit to be shown."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tidegate.cli.terminal import Terminal, print_rows, shown_commit


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


class TestRows:
    TITLES = ("ID", "Commit", "Given")
    ROW = ("01a2238e-16c3-7000-880e-a550d01a5f8d", "8c1f0f6a1f2b", "2026-11-28T19:07:24.225Z")

    def printed(self, capsys: pytest.CaptureFixture[str], width: int, *, person: bool) -> list[str]:
        """Print two rows and return the lines."""
        console = Console(file=io.StringIO(), width=width, force_terminal=person)
        print_rows(Terminal(console), self.TITLES, [self.ROW, ("1", "2", "3")])
        return capsys.readouterr().out.splitlines()

    def test_stand_in_columns_where_there_is_room(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, 76, person=True) == [
            "ID                                    Commit        Given",
            "01a2238e-16c3-7000-880e-a550d01a5f8d  8c1f0f6a1f2b  2026-11-28T19:07:24.225Z",
            "1                                     2             3",
        ]

    def test_go_on_between_values_on_a_narrow_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, 75, person=True) == [
            "ID                                    Commit",
            "  Given",
            "01a2238e-16c3-7000-880e-a550d01a5f8d  8c1f0f6a1f2b",
            "  2026-11-28T19:07:24.225Z",
            "1                                     2",
            "  3",
        ]
        assert all(len(line) <= 40 for line in self.printed(capsys, 40, person=True))

    def test_are_whole_lines_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, 20, person=False)[1].split() == list(self.ROW)

    @pytest.mark.parametrize(("person", "shown"), [(True, "8c1f0f6a1f2b"), (False, "8c1f0f6a1f2b3c4d")])
    def test_a_commit_is_short_for_people_alone(self, person: bool, shown: str) -> None:
        console = Console(file=io.StringIO(), force_terminal=person)
        assert shown_commit(Terminal(console), "8c1f0f6a1f2b3c4d") == shown
