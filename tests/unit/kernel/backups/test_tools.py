"""PostgreSQL's tools: found, new enough, and reported when they fail."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tidegate.kernel.backups import tools
from tidegate.kernel.backups.manifest import BackupError

_URL = make_url("postgresql+psycopg://tide:s3cret%2F@db.example:5433/tide?sslmode=require")


def _tool(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


class TestRequire:
    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(BackupError, match="postgresql-client-17"):
            tools.require("pg_dump", least=17)

    def test_refuses_one_that_is_older_than_the_server(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", "echo 'pg_dump (PostgreSQL) 15.6 (Debian)'")
        assert tools.require("pg_dump", least=15) == str(tmp_path / "pg_dump")
        with pytest.raises(BackupError, match="older than the server's 17"):
            tools.require("pg_dump", least=17)

    def test_refuses_one_that_says_nothing_of_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", "echo hello")
        with pytest.raises(BackupError, match="does not say its version"):
            tools.require("pg_dump", least=15)


class TestDump:
    def test_hands_the_password_over_unseen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", 'echo "$@"; echo "$PGPASSWORD"')
        with tools.dump(_URL, "0001-1") as stream:
            arguments, password, _ = stream.read(10_000).decode().split("\n")
        assert "--dbname=postgresql://tide@db.example:5433/tide?sslmode=require" in arguments
        assert "--snapshot=0001-1" in arguments
        assert ("s3cret" in arguments, password) == (False, "s3cret/")

    def test_one_that_fails_at_its_end_is_no_dump(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", "echo some; echo 'out of luck' >&2; exit 1")
        with pytest.raises(BackupError, match="pg_dump failed: out of luck"):
            with tools.dump(_URL, "0001-1") as stream:
                assert stream.read(10_000) == b"some\n"

    def test_it_ends_with_whoever_reads_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", "exec sleep 600")
        begun = time.monotonic()
        with pytest.raises(KeyError):
            with tools.dump(_URL, "0001-1"):
                raise KeyError
        assert time.monotonic() - begun < 60


class TestRestore:
    def test_what_hangs_is_ended(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _tool(tmp_path, monkeypatch, "pg_dump", "exec sleep 600")
        monkeypatch.setattr(tools, "_LIMIT", 0.2)
        with pytest.raises(BackupError, match="did not end"):
            tools.require("pg_dump", least=15)

    def test_a_database_that_is_away_is_reported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _tool(tmp_path, monkeypatch, "pg_restore", "echo 'x (PostgreSQL) 15.1'")
        url = make_url("postgresql+psycopg://postgres@127.0.0.1:1/none")
        with pytest.raises(BackupError, match="nothing was changed"):
            tools.restore(url, tmp_path / "dump", least=15)
