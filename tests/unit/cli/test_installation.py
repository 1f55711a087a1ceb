"""A command that only reads makes no database."""

from __future__ import annotations

import pytest

from tests.unit.cli.workspace import Workspace

_READING = (
    "audit export",
    "audit verify",
    "backup create",
    "backup prune",
    "db check",
    "db copy --to postgresql://nobody@127.0.0.1:1/none",
    "db current",
    "jobs list",
    "jobs retry 0190d0f4-0000-7000-8000-000000000000",
    "worker --once",
)


@pytest.mark.parametrize("command", _READING)
def test_it_says_what_makes_one(workspace: Workspace, command: str) -> None:
    result = workspace.run(*command.split())
    assert result.exit_code == 2
    assert "There is no database at" in result.stderr
    assert "tidegate db upgrade" in result.stderr
    assert not (workspace.folder / "data").exists()


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("backup list", 0, "There is no backup yet"),
        ("backup verify", 2, "There is no backup that could be used"),
    ],
)
def test_backups_are_looked_at_where_there_is_none_yet(
    workspace: Workspace, command: str, code: int, message: str
) -> None:
    result = workspace.run(*command.split())
    assert result.exit_code == code
    assert message in result.stderr
    assert not list((workspace.folder).rglob("*.sqlite3"))


def test_the_command_that_makes_one_makes_it(workspace: Workspace) -> None:
    assert workspace.run("db", "upgrade").exit_code == 0
    assert workspace.run("db", "current").exit_code == 0
