"""Backups of both databases: taken, listed, encrypted, pruned."""

from __future__ import annotations

import json
import resource
import shutil
from datetime import timedelta
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # ships no types
import pytest
from sqlalchemy import text

from tests.support.api import junit
from tests.support.installations import Installation, make_installation
from tidegate.domain.errors import TidegateError
from tidegate.kernel.backups.manifest import BackupError
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES


def _evidence(installation: Installation) -> list[str]:
    answer = installation.api.get(
        "/components/harbour/revisions/8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809/evidence"
    )
    assert answer.json is not None
    return [one["id"] for one in answer.json["items"]]


class TestCreate:
    @pytest.mark.requirement("S0-22")
    @pytest.mark.requirement("S2-25")
    def test_keeps_database_reports_and_settings_with_their_digests(self, installation: Installation) -> None:
        with installation.backups() as service:
            manifest = service.create(reason="test")
            assert [each.fault for each in service.list()] == [None]
        assert manifest.name == "20261121T023000Z"
        assert manifest.rows["evidence"] == 2
        assert manifest.head is not None and manifest.head.startswith(
            f"{manifest.rows['audit_events']}:sha256:"
        )
        # The two reports, and the fingerprints of the one with findings.
        assert (manifest.blob_count, manifest.missing_count) == (3, 0)
        assert {path.name for path in (installation.backup_folder / manifest.name).iterdir()} == {
            "manifest.json",
            "database.zst",
            "settings.zst",
            "reports.zst",
        }

    @pytest.mark.requirement("S0-23")
    def test_the_settings_go_along_without_secrets(self, installation: Installation, tmp_path: Path) -> None:
        key = "a-very-secret-key-of-this-installation"
        with installation.backups(SECRET_KEY=key, LOG_LEVEL="ERROR") as service:
            manifest = service.create(reason="test")
            with service._open() as (catalogue, _), catalogue.open(manifest, manifest.settings) as opened:
                kept = opened.read()
        document = json.loads(kept)
        assert document["settings"]["LOG_LEVEL"] == "ERROR"
        assert {"SECRET_KEY", "DATABASE_URL"} <= set(document["secrets"])
        assert key.encode() not in kept

    def test_a_report_is_stored_once_however_many_backups_name_it(self, installation: Installation) -> None:
        with installation.backups() as service:
            service.create(reason="test")
            before = {
                path: path.stat().st_mtime_ns
                for path in (installation.backup_folder / "reports-plain").rglob("*.zst")
            }
            installation.api.submit(junit(passed=9), slot="other")
            again = service.create(reason="test")
        after = {
            path: path.stat().st_mtime_ns
            for path in (installation.backup_folder / "reports-plain").rglob("*.zst")
        }
        assert again.name == "20261121T023000Z-2"
        assert (len(before), len(after)) == (3, 4)
        assert before.items() <= after.items()

    def test_a_report_that_the_store_lost_is_reported_and_the_rest_is_kept(
        self, installation: Installation
    ) -> None:
        lost = next((installation.folder / "blobs" / "sha256").rglob("*.zst"))
        lost.unlink()
        with installation.backups() as service:
            manifest = service.create(reason="test")
        assert (manifest.blob_count, manifest.missing_count) == (2, 1)
        assert manifest.missing == (f"sha256:{lost.stem}",)

    def test_a_database_without_a_schema_has_nothing_to_back_up(
        self, empty_database: Database, tmp_path: Path
    ) -> None:
        with make_installation(empty_database, tmp_path / "empty").backups() as service:
            with pytest.raises(BackupError, match="nothing to back up"):
                service.create(reason="test")
            assert service.list() == ()

    def test_a_full_disk_is_reported_and_leaves_no_backup(self, installation: Installation) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        with installation.backups() as service:
            resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, hard))
            try:
                with pytest.raises(TidegateError, match="could not copy|cannot be reached or written"):
                    service.create(reason="test")
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            assert [each.manifest for each in service.list()] in ([], [None])
            assert list((installation.folder / "scratch").iterdir()) == []
            service.create(reason="test")
            service.verify()

    def test_what_was_not_finished_is_no_backup(self, installation: Installation) -> None:
        with installation.backups() as service:
            manifest = service.create(reason="test")
            (installation.backup_folder / manifest.name / "manifest.json").unlink()
            [listed] = service.list()
            with pytest.raises(BackupError, match="no backup"):
                service.verify()
        assert "never finished" in str(listed.fault)


class TestEncryption:
    @pytest.mark.requirement("S1-30")
    def test_is_restored_with_the_identity_alone(self, installation: Installation) -> None:
        identity = pyrage.x25519.Identity.generate()
        recipient = str(identity.to_public())
        known = _evidence(installation)
        content = installation.content(known[0])
        with installation.backups(BACKUP_RECIPIENTS=f"# ours\n{recipient}") as service:
            service.create(reason="test")
            manifest, _ = service.verify()
            with pytest.raises(BackupError, match="--identity"):
                service.restore(overwrite=True)
        assert manifest.encrypted
        for path in installation.backup_folder.rglob("*"):
            if path.is_file() and path.name not in ("manifest.json", "reports.zst"):
                assert path.read_bytes().startswith(b"age-encryption.org/v1"), path
        other = pyrage.x25519.Identity.generate()
        with installation.backups(BACKUP_RECIPIENTS=recipient, BACKUP_IDENTITY=str(other)) as service:
            with pytest.raises(BackupError, match="cannot be decrypted"):
                service.restore(overwrite=True)
        shutil.rmtree(installation.folder / "blobs")
        with installation.backups(BACKUP_RECIPIENTS=recipient, BACKUP_IDENTITY=str(identity)) as service:
            assert service.create(reason="again").missing_count == 0
            service.verify(deep=True)
            service.restore(overwrite=True)
        assert installation.content(known[0]) == content

    def test_other_recipients_share_nothing_with_those_before(self, installation: Installation) -> None:
        keys = [pyrage.x25519.Identity.generate() for _ in range(2)]
        for key in keys:
            with installation.backups(BACKUP_RECIPIENTS=str(key.to_public())) as service:
                service.create(reason="test")
        with installation.backups(BACKUP_IDENTITY=str(keys[1])) as service:
            assert service.verify(deep=True)[0].pool != "reports-plain"

    def test_a_key_that_is_none_is_refused(self, installation: Installation) -> None:
        with pytest.raises(BackupError, match="recipient cannot be read"):
            with installation.backups(BACKUP_RECIPIENTS="age1nonsense"):
                pytest.fail("a key that cannot be read was taken")


class TestPrune:
    @pytest.mark.requirement("S1-30")
    def test_keeps_the_newest_whole_ones_and_their_reports(self, installation: Installation) -> None:
        with installation.backups(BACKUP_KEEP="2") as service:
            first = service.create(reason="test")
            for number in range(3):
                installation.clock.advance(timedelta(days=1))
                installation.api.submit(junit(passed=number + 5), slot=f"s{number}")
                service.create(reason="test")
            pruned = service.prune()
            left = service.list()
            assert service.verify(left[-1].name, deep=True)[1] is not None
        assert first.name in pruned.names
        assert (len(pruned.names), len(left)) == (2, 2)
        assert [each.fault for each in left] == [None, None]

    def test_broken_ones_never_push_the_last_good_one_out(self, installation: Installation) -> None:
        with installation.backups(BACKUP_KEEP="1") as service:
            good = service.create(reason="good")
            for _ in range(3):
                installation.clock.advance(timedelta(days=1))
                broken = service.create(reason="broken")
                (installation.backup_folder / broken.name / "database.zst").unlink()
            assert service.prune().names == ()
            assert service.verify(good.name, deep=True)[1] is not None

    def test_reports_that_nobody_names_any_more_go(self, installation: Installation) -> None:
        with installation.backups(BACKUP_KEEP="1") as service:
            service.create(reason="test")
            stray = installation.backup_folder / "reports-plain" / "sha256" / "00" / f"{'0' * 64}.zst"
            stray.parent.mkdir(exist_ok=True)
            stray.write_bytes(b"x")
            other = installation.backup_folder / "reports-12345678" / "sha256" / "ab" / f"{'0' * 64}.zst.age"
            other.parent.mkdir(parents=True)
            other.write_bytes(b"x")
            assert service.prune().reports == 2
            service.verify(deep=True)
        assert not stray.exists() and not other.exists()

    @pytest.mark.parametrize("hidden", ["manifest.json", "reports.zst"])
    def test_no_report_goes_while_it_cannot_be_read_what_a_backup_names(
        self, installation: Installation, hidden: str
    ) -> None:
        with installation.backups(BACKUP_KEEP="1") as service:
            known = service.create(reason="of a version that this one cannot read, for one")
            path = installation.backup_folder / known.name / hidden
            whole = path.read_bytes()
            path.write_bytes(whole.replace(b'"format": 1', b'"format": 2') if hidden[0] == "m" else b"")
            database = installation.api.database
            with database.engine.connect().execution_options(**{WRITES: True}) as connection:
                connection.execute(text("DELETE FROM evidence"))
                connection.commit()
            installation.clock.advance(-timedelta(days=1))
            other = service.create(reason="names no report any more")
            assert other.blob_count == 0 < known.blob_count
            pruned = service.prune()
            assert (pruned.names, pruned.reports) == ((), 0)
            assert known.name in str(pruned.fault)
            path.write_bytes(whole)
            service.verify(known.name, deep=True)
            assert service.prune().fault is None

    def test_what_was_never_finished_goes_after_a_day(self, installation: Installation) -> None:
        with installation.backups() as service:
            name = service.create(reason="test").name
            (installation.backup_folder / name / "manifest.json").unlink()
            assert service.prune().names == ()
            installation.clock.advance(timedelta(days=2))
            assert service.prune().names == (name,)
        assert not (installation.backup_folder / name).exists()
