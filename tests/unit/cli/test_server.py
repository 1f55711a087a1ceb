"""Tests of the commands about the server; that it serves is shown by the integration tests."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from tests.unit.cli.workspace import Workspace
from tidegate.cli.lazy import NotDone
from tidegate.cli.server import refuse_taken_port, serve_with_waitress


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


class TestPort:
    def test_that_is_in_use_is_one_line(self, workspace: Workspace) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            result = workspace.run("serve", PORT=port)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert line.startswith(f"Error: Port {port} on 127.0.0.1 is in use: stop what listens there")

    def test_of_an_address_that_this_machine_does_not_have_is_one_line(self) -> None:
        with pytest.raises(NotDone, match=r"cannot listen on 192\.0\.2\.1:8000"):
            refuse_taken_port("192.0.2.1", 8000)

    def test_that_is_free_is_taken_after_all(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        refuse_taken_port("127.0.0.1", port)
        refuse_taken_port("127.0.0.1", port)

    @pytest.mark.parametrize("name", ["LISTEN_FDS", "GUNICORN_CMD_ARGS"])
    def test_is_not_asked_where_others_say_what_is_listened_on(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "1")
        refuse_taken_port("192.0.2.1", 8000)


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
        # Its own limit of 100 would let as many silent clients keep everybody else out.
        assert call["connection_limit"] == 2000
