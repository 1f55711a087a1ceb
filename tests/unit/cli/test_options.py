"""Tests of the options that commands share: how the server is named."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace
from tidegate.cli import main

ME = {"kind": "token", "name": "ci", "credential": "token", "roles": [], "permissions": ["see"]}
NOWHERE = "http://127.0.0.1:1"


def _commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield (*path, name), command


ASKING = [path for path, command in _commands(main) if any(one.name == "server" for one in command.params)]


def test_the_commands_that_ask_a_server_are_found() -> None:
    assert {("login",), ("whoami",), ("submit",), ("verdict", "show"), ("release", "create")} <= set(ASKING)


@pytest.mark.parametrize("path", ASKING, ids=" ".join)
def test_each_says_which_variable_names_the_server(workspace: Workspace, path: tuple[str, ...]) -> None:
    text = " ".join(workspace.run(*path, "--help").stdout.split())
    assert "--server URL The server's URL. [env var: TIDEGATE_URL; default: http://127.0.0.1:8000]" in text


class TestServer:
    def test_the_variable_names_it(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(ME)) as server:
            result = workspace.run("whoami", TIDEGATE_URL=server.url)
        assert (result.exit_code, result.stderr) == (0, "")

    def test_its_old_name_counts_with_one_line_of_warning(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(ME)) as server:
            result = workspace.run("whoami", TIDEGATE_SERVER=server.url)
        assert result.exit_code == 0
        assert result.stderr == "TIDEGATE_SERVER is called TIDEGATE_URL now: rename it.\n"

    def test_the_new_name_goes_before_the_old_one(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(ME)) as server:
            result = workspace.run("whoami", TIDEGATE_URL=server.url, TIDEGATE_SERVER=NOWHERE)
        assert result.exit_code == 0
        assert result.stderr == "TIDEGATE_SERVER does not count, as TIDEGATE_URL is set.\n"

    def test_the_option_goes_before_both(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(ME)) as server:
            arguments = ("whoami", "--server", server.url)
            result = workspace.run(*arguments, TIDEGATE_URL=NOWHERE, TIDEGATE_SERVER=f"{NOWHERE}/old")
        assert (result.exit_code, result.stderr) == (0, "")
