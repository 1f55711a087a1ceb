"""A database whose schema is not there yet, or old: brought up in development, refused in words elsewhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.support.access import HEADERS, let_in
from tests.support.api import make_api
from tests.support.process import served, served_unready
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database

_SERVING = {"FLASK_ENV": "testing", "WEB_CONCURRENCY": "1"}


@pytest.fixture
def unmigrated(tmp_path: Path) -> Iterator[Database]:
    """A database in which no migration has run."""
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    yield database
    database.dispose()


class TestAnswers:
    def test_every_request_is_503_with_the_command_until_the_schema_is_there(
        self, unmigrated: Database, tmp_path: Path
    ) -> None:
        client = make_api(unmigrated, tmp_path).client
        for path in ("/api/v1/components", "/api/v1/components/a/releases", "/api/v1/nowhere"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "tidegate db upgrade" in answer.get_json()["detail"]
        assert client.put("/api/v1/components/a", json={"title": "A", "owner": "b"}).status_code == 503
        assert client.get("/readyz").status_code == 503
        assert client.get("/openapi.json").status_code == client.get("/healthz").status_code == 200
        schema.upgrade(unmigrated)
        let_in(unmigrated.engine)
        assert client.get("/api/v1/components").status_code == 200

    def test_an_older_schema_is_refused_as_well(self, unmigrated: Database, tmp_path: Path) -> None:
        schema.upgrade(unmigrated, "0001")
        answer = make_api(unmigrated, tmp_path).client.get("/api/v1/components")
        assert answer.status_code == 503
        assert "Traceback" not in answer.text


class TestServe:
    def test_brings_an_empty_file_to_its_schema_in_development(self, tmp_path: Path) -> None:
        with served(tmp_path, FLASK_ENV="development", WEB_CONCURRENCY="1") as server:
            assert (
                requests.get(f"{server.url}/api/v1/components", headers=HEADERS, timeout=30).status_code
                == 200
            )

    def test_leaves_a_file_with_tables_alone_in_development(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        with closing(sqlite3.connect(tmp_path / "data" / "tidegate.sqlite3")) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        with served_unready(tmp_path, FLASK_ENV="development", WEB_CONCURRENCY="1") as server:
            answer = requests.get(f"{server.url}/api/v1/components", headers=HEADERS, timeout=30)
            assert answer.status_code == 503
            assert "tidegate db upgrade" in answer.json()["detail"]
        with closing(sqlite3.connect(tmp_path / "data" / "tidegate.sqlite3")) as connection:
            assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]

    def test_migrates_nothing_by_itself_elsewhere(self, tmp_path: Path) -> None:
        with served_unready(tmp_path, **_SERVING) as server:
            answer = requests.get(f"{server.url}/api/v1/components", headers=HEADERS, timeout=30)
            assert answer.status_code == 503
            assert "tidegate db upgrade" in answer.json()["detail"]
        assert "Traceback" not in server.said.read_text()
