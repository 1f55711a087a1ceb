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
    "jobs run verify-blobs",
    "publisher list",
    "token create --name ci --role viewer",
    "token list",
    "token revoke ci",
    "token rotate ci",
    "user create ada",
    "user disable ada",
    "user link ada --issuer https://id.example.org --subject 1",
    "user list",
    "user passkeys ada",
    "user password ada",
    "user set-up",
    "worker --once",
)


@pytest.mark.parametrize("command", _READING)
def test_it_says_what_makes_one(workspace: Workspace, command: str) -> None:
    result = workspace.run(*command.split(), input=b"a password of some length\n")
    assert result.exit_code == 2
    assert f"There is no database at {workspace.folder / 'data' / 'tidegate.sqlite3'}," in result.stderr
    assert "(DATA_DIR=FOLDER or DATABASE_URL=URL)" in result.stderr
    assert "tidegate db upgrade" in result.stderr
    assert not (workspace.folder / "data").exists()


def test_a_file_that_a_url_names_is_missed_by_its_name(workspace: Workspace) -> None:
    result = workspace.run("user", "list", DATABASE_URL="sqlite:///elsewhere/other.db")
    assert f"There is no database at {workspace.folder / 'elsewhere' / 'other.db'}," in result.stderr
    assert not (workspace.folder / "elsewhere").exists()


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
    assert not (workspace.folder / "data").exists()


def test_the_command_that_makes_one_makes_it(workspace: Workspace) -> None:
    assert workspace.run("db", "upgrade").exit_code == 0
    assert workspace.run("db", "current").exit_code == 0
