"""A folder as a pipeline leaves it: a gate, reports of our own, and a way to run `tidegate` in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tidegate.cli import main

GATE = """\
name: production
title: What may go to production
rules:
  - id: lint-clean
    title: flake8 finds nothing
    that: findings.total == 0
    needs: [lint/flake8]
    max_age: 24h
  - id: few-type-errors
    that: findings.total <= 1
    needs: [types]
    max_age: 24h
"""
FLAKE8 = "src/a.py:1:1: F401 'os' imported but unused\nsrc/b.py:3:111: E501 line too long (112 > 110)\n"
FLAKE8_COUNTED = "0\n"
MYPY = (
    'src/a.py:4: error: Incompatible return value type (got "int", expected "str")  [return-value]\n'
    "Found 1 error in 1 file (checked 3 source files)\n"
)


class Workspace:
    """Files in a folder of their own, and the command run with it as the current one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file, its folders included."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def run(self, *arguments: str, input: bytes | None = None, **variables: str) -> Result:
        """Run `tidegate` with these arguments; whatever is raised unforeseen fails the test."""
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            env = {"COLUMNS": "100", "NO_COLOR": "1", "TIDEGATE_REVISION": None, **variables}
            return CliRunner().invoke(main, arguments, input=input, env=env, catch_exceptions=False)
        finally:
            os.chdir(before)

    def json(self, *arguments: str) -> Any:
        """Run with `--output json` and return what it printed."""
        return json.loads(self.run(*arguments, "--output", "json").stdout)


def usual(folder: Path) -> Workspace:
    """Make the usual workspace: the gate, and two reports of which flake8's has findings."""
    workspace = Workspace(folder)
    workspace.write("gate.yml", GATE)
    workspace.write("reports/flake8.txt", FLAKE8)
    workspace.write("reports/mypy.txt", MYPY)
    return workspace
