"""Tests of the commands about the server; that it serves is shown by the integration tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from tests.unit.cli.workspace import Workspace
from tidegate.cli.server import serve_with_waitress


class TestOpenapi:
    def test_prints_the_document_whatever_is_set_here(self, workspace: Workspace) -> None:
        first = workspace.run("openapi")
        second = workspace.run("openapi", FLASK_ENV="production", SECRET_KEY="weak", PORT="1")
        assert json.loads(first.stdout)["openapi"].startswith("3.1")
        assert first.stdout_bytes == second.stdout_bytes

    def test_leaves_no_files(self, workspace: Workspace) -> None:
        workspace.run("openapi")
        assert not (workspace.folder / "data").exists()


class TestSettings:
    def test_prints_what_would_count_and_no_secret(self, workspace: Workspace) -> None:
        result = workspace.run(
            "settings", PORT="8123", SECRET_KEY="x" * 40, DEFAULT_ENABLED_MODULES="operations"
        )
        lines = result.stdout.splitlines()
        assert "PORT=8123" in lines
        assert "RATE_LIMIT_ENABLED=true" in lines
        assert "DEFAULT_ENABLED_MODULES=operations" in lines
        assert "xxxx" not in result.stdout

    def test_a_fault_is_one_message(self, workspace: Workspace) -> None:
        result = workspace.run("settings", PORT="many")
        assert result.exit_code == 2
        assert "PORT" in result.stderr


class TestServe:
    def test_refuses_another_address(self, workspace: Workspace) -> None:
        result = workspace.run("serve", HOST="0.0.0.0")
        assert result.exit_code == 2
        assert "I_KNOW_TIDEGATE_HAS_NO_ACCESS_CONTROL" in result.stderr


class TestWaitress:
    """Windows has no gunicorn; the real waitress runs in tests/integration/cli/test_waitress.py."""

    @pytest.mark.requirement("S1-5")
    def test_serves_the_app_and_migrates_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        served: list[dict[str, Any]] = []

        def serve(app: Flask, **options: Any) -> None:
            served.append({"ready": app.test_client().get("/readyz").status_code, **options})

        module = ModuleType("waitress")
        setattr(module, "serve", serve)
        monkeypatch.setitem(sys.modules, "waitress", module)
        monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("DATABASE_URL", "")
        monkeypatch.setenv("AUTO_MIGRATE", "true")
        monkeypatch.setenv("PORT", "8123")
        serve_with_waitress()
        (call,) = served
        assert (call["ready"], call["host"], call["port"]) == (200, "127.0.0.1", 8123)
