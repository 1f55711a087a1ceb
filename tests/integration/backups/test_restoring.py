"""Restoring on both databases: whole or not at all, and into a scratch database as a test of it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tests.support.api import junit
from tests.support.installations import Installation, make_installation
from tidegate.domain.errors import Conflict, NotFound, TidegateError
from tidegate.kernel.backups.manifest import BackupDamaged, BackupError
from tidegate.kernel.db.engine import SQLITE, Database
from tidegate.kernel.db.uow import WRITES


def _evidence(installation: Installation) -> list[str]:
    answer = installation.api.get(
        "/components/harbour/revisions/8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809/evidence"
    )
    assert answer.json is not None
    return [one["id"] for one in answer.json["items"]]


def _intact(installation: Installation) -> bool:
    answer = installation.api.get("/audit/verification")
    return answer.json is not None and bool(answer.json["intact"])


class TestRestore:
    @pytest.mark.requirement("S2-26")
    def test_brings_back_rows_and_reports(self, installation: Installation) -> None:
        known = _evidence(installation)
        with installation.backups() as service:
            manifest = service.create(reason="test")
            later = installation.api.submit(junit(passed=5), slot="later").json
            assert later is not None
            shutil.rmtree(installation.folder / "blobs")
            done = service.restore(overwrite=True)
        assert done.manifest == manifest
        assert (done.report.intact, done.at_head) == (True, True)
        assert _evidence(installation) == known
        assert [installation.content(one) is not None for one in known] == [True, True]
        assert installation.api.get(f"/evidence/{later['evidence']['id']}").status_code == 404
        assert _intact(installation)

    def test_goes_into_an_empty_database(
        self, installation: Installation, empty_database: Database, tmp_path: Path
    ) -> None:
        if installation.api.database.dialect != empty_database.dialect:
            pytest.skip("the backup is of the other database")
        elsewhere = make_installation(empty_database, tmp_path / "elsewhere")
        with installation.backups() as service:
            service.create(reason="test")
        with elsewhere.backups(BACKUP_URL=str(installation.backup_folder)) as service:
            done = service.restore()
        assert done.aside is None
        assert _evidence(elsewhere) == _evidence(installation)
        assert _intact(elsewhere)

    def test_refuses_to_replace_what_is_there_unless_told(self, installation: Installation) -> None:
        with installation.backups() as service:
            service.create(reason="test")
            installation.api.submit(junit(passed=5), slot="later")
            with pytest.raises(Conflict, match="--overwrite"):
                service.restore()
        assert len(_evidence(installation)) == 3

    @pytest.mark.requirement("S2-26")
    def test_refuses_what_is_not_as_it_was_stored(self, installation: Installation) -> None:
        with installation.backups() as service:
            manifest = service.create(reason="test")
            installation.api.submit(junit(passed=5), slot="later")
            own = [installation.backup_folder / manifest.name / part.name for part in manifest.parts]
            report = next((installation.backup_folder / "reports-plain").rglob("*.zst"))
            for path in (*own, report, installation.backup_folder / manifest.name / "manifest.json"):
                whole = path.read_bytes()
                for damage in (_edit, _cut, Path.unlink):
                    damage(path)
                    with pytest.raises(TidegateError):
                        service.verify(manifest.name)
                    with pytest.raises(TidegateError):
                        service.restore(manifest.name, overwrite=True)
                    assert service.list()[0].fault or damage is _edit
                    path.write_bytes(whole)
            assert len(_evidence(installation)) == 3
            assert _intact(installation)
            service.verify(manifest.name)

    def test_a_manifest_that_names_other_rows_is_not_believed(self, installation: Installation) -> None:
        with installation.backups() as service:
            manifest = service.create(reason="test")
            path = installation.backup_folder / manifest.name / "manifest.json"
            path.write_text(path.read_text().replace('"evidence": 2', '"evidence": 1'))
            with pytest.raises(BackupDamaged, match="not as it was written"):
                service.restore(manifest.name, overwrite=True)

    @pytest.mark.requirement("S2-26")
    def test_a_broken_audit_chain_never_takes_the_place_of_a_whole_one(
        self, installation: Installation
    ) -> None:
        actor = _tamper(installation, "mallory")
        with installation.backups() as service:
            service.create(reason="test")
            _tamper(installation, actor)
            installation.api.submit(junit(passed=5), slot="later")
            known = _evidence(installation)
            with pytest.raises(BackupDamaged, match="broken at row 2.*Nothing was restored"):
                service.restore(overwrite=True)
        assert _evidence(installation) == known
        assert _intact(installation)

    def test_refuses_a_backup_of_a_newer_version(
        self, installation: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with installation.backups() as service:
            service.create(reason="test")
            monkeypatch.setattr("tidegate.kernel.db.schema.knows", lambda _revision: False)
            with pytest.raises(Conflict, match="or newer"):
                service.restore(overwrite=True)

    def test_names_what_is_not_there(self, installation: Installation) -> None:
        with installation.backups() as service:
            with pytest.raises(NotFound):
                service.restore("20200101T000000Z")
            with pytest.raises(NotFound):
                service.restore("../../etc")

    @pytest.mark.requirement("S0-17")
    def test_after_a_rollback_tables_of_the_newer_version_are_gone(self, installation: Installation) -> None:
        database = installation.api.database
        with installation.backups() as service:
            service.create(reason="before the upgrade")
            with database.engine.connect().execution_options(**{WRITES: True}) as connection:
                connection.execute(text("CREATE TABLE of_the_next_version (id INTEGER PRIMARY KEY)"))
                connection.commit()
            assert service.restore(overwrite=True).report.intact
        with database.engine.connect() as connection:
            with pytest.raises(Exception, match="of_the_next_version"):
                connection.execute(text("SELECT * FROM of_the_next_version"))


def _edit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _tamper(installation: Installation, actor: str) -> str:
    """Write another actor into the second row of the audit log behind its back; returns who stood there."""
    database = installation.api.database
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        if database.dialect == SQLITE:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_events_no_update"))
        else:
            connection.execute(text("ALTER TABLE audit_events DISABLE TRIGGER USER"))
        before = connection.scalar(text("SELECT actor FROM audit_events WHERE seq = 2"))
        connection.execute(text("UPDATE audit_events SET actor = :actor WHERE seq = 2"), {"actor": actor})
        if database.dialect != SQLITE:
            connection.execute(text("ALTER TABLE audit_events ENABLE TRIGGER USER"))
        connection.commit()
    return str(before)


class TestVerify:
    @pytest.mark.requirement("S2-26")
    def test_restores_into_a_scratch_database_and_leaves_nothing_of_it(
        self, installation: Installation
    ) -> None:
        with installation.backups() as service:
            service.create(reason="test")
            installation.api.submit(junit(passed=5), slot="later")
            manifest, report = service.verify(deep=True)
        assert report is not None and report.intact
        assert f"{report.checked}:" in str(manifest.head)
        assert len(_evidence(installation)) == 3
        assert list((installation.folder / "scratch").iterdir()) == []
        database = installation.api.database
        if database.dialect != SQLITE:
            with database.engine.connect() as connection:
                names = set(connection.scalars(text("SELECT datname FROM pg_database")))
            assert f"{database.url.database}_restore_test" not in names

    def test_finds_a_row_that_was_changed_behind_its_back(self, installation: Installation) -> None:
        _tamper(installation, "mallory")
        with installation.backups() as service:
            service.create(reason="test")
            service.verify()
            with pytest.raises(BackupDamaged, match="broken at row 2"):
                service.verify(deep=True)


class TestPostgres:
    @pytest.fixture
    def filled(self, installation: Installation) -> Installation:
        """An installation on PostgreSQL with a backup."""
        if installation.api.database.dialect == SQLITE:
            pytest.skip("this is about PostgreSQL's tools")
        with installation.backups() as service:
            service.create(reason="test")
        return installation

    def test_a_tool_that_fails_at_the_end_changes_nothing(
        self, filled: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = _evidence(filled)
        wrong = tmp_path / "pg_restore"
        real = shutil.which("pg_restore")
        wrong.write_text(
            f'#!/bin/sh\n{real} "$@"\n[ "$1" = --version ] || {{ echo \'cut off\' >&2; exit 1; }}\n'
        )
        wrong.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with filled.backups() as service, pytest.raises(BackupError, match="pg_restore failed: cut off"):
            service.restore(overwrite=True)
        assert _evidence(filled) == known
        assert _intact(filled)

    def test_who_reads_meanwhile_is_not_waited_for_without_end(
        self, filled: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tidegate.kernel.backups.tools._SESSION", "-c lock_timeout=200ms")
        known = _evidence(filled)
        address = filled.api.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as reading, filled.backups() as service:
            reading.execute("SELECT count(*) FROM evidence")
            with pytest.raises(BackupError, match="nothing was changed: .*lock timeout"):
                service.restore(overwrite=True)
        assert _evidence(filled) == known

    def test_texts_with_every_sign_come_back(self, filled: Installation) -> None:
        odd = "tab\t, line\n, back\\slash, \\. and quote ' \" ü \u2028"
        answer = filled.api.put("/components/odd", {"title": "Odd", "owner": "o", "description": odd})
        assert answer.status_code == 201
        with filled.backups() as service:
            service.create(reason="test")
            service.restore(overwrite=True)
        found = filled.api.get("/components/odd").json
        assert found is not None and found["description"] == odd
