"""Tests of shell commands: what is run, and what is thrown away."""

from __future__ import annotations

import pytest

from tidegate.repositories.shell import cannot_fail, commands_of, excused, logical_lines


class TestCommands:
    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("pytest -q && python -m mypy src", ["pytest", "mypy"]),
            ("FLASK_ENV=test sudo /usr/bin/curl -f 'http://x/?a=1&b=2'", ["curl"]),
            ("uv run pytest | tee log", ["pytest", "tee"]),
            ("python", ["python"]),
        ],
    )
    def test_are_named_without_prefixes(self, line: str, names: list[str]) -> None:
        assert [one.name for one in commands_of(line)] == names

    @pytest.mark.parametrize(
        ("line", "never"),
        [
            ("curl -f http://x || true", True),
            ("curl -f http://x || exit 0", True),
            ("curl http://x; exit 0", True),
            ("curl -f http://x || exit 1", False),
            ("curl -f http://x && echo ok", False),
            ("curl -f http://x", False),
            ("", False),
        ],
    )
    def test_at_the_end_say_whether_a_line_can_fail(self, line: str, never: bool) -> None:
        assert cannot_fail(commands_of(line)) is never

    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("pytest || true", ["pytest"]),
            ("pytest || echo failed", ["pytest"]),
            ("pytest || :; mypy src", ["pytest"]),
            ("pytest || exit 1", []),
            ("pytest || true; exit 1", []),
            ("pytest && true", []),
        ],
    )
    def test_are_excused_by_what_follows(self, line: str, names: list[str]) -> None:
        assert [one.name for one in excused(commands_of(line))] == names


class TestLogicalLines:
    def test_join_what_is_continued(self) -> None:
        assert [*logical_lines("a\nb \\\n  c\nd \\")] == [(0, "a"), (1, "b    c"), (3, "d  ")]
