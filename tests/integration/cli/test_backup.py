"""`tidegate backup` as a person uses it, on both databases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyrage  # type: ignore[import-untyped]  # ships no types
import pytest
from click.testing import CliRunner, Result

from tests.support.installations import Installation, make_installation
from tidegate.cli import main
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database


@pytest.fixture
def installation(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation that the settings name."""
    monkeypatch.chdir(tmp_path)
    made = make_installation(database, tmp_path / "installation")
    made.fill()
    monkeypatch.setenv("DATA_DIR", str(made.folder))
    url = database.url.set(drivername=database.dialect)
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    return made


def _backup(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["backup", *arguments])


@pytest.mark.requirement("S0-22")
@pytest.mark.requirement("S2-26")
def test_a_backup_is_taken_listed_verified_and_restored(installation: Installation) -> None:
    assert "no backup yet" in _backup("list").stderr
    created = _backup("create")
    assert created.exit_code == 0, created.output
    name = created.output.split()[0]
    assert "head " in created.output
    assert _backup("list").output.startswith(name)
    assert "is as it was stored" in _backup("verify").output
    assert "rows of the audit chain are intact" in _backup("verify", name, "--deep").output
    refused = _backup("restore")
    assert (refused.exit_code, "--overwrite" in refused.output) == (2, True)
    installation.api.database.dispose()
    done = _backup("restore", name, "--overwrite")
    assert done.exit_code == 0, done.output
    assert "3 reports are in the store" in done.output
    assert _backup("prune").output == "0 backups and 0 reports removed.\n"


def test_reports_that_are_missing_are_named(installation: Installation) -> None:
    lost = next((installation.folder / "blobs" / "sha256").rglob("*.zst"))
    lost.unlink()
    created = _backup("create")
    assert created.exit_code == 1
    assert f"sha256:{lost.stem}" in created.stderr


def test_what_cannot_be_restored_is_listed_as_such_and_old_ones_go(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_KEEP", "1")
    names = [_backup("create").output.split()[0] for _ in range(3)]
    (installation.backup_folder / names[2] / "database.zst").unlink()
    assert f"{names[2]}  CANNOT BE RESTORED: database.zst is missing" in _backup("list").output
    assert _backup("verify").exit_code == 2
    assert _backup("prune").output.splitlines()[0] == f"removed {names[0]}"
    (installation.backup_folder / names[2] / "manifest.json").write_text("{}")
    result = _backup("prune")
    assert result.exit_code == 0
    assert f"Reports that no backup names were left: The backup {names[2]}" in result.stderr


def test_an_encrypted_one_needs_its_identity(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "recipients").write_text(f"# the catalogue's\n{identity.to_public()}\n")
    (tmp_path / "identity").write_text(f"# keep me elsewhere\n{identity}\n")
    monkeypatch.setenv("BACKUP_RECIPIENTS_FILE", str(tmp_path / "recipients"))
    assert "encrypted" in _backup("create").output
    assert _backup("verify").exit_code == 0
    refused = _backup("verify", "--deep")
    assert (refused.exit_code, "--identity" in refused.output) == (2, True)
    assert "intact" in _backup("verify", "--deep", "--identity", str(tmp_path / "identity")).output
    assert "cannot be read" in _backup("verify", "--deep", "--identity", "nowhere").output


def test_an_older_one_says_that_it_has_to_be_migrated(
    installation: Installation, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installation.api.database.dialect != empty_database.dialect:
        pytest.skip("the backup is of the other database")
    schema.upgrade(empty_database, "0002")
    url = empty_database.url.set(drivername=empty_database.dialect).render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    assert _backup("create").exit_code == 0
    assert _backup("verify", "--deep").exit_code == 0
    empty_database.dispose()
    assert "tidegate db upgrade" in _backup("restore", "--overwrite").output
    upgraded = CliRunner().invoke(main, ["db", "upgrade"])
    assert "was taken first" in upgraded.output
    shutil.rmtree(installation.backup_folder)
    assert "no backup" in _backup("restore", "--overwrite").output


def test_a_place_that_nobody_knows_is_reported(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_URL", "nonsense://there")
    found = _backup("create")
    assert (found.exit_code, "nonsense://" in found.output) == (2, True)
