"""Tests of how the application is put together and started."""

from __future__ import annotations

import gc
import os
import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from tests.fakes.web import opened, settings_for
from tidegate.app import create_app, first_start, make_container, migrate, with_all_modules
from tidegate.domain.errors import Invalid
from tidegate.domain.principals import SERVER
from tidegate.environment import SettingsError
from tidegate.kernel.logging import configure_logging
from tidegate.kernel.telemetry.prometheus import FOLDER
from tidegate.modules.identity.service import UserService

CLEAN = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}

UNLIMITED = -1


def conf(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> dict[str, Any]:
    """Load gunicorn's configuration as gunicorn does, in this process."""
    monkeypatch.chdir(folder)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_module("tidegate.gunicorn_conf")


class TestCreateApp:
    def test_migrates_only_when_it_is_told_to(self, tmp_path: Path) -> None:
        plain = settings_for(tmp_path / "a", LOG_LEVEL="ERROR")
        migrated = settings_for(tmp_path / "b", AUTO_MIGRATE="true")

        with opened(create_app(plain)) as app:
            assert app.test_client().get("/readyz").status_code == 503
        with opened(create_app(migrated)) as app:
            assert app.test_client().get("/readyz").status_code == 200

    def test_refuses_a_module_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="there is no module 'catalogue'"):
            create_app(settings_for(tmp_path, DEFAULT_ENABLED_MODULES="catalogue"))

    @pytest.mark.requirement("S1-13")
    def test_is_found_by_flask(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "flask", "--app", "tidegate.app", "routes"]

        done = subprocess.run(
            command, cwd=tmp_path, env=CLEAN, capture_output=True, text=True, timeout=60, check=False
        )

        assert done.returncode == 0, done.stderr
        assert "/readyz" in done.stdout

    def test_is_loaded_by_servers(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LOG_LEVEL", "ERROR")

        loaded = runpy.run_module("tidegate.wsgi")

        assert isinstance(loaded["app"], Flask)


class TestGunicorn:
    @pytest.mark.requirement("S4-8")
    @pytest.mark.requirement("S4-21")
    def test_takes_everything_from_the_settings(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = conf(
            monkeypatch, tmp_path, PORT="9004", WEB_CONCURRENCY="3", WEB_THREADS="8", WEB_TIMEOUT="90"
        )

        assert found["bind"] == "127.0.0.1:9004"
        assert (found["workers"], found["threads"], found["timeout"]) == (3, 8, 90)
        assert found["wsgi_app"] == "tidegate.wsgi:app"

    @pytest.mark.parametrize(
        ("allowed", "connections", "set_to"),
        [
            ((100, 20_000), 2000, 4256),
            ((100, UNLIMITED), 2000, 4256),
            ((100, 1256), 500, 1256),
            ((100, 200), 1, 200),
            ((5000, 5000), 2000, None),
            ((UNLIMITED, UNLIMITED), 2000, None),
        ],
    )
    def test_keeps_as_many_connections_as_there_may_be_files(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        allowed: tuple[int, int],
        connections: int,
        set_to: int | None,
    ) -> None:
        resource = pytest.importorskip("resource", reason="gunicorn and limits of files are POSIX's")
        assert resource.RLIM_INFINITY == UNLIMITED
        was_set: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _: allowed)
        monkeypatch.setattr(resource, "setrlimit", lambda _, both: was_set.append(both))
        found = conf(monkeypatch, tmp_path)
        assert found["worker_connections"] == connections
        assert was_set == ([(set_to, allowed[1])] if set_to else [])

    def test_keeps_fewer_connections_where_it_may_not_open_more_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resource = pytest.importorskip("resource", reason="gunicorn and limits of files are POSIX's")

        def refuse(_: int, _both: tuple[int, int]) -> None:
            raise PermissionError

        monkeypatch.setattr(resource, "getrlimit", lambda _: (1256, 20_000))
        monkeypatch.setattr(resource, "setrlimit", refuse)
        assert conf(monkeypatch, tmp_path)["worker_connections"] == 500

    @pytest.mark.parametrize("hook", ["worker_exit", "on_exit"])
    def test_does_not_go_through_all_objects_at_the_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hook: str
    ) -> None:
        found = conf(monkeypatch, tmp_path)

        found[hook](*[None] * (2 if hook == "worker_exit" else 1))

        try:
            assert gc.get_freeze_count() > 0
        finally:
            gc.unfreeze()

    def test_migrates_once_before_any_worker_starts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = conf(monkeypatch, tmp_path, AUTO_MIGRATE="true", DATA_DIR="here")
        server = SimpleNamespace(cfg=SimpleNamespace(address=[("127.0.0.1", 8000)]))

        found["on_starting"](server)

        assert (tmp_path / "here/tidegate.sqlite3").is_file()

    def test_leaves_the_schema_alone_when_it_is_not_told_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = conf(monkeypatch, tmp_path, APP_ENV="staging", SECRET_KEY="k3" * 32)

        found["on_starting"](SimpleNamespace(cfg=SimpleNamespace(address=["/run/tidegate.sock"])))

        with closing(sqlite3.connect(tmp_path / "data/tidegate.sqlite3")) as connection:
            assert connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone() == (0,)

    def test_makes_an_empty_file_ready_in_development(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = conf(monkeypatch, tmp_path, DATA_DIR="here")

        found["on_starting"](SimpleNamespace(cfg=SimpleNamespace(address=["/run/tidegate.sock"])))

        assert (tmp_path / "here/tidegate.sqlite3").stat().st_size > 0

    def test_lets_its_workers_count_together_and_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(FOLDER, "left over")
        monkeypatch.setattr("os.path.isdir", lambda _: False)  # a machine without /dev/shm
        found = conf(monkeypatch, tmp_path, ENABLE_MONITORING="true", DATA_DIR=str(tmp_path / "here"))
        found["on_starting"](SimpleNamespace(cfg=SimpleNamespace(address=["/run/tidegate.sock"])))

        folder = Path(os.environ[FOLDER])
        assert folder.parent == tmp_path / "here"
        (folder / "gauge_livesum_17.db").touch()
        (folder / "counter_17.db").touch()
        found["child_exit"](None, SimpleNamespace(pid=17))
        assert {path.name for path in folder.iterdir()} == {"lock", "counter_17.db"}
        found["on_exit"](None)
        assert not folder.exists()

    def test_lets_nobody_count_where_monitoring_is_off(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(FOLDER, "left over")
        found = conf(monkeypatch, tmp_path)
        found["on_starting"](SimpleNamespace(cfg=SimpleNamespace(address=["/run/tidegate.sock"])))
        assert FOLDER not in os.environ
        found["child_exit"](None, SimpleNamespace(pid=17))
        found["on_exit"](None)


class TestFirstStart:
    @pytest.mark.requirement("S0-11")
    def test_makes_the_first_administrator_once(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = settings_for(tmp_path, ADMIN_INITIAL_PASSWORD="seven crates of anthracite")
        container = make_container(settings)
        first_start(container)  # no schema yet: nothing happens
        migrate(container, backup=False)
        configure_logging(settings)

        first_start(container)
        first_start(container)

        with container.database.engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["admin"]
        container.database.dispose()
        said = capsys.readouterr().out
        assert "access.first_administrator_made" in said and "access.initial_password_ignored" in said
        assert "anthracite" not in said

    def test_refuses_a_password_that_is_soon_guessed(self, tmp_path: Path) -> None:
        container = make_container(settings_for(tmp_path, ADMIN_INITIAL_PASSWORD="admin"))
        migrate(container, backup=False)
        with pytest.raises(Invalid, match="The password is not accepted"):
            first_start(container)
        container.database.dispose()

    def test_puts_no_code_into_a_log_that_is_collected(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = settings_for(tmp_path, LOG_FORMAT="json")
        container = make_container(settings)
        migrate(container, backup=False)
        configure_logging(settings)
        assert first_start(container) is None
        assert "tidegate user set-up" in capsys.readouterr().out
        work = with_all_modules(container).work(SERVER)
        work.use(UserService).create_first_administrator("ada", "seven crates of anthracite")
        work.close()
        assert first_start(container) is None
        assert "tidegate user set-up" not in capsys.readouterr().out
        container.database.dispose()

    def test_offers_a_code_where_nothing_is_said(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = settings_for(tmp_path, HOST="0.0.0.0", LOG_FORMAT="console")
        container = make_container(settings)
        migrate(container, backup=False)
        configure_logging(settings)
        said = first_start(container)
        assert said is not None and "http://127.0.0.1:8000/setup on this machine" in said
        assert "-" in said.split("the code ")[1][:19]
        assert said.split("the code ")[1][:19] not in capsys.readouterr().out
        with container.database.engine.connect() as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM users")).scalar_one() == 0
        container.database.dispose()
