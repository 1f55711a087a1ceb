"""Tests of `make prepare-release`: the five edits, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts.release.prepare import main

CHANGELOG = (
    "# Changelog\n\n## [Unreleased]\n\n- Boats can be moored.\n\n## [0.9.0] - 2026-10-01\n\n- Boats.\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Sources that say 0.9.0."""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "harbour"\nversion = "0.9.0"\n')
    (tmp_path / "src" / "tidegate").mkdir(parents=True)
    (tmp_path / "src" / "tidegate" / "__init__.py").write_text('__version__ = "0.9.0"\n')
    return tmp_path


class Ran:
    """Remembers commands, and lets one of them fail."""

    def __init__(self, failing: str = "") -> None:
        self.commands: list[str] = []
        self.failing = failing

    def __call__(self, command: Sequence[str], root: Path) -> int:
        """Run nothing."""
        self.commands.append(" ".join(command))
        return int(bool(self.failing) and self.failing in self.commands[-1])


def text_of(root: Path) -> str:
    """Return everything that the edits touch."""
    paths = ("CHANGELOG.md", "pyproject.toml", "src/tidegate/__init__.py")
    return "".join((root / path).read_text() for path in paths)


def test_makes_the_five_edits(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = Ran()
    assert main(["1.0.0"], root, ran) == 0
    text = text_of(root)
    assert "## [Unreleased]\n\n## [1.0.0] - 20" in text
    assert 'version = "1.0.0"' in text and '__version__ = "1.0.0"' in text and "0.9.0" in text
    assert ran.commands == [".tools/bin/uv lock --quiet", "make generate"]
    assert "scripts/create-prod-release.sh 1.0.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "changelog", "why"),
    [
        ("v1.0", CHANGELOG, "make prepare-release VERSION=1.0.0"),
        ("0.9.0", CHANGELOG, "has a section of 0.9.0 already"),
        ("1.0.0", "# Changelog\n", "needs one section `## [Unreleased]`"),
        ("1.0.0", "# Changelog\n\n## [Unreleased]\n\n## [0.9.0] - 2026-10-01\n", "is empty"),
    ],
)
def test_refuses_and_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str], typed: str, changelog: str, why: str
) -> None:
    (root / "CHANGELOG.md").write_text(changelog)
    before = text_of(root)
    assert main([typed], root, Ran()) == 1
    assert why in capsys.readouterr().err
    assert text_of(root) == before


def test_a_place_of_the_version_that_is_not_found_changes_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "src" / "tidegate" / "__init__.py").write_text("")
    before = text_of(root)
    assert main(["1.0.0"], root, Ran()) == 1
    assert "has 0 lines that say the version" in capsys.readouterr().err
    assert text_of(root) == before


def test_says_which_command_failed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1.0.0"], root, Ran(failing="uv lock")) == 1
    assert "`.tools/bin/uv lock --quiet` failed" in capsys.readouterr().err
