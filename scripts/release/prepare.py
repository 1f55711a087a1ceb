"""`make prepare-release VERSION=1.0.0`: the five edits of a release, so that nobody forgets one.

CHANGELOG.md's `Unreleased` becomes the version's section, pyproject.toml and the package say the version, the
lock and the generated pages follow. Nothing is committed: look at `git diff`, then commit.
"""

from __future__ import annotations

import argparse
import re
import subprocess  # nosec B404  # runs uv and make
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from scripts.release.changelog import BadChangelog, section
from scripts.release.versions import read_version
from tidegate.domain.errors import Invalid

_UNRELEASED = "## [Unreleased]\n"
_PROJECT_VERSION = re.compile(r'^version = "[^"]*"$', re.MULTILINE)
_PACKAGE_VERSION = re.compile(r'^__version__ = "[^"]*"$', re.MULTILINE)

Run = Callable[[Sequence[str], Path], int]


class NotPrepared(Exception):
    """Why nothing was changed, and what to do."""


def prepare(root: Path, version: str, day: str, run: Run) -> None:
    """Make the five edits; the texts are worked out before the first is written. Raises `NotPrepared`."""
    changelog, project = root / "CHANGELOG.md", root / "pyproject.toml"
    package = root / "src" / "tidegate" / "__init__.py"
    texts = {
        changelog: _released(changelog.read_text("utf-8"), version, day),
        project: _replaced(project, _PROJECT_VERSION, f'version = "{version}"'),
        package: _replaced(package, _PACKAGE_VERSION, f'__version__ = "{version}"'),
    }
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    for command in ([".tools/bin/uv", "lock", "--quiet"], ["make", "generate"]):
        if run(command, root) != 0:
            raise NotPrepared(
                f"`{' '.join(command)}` failed; the version is written. Fix what it says and run it again."
            )


def _released(text: str, version: str, day: str) -> str:
    """Head what is unreleased with the version and its day; an empty section stays for what comes next."""
    if f"## [{version}]" in text:
        raise NotPrepared(f"CHANGELOG.md has a section of {version} already: choose a higher version.")
    if text.count(_UNRELEASED) != 1:
        raise NotPrepared("CHANGELOG.md needs one section `## [Unreleased]` that says what it brings.")
    released = text.replace(_UNRELEASED, f"{_UNRELEASED}\n## [{version}] - {day}\n")
    try:
        section(released, version)
    except BadChangelog as bad:
        raise NotPrepared(str(bad)) from None
    return released


def _replaced(path: Path, pattern: re.Pattern[str], line: str) -> str:
    text, count = pattern.subn(line, path.read_text("utf-8"))
    if count != 1:
        raise NotPrepared(f"{path} has {count} lines that say the version; there must be one: {line}")
    return text


def _run(command: Sequence[str], root: Path) -> int:
    return subprocess.run(
        command, cwd=root, check=False
    ).returncode  # nosec B603  # no shell, our own commands


def main(arguments: Sequence[str], root: Path, run: Run = _run) -> int:
    """Prepare a release in the sources of `root`; exit code 0 done, 1 refused, 2 wrong use."""
    parser = argparse.ArgumentParser(prog="make prepare-release", description="Make the edits of a release.")
    parser.add_argument("version", help="MAJOR.MINOR.PATCH, without the v")
    options = parser.parse_args(arguments)
    try:
        version = read_version(options.version, "make prepare-release VERSION=")
        prepare(root, str(version), datetime.now(UTC).date().isoformat(), run)
    except (Invalid, NotPrepared) as bad:
        print(bad, file=sys.stderr)
        return 1
    print(f"Prepared {version}. Look at `git diff`, commit, merge into main, make evidence, and release it:")
    print(f"  scripts/create-prod-release.sh {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path.cwd()))
