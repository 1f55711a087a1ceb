"""Tests of `tidegate publisher`, on the server's own machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fakes.web import settings_for
from tidegate.app import make_container, migrate
from tidegate.cli import main

CLAIMS = ("--claim", "repository_id=764321", "--claim", "repository_owner_id=4321")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database at the newest schema."""
    made = tmp_path_factory.mktemp("publishers")
    container = make_container(settings_for(made))
    migrate(container, backup=False)
    container.database.dispose()
    return made


def run(folder: Path, *arguments: str) -> Result:
    """Run a command on the data folder."""
    env = {"DATA_DIR": str(folder), "DATABASE_URL": ""}
    return CliRunner().invoke(main, ("publisher", *arguments), env=env, catch_exceptions=False)


def add(folder: Path, name: str, *arguments: str) -> Result:
    """Trust a publisher of GitHub."""
    return run(folder, "add", name, "--provider", "github", "--role", "submitter", *arguments)


class TestPublisher:
    def test_is_added_listed_and_removed(self, folder: Path) -> None:
        made = add(folder, "harbour-ci", *CLAIMS, "--component", "harbour")
        github = "https://token.actions.githubusercontent.com"
        assert made.stdout == f"harbour-ci is trusted as submitter of harbour, with tokens of {github}.\n"

        listed = run(folder, "list").stdout
        claims = "repository_id=764321, repository_owner_id=4321"
        assert listed == f"harbour-ci: submitter of harbour, {github} with {claims}\n"

        assert run(folder, "remove", "harbour-ci").stdout == "harbour-ci is trusted no more.\n"
        assert run(folder, "list").stdout == ""
        gone = run(folder, "remove", "harbour-ci")
        assert (gone.exit_code, "no trusted publisher" in gone.stderr) == (2, True)

    def test_that_is_not_described_well_is_one_message(self, folder: Path) -> None:
        lacking = add(folder, "a", "--claim", "repository_id=1")
        assert (lacking.exit_code, "repository_owner_id" in lacking.stderr) == (2, True)
        for wrong in (("--claim", "repository_id"), (*CLAIMS, "--claim", "repository_id=2")):
            assert "write NAME=VALUE, each name once" in add(folder, "a", *wrong).stderr
