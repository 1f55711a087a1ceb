"""git for scripts: one repository, asked without a shell and without what hooks leave in the environment."""

from __future__ import annotations

import os
import subprocess  # nosec B404  # runs git
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LIMIT = 120  # seconds for one command; a remote that does not answer by then is out of reach


class GitFailed(Exception):
    """git ended with an error; the text is what it said."""


@dataclass(frozen=True, slots=True)
class GitRepository:
    """The repository that a folder lies in."""

    folder: Path

    def ask(self, *arguments: str, more: Mapping[str, str] | None = None) -> str:
        """Run git and return what it printed; raises `GitFailed` with what it said."""
        try:
            done = subprocess.run(  # nosec B603 B607  # no shell; git is found as the user finds it
                ["git", *arguments],
                cwd=self.folder,
                env={**_environment(), **(more or {})},
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMIT,
            )
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {arguments[0]} did not end within {LIMIT} s") from None
        except OSError as error:
            raise GitFailed(f"git cannot be run: {error}") from None
        if done.returncode != 0:
            raise GitFailed(done.stderr.strip() or f"git {arguments[0]} ended with code {done.returncode}")
        return done.stdout.strip()

    def answers(self, *arguments: str) -> str | None:
        """Return what git printed, or nothing where it ended with an error: for questions with a `no`."""
        try:
            return self.ask(*arguments)
        except GitFailed:
            return None

    def tree(self) -> str:
        """Return the tree that a commit of everything here would have; equal sources have equal trees.

        Neither the index nor the objects of the repository are touched. Raises `GitFailed`.
        """
        index = self.folder / self.ask("rev-parse", "--git-path", "index")
        objects = self.folder / self.ask("rev-parse", "--git-path", "objects")
        with tempfile.TemporaryDirectory(prefix="tidegate-tree-") as name:
            aside = {
                "GIT_INDEX_FILE": f"{name}/index",
                "GIT_OBJECT_DIRECTORY": name,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects.resolve()),
            }
            if index.is_file():
                # What it knows of unchanged files need not be read again.
                Path(aside["GIT_INDEX_FILE"]).write_bytes(index.read_bytes())
            self.ask("add", "--all", f"{self.ask('rev-parse', '--show-toplevel')}/", more=aside)
            return self.ask("write-tree", more=aside)


def _environment() -> dict[str, str]:
    # A hook says which repository it is in, and what asks for a password here would wait for ever.
    kept = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


_OF_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY")
