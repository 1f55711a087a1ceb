"""Several processes start on an older schema: one backs up and migrates, the others wait, none is lost."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from tests.support import migrated
from tests.support.installations import Installation, make_installation
from tests.support.process import only
from tests.support.server import RealServer
from tidegate.app import migrate
from tidegate.domain.errors import Unavailable
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import WRITES

_OLDER = "0002"
_PATIENCE = 60
# Forked from one process that has imported all of it: importing takes seconds, in which they would not meet.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.support.migrated"])


@pytest.fixture
def older(empty_database: Database, tmp_path: Path) -> Installation:
    """An installation whose schema is not the newest."""
    schema.upgrade(empty_database, _OLDER)
    return make_installation(empty_database, tmp_path / "installation")


def _settings(installation: Installation) -> dict[str, str]:
    database = installation.api.database
    url = database.url.set(drivername=database.dialect).render_as_string(hide_password=False)
    return {"DATA_DIR": str(installation.folder), "DATABASE_URL": url, "AUTO_MIGRATE": "true"}


def _start(installation: Installation) -> ForkServerProcess:
    process = _PROCESSES.Process(target=migrated.start, args=(only(_settings(installation)),))
    process.start()
    return process


def _ended_well(processes: list[ForkServerProcess]) -> None:
    for process in processes:
        process.join(_PATIENCE)
    assert [process.exitcode for process in processes] == [0] * len(processes)


@contextmanager
def _migrations_blocked(database: Database) -> Iterator[None]:
    """Let nobody write the schema's version; everybody may read it."""
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        if database.dialect == SQLITE:
            connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE
        else:
            connection.execute(text("SELECT * FROM alembic_version FOR UPDATE"))
        yield
        connection.rollback()


def _wait_for_backup(installation: Installation) -> None:
    until = time.monotonic() + _PATIENCE
    while not list(installation.backup_folder.glob("*/manifest.json")):
        assert time.monotonic() < until, "nobody took a backup"
        time.sleep(0.05)


@pytest.mark.drill
class TestSeveralAtOnce:
    @pytest.mark.requirement("S2-40")
    @pytest.mark.requirement("S2-22")
    def test_one_backs_up_and_migrates_while_the_others_wait(self, older: Installation) -> None:
        _ended_well([_start(older) for _ in range(4)])
        assert schema.at_head(older.api.database)
        with older.backups() as service:
            [listed] = service.list()
            assert listed.manifest is not None
            assert (listed.manifest.revision, listed.fault) == (_OLDER, None)
            assert service.verify(deep=True)[1] is not None

    def test_when_the_one_that_migrates_is_killed_another_one_does_it(self, older: Installation) -> None:
        database = older.api.database
        with _migrations_blocked(database):
            first = _start(older)
            _wait_for_backup(older)
            others = [_start(older) for _ in range(2)]
            time.sleep(1)  # until they wait for the first one
            first.kill()
            first.join(_PATIENCE)
            assert first.exitcode == -signal.SIGKILL
            assert schema.current(database) == _OLDER
        _ended_well(others)
        assert schema.at_head(database)
        assert schema.check(database) is None

    @pytest.mark.requirement("S2-13")
    def test_nobody_is_ready_before_the_schema_is_at_its_head(
        self, older: Installation, tmp_path: Path
    ) -> None:
        database = older.api.database
        server = RealServer(database.url, tmp_path / "server", AUTO_MIGRATE="true")
        starting = threading.Thread(target=server.start)
        with _migrations_blocked(database):
            starting.start()
            for _ in range(10):
                time.sleep(0.2)
                assert not _ready(server.port)
        starting.join(_PATIENCE)
        try:
            assert _ready(server.port)
            assert schema.at_head(database)
        finally:
            server.kill()


def _ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


class TestOne:
    def test_an_empty_database_needs_no_backup(self, empty_database: Database, tmp_path: Path) -> None:
        installation = make_installation(empty_database, tmp_path / "installation")
        with installation.container() as container:
            assert migrate(container) is None
        assert schema.at_head(empty_database)

    def test_without_its_backup_nothing_is_migrated(self, older: Installation) -> None:
        older.folder.mkdir(exist_ok=True)
        (older.folder / "backups").write_text("in the way")
        with older.container() as container:
            with pytest.raises(Unavailable, match="backups cannot be reached"):
                migrate(container)
            assert schema.current(container.database) == _OLDER
            assert migrate(container, backup=False) is None
            assert schema.at_head(container.database)

    def test_a_missing_tool_is_named(self, older: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        if older.api.database.dialect == SQLITE:
            pytest.skip("SQLite needs no tool")
        monkeypatch.setenv("PATH", "/nowhere")
        with older.container() as container:
            with pytest.raises(BackupError, match="postgresql-client"):
                migrate(container)

    def test_a_schema_of_a_newer_version_is_left_alone_and_served(
        self, database: Database, tmp_path: Path
    ) -> None:
        installation = make_installation(database, tmp_path / "installation")
        with database.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            connection.commit()
        with installation.container() as container:
            assert migrate(container) is None
        assert schema.current(database) == "9999"
        assert installation.api.client.get("/readyz").status_code == 200
