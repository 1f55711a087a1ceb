"""Tests of the group that imports its commands when they are used."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from tidegate.cli import _COMMANDS, main
from tidegate.cli.lazy import Later, LazyGroup, NotDone
from tidegate.domain.errors import Invalid, NotFound


class TestLazyGroup:
    @pytest.mark.parametrize("name", list(_COMMANDS))
    def test_every_command_is_there_and_has_help(self, name: str) -> None:
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0
        assert "Usage: main" in result.stdout or "Usage:" in result.stdout

    def test_lists_what_it_knows_without_an_import(self) -> None:
        group = LazyGroup("x", later={"far": Later("no.such.module", "far", "Is far away.")})
        assert "Is far away." in CliRunner().invoke(group, ["--help"]).stdout

    def test_refuses_what_is_no_command(self) -> None:
        group = LazyGroup("x", later={"json": Later("json", "loads", "Is no command.")})
        with pytest.raises(TypeError, match="json.loads is no command"):
            CliRunner().invoke(group, ["json"], catch_exceptions=False)

    def test_an_unknown_command_is_wrong_use(self) -> None:
        result = CliRunner().invoke(main, ["chekc"])
        assert result.exit_code == 2
        assert "No such command 'chekc'. Did you mean 'check'?" in result.stderr

    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            (["verdict", "verfy"], "Did you mean 'verify'?"),
            (["gate", "lnt"], "Did you mean 'lint'?"),
            (["check", "--gatte", "x"], "'--gate'?)"),
        ],
    )
    def test_names_what_was_meant_below_it_too(self, words: list[str], meant: str) -> None:
        result = CliRunner().invoke(main, words)
        assert (result.exit_code, meant in result.stderr) == (2, True)

    def test_an_error_raised_on_purpose_is_one_message(self) -> None:
        group = LazyGroup("x")

        @group.command()
        def lose() -> None:
            raise NotFound("gate", "production")

        result = CliRunner().invoke(group, ["lose"])
        assert result.exit_code == 2
        assert result.stderr == "Error: There is no gate named 'production'.\n"

    def test_tells_every_place(self) -> None:
        message = NotDone.of(Invalid("Two faults.", (("/a", "first"), ("", "second")))).message
        assert message == "Two faults.\n  /a: first\n  second"

    def test_says_nothing_twice(self) -> None:
        message = NotDone.of(Invalid("'a b' is no name.", (("/name", "'a b' is no name."),))).message
        assert message == "'a b' is no name."

    def test_click_commands_of_its_own_work_too(self) -> None:
        group = LazyGroup("x")
        group.add_command(click.Command("own", callback=lambda: click.echo("done")))
        assert CliRunner().invoke(group, ["own"]).stdout == "done\n"
