"""What `make new-format` writes is clean by every tool, and says itself what is left to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts import new_format
from tests.integration.quality.tools import ROOT, configured, tool

KEPT = ("src/tidegate", "tests/support/__init__.py", "tests/support/reading.py", "CHANGELOG.md")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what the files of a format stand on, with the tools' configuration."""
    configured(tmp_path)
    for name in KEPT:
        there, here = ROOT / name, tmp_path / name
        here.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(there, here)
    return tmp_path


@pytest.mark.drill
def test_is_clean_by_every_tool(house: Path) -> None:
    # The lengths of names decide where lines are broken.
    for name in ("xyz", "harbourmaster2026-report-json"):
        new_format.write(name, "dependencies", house)
    modules = ("xyz", "harbourmaster2026_report_json")
    files = [f"src/tidegate/readers/supply_chain/{module}.py" for module in modules]
    files += [f"tests/unit/readers/supply_chain/test_{module}.py" for module in modules]
    for command in (
        ("black", "--check"),
        ("isort", "--check-only"),
        ("flake8",),
        ("mypy", "--no-incremental"),
    ):
        done = tool(*command, *files, folder=house)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


@pytest.mark.drill
def test_has_a_test_that_passes_but_for_what_is_left_to_do(house: Path) -> None:
    new_format.write("xyz", "sast", house)
    test = "tests/unit/readers/findings/test_xyz.py"

    begun = tool("python", "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", test, folder=house)
    assert (
        "test_nothing_is_left_to_do" in begun.stdout and "1 failed, 10 passed" in begun.stdout
    ), begun.stdout

    reader = house / "src/tidegate/readers/findings/xyz.py"
    reader.write_text(reader.read_text().replace("TODO", "done"))
    ended = tool("python", "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", test, folder=house)
    assert ended.returncode == 0 and "11 passed" in ended.stdout, ended.stdout + ended.stderr
