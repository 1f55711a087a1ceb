"""Runs the real targets and tools on a small tree that a test made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
LIMIT = 120  # seconds


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without what a measuring pytest leaves in the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}
    kept |= {"PATH": f"{BIN}{os.pathsep}{kept['PATH']}", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "120"}
    return subprocess.run(command, cwd=folder, env=kept, text=True, capture_output=True, timeout=LIMIT)


def tool(name: str, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of the lock in a folder."""
    return run([BIN / name, *arguments], folder)


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, folders included."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def make(target: str, *variables: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a make target of a configured folder with the environment and the scripts that are here."""
    given = (f"VENV={BIN.parent}", f"TOOLS={ROOT / '.tools'}", *variables)
    return run(["env", f"PYTHONPATH={ROOT}", "make", "--old-file=setup", target, *given], folder)


def machine(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Pretend that the machine has nothing beside a shell and the lock's tools but these shell scripts."""
    (folder / "bin").mkdir()
    for name in ("bash", "cp", "env", "make", "mkdir", "sh"):
        (folder / "bin" / name).symlink_to(str(shutil.which(name)))
    for name, script in programs.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"))


def configured(folder: Path) -> Path:
    """Give a folder this repository's targets, and the configuration of its tools."""
    for name in ("Makefile", "pyproject.toml", ".flake8", ".yamllint.yml", ".pre-commit-config.yaml"):
        shutil.copyfile(ROOT / name, folder / name)
    for name in ("src", "tests", "scripts", "benchmarks"):
        write(folder, {f"{name}/empty.py": ""})
    return folder
