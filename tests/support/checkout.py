"""A repository to release from: a checkout with one commit, and a bare repository that it is pushed to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.evidence import SEALS, begin, reports
from scripts.git import GitRepository

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.0.0] - 2026-11-21

### Added

- Boats can be moored.

## [0.9.0] - 2026-10-01

- Boats can be counted.
"""
MAKEFILE = ".PHONY: lock generated format-check contracts\nlock generated format-check contracts:\n\t@true\n"
PROJECT = '[project]\nname = "harbour"\nversion = "1.0.0"\n'


@dataclass(frozen=True, slots=True)
class Checkout:
    """A clone and the bare repository that it came from."""

    folder: Path
    bare: Path

    def copy(self, to: Path) -> Checkout:
        """Copy both repositories."""
        shutil.copytree(self.folder.parent, to)
        copied = Checkout(to / self.folder.name, to / self.bare.name)
        copied.git("remote", "set-url", "origin", str(copied.bare))
        return copied

    @property
    def repository(self) -> GitRepository:
        """The clone, for questions."""
        return GitRepository(self.folder)

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str, folder: Path | None = None) -> str:
        """Run git in the clone, or in another folder; it must succeed."""
        lone = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *arguments], cwd=folder or self.folder, env=lone, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, **files: str) -> None:
        """Write files of the clone: `pyproject_toml` stands for pyproject.toml."""
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text, "utf-8")

    def change(self, files: Mapping[str, str], commands: Iterable[str] = ()) -> None:
        """Write files of the clone, then run commands of git in it."""
        for name, text in files.items():
            (self.folder / name).write_text(text, "utf-8")
        for command in commands:
            self.git(*command.split())

    def commit(self, message: str = "Change", *, push: bool = True) -> str:
        """Commit everything that was changed, and push it."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        if push:
            self.git("push", "--quiet", "origin", "HEAD")
        return self.head

    def tags(self) -> dict[str, set[str]]:
        """Return the production tags that are here and on the remote."""
        found = {"here": self.folder, "there": self.bare}
        return {
            where: set(self.git("tag", "--list", "prod/*", folder=folder).split())
            for where, folder in found.items()
        }

    def take_reports(self, made: Path) -> Path:
        """Copy reports into the checkout as if they had been made from its sources."""
        to = self.folder / ".reports"
        begin(to, [report.name for report in reports(made)], self.repository)
        shutil.copytree(made, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns(SEALS))
        return to


def make(folder: Path) -> Checkout:
    """Make both repositories: one commit on main, pushed, that could be released as 1.0.0."""
    made = Checkout(folder / "clone", folder / "origin.git")
    made.bare.mkdir()
    made.git("init", "--quiet", "--bare", "--initial-branch", "main", folder=made.bare)
    made.git("clone", "--quiet", str(made.bare), str(made.folder), folder=folder)
    made.git("switch", "--quiet", "--create", "main")
    for name, value in (("user.name", "Ann"), ("user.email", "ann@example.org")):
        made.git("config", name, value)
    shutil.copytree(ROOT / "gates", made.folder / "gates")
    made.write(pyproject_toml=PROJECT, CHANGELOG_md=CHANGELOG, _gitignore=".reports/\n.venv\n__pycache__/\n")
    made.write(Makefile=MAKEFILE)
    (made.folder / "src" / "tidegate").mkdir(parents=True)
    (made.folder / "src" / "tidegate" / "__init__.py").write_text('__version__ = "1.0.0"\n')
    made.commit("Moor boats", push=False)
    made.git("push", "--quiet", "--set-upstream", "origin", "main")
    return made
