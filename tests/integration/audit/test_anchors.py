"""Anchors of the audit log: written by the real worker, held against the log and its export."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, text

from tests.support.attestations import KEY, OTHER_KEY
from tests.support.jobs import Shop, open_shop
from tidegate.app import compose
from tidegate.cli import main
from tidegate.domain.anchors import read_anchor, read_anchors
from tidegate.domain.audit import Head, append
from tidegate.domain.signing import by_keyid
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES
from tidegate.kernel.health import HealthCheck, HealthCheckFailed
from tidegate.kernel.jobs.executor import JobExecutor
from tidegate.kernel.jobs.task_status import TaskStatuses
from tidegate.modules.audit.service import AuditService
from tidegate.modules.audit.tasks import ANCHOR
from tidegate.registry import MODULES

KEYS = by_keyid([KEY.public])
_GUARDS = {
    "sqlite": [f"DROP TRIGGER audit_events_{name}" for name in ("no_update", "no_delete", "link", "head")],
    "postgresql": ["ALTER TABLE audit_events DISABLE TRIGGER USER"],
}
_FORGERY = "UPDATE audit_events SET actor = 'nobody', prev_hash = :prev, hash = :hash WHERE seq = :seq"


class AnchoredShop:
    """A shop whose worker anchors the audit log in a file."""

    def __init__(self, database: Database, folder: Path, **variables: str) -> None:
        self.file = folder / "anchors.jsonl"
        settings = {"SIGNING_KEY": KEY.private_pem(), "AUDIT_ANCHOR_FILE": str(self.file), **variables}
        self.shop: Shop = open_shop(database, folder / "shop", **settings)
        compose(self.shop.container, MODULES)
        self.shop.learn_tasks()

    def change(self, count: int = 1) -> None:
        """Let something happen that is written into the log."""
        with self.shop.work() as work:
            for number in range(count):
                work.use(AuditService).append(action="test.done", subject="t:1", details={"n": number})

    def anchor(self) -> tuple[str, str]:
        """Have the task done; returns the state of its job, and what came of it."""
        job = self.shop.enqueue(ANCHOR)
        JobExecutor(self.shop.container).execute(self.shop.claimed(), self.shop.tasks[ANCHOR])
        return self.shop.job(job).state, self.shop.runs(job)[0].detail or ""

    def rewrite(self) -> None:
        """Tell the log otherwise from its third row on, every digest right, as the database's owner can."""
        with self.shop.work() as work:
            _, found = work.use(AuditService).export()
            rows = list(found)
        head = Head(2, rows[1].hash)
        told: list[dict[str, object]] = []
        for row in rows[2:]:
            forged = append(head, replace(row.entry, actor="nobody"))
            head = Head(forged.entry.seq, forged.hash)
            told.append({"seq": head.seq, "hash": head.hash, "prev": forged.prev_hash})
        database = self.shop.container.database
        with database.engine.connect().execution_options(**{WRITES: True}) as connection:
            for guard in _GUARDS[database.dialect]:
                connection.execute(text(guard))
            connection.execute(text(_FORGERY), told)
            connection.execute(text("UPDATE audit_head SET hash = :hash"), {"hash": head.hash})
            connection.commit()

    def health(self) -> str:
        """Ask the part of `/health` that speaks of anchors."""
        with self.shop.work() as work:
            (check,) = (check for check in work.all_of(HealthCheck) if check.name == "audit-anchor")
        return check.ask()


@pytest.fixture
def anchored(database: Database, tmp_path: Path) -> AnchoredShop:
    return AnchoredShop(database, tmp_path)


class TestTask:
    @pytest.mark.requirement("S1-28")
    def test_adds_the_signed_head_to_the_file(self, anchored: AnchoredShop) -> None:
        anchored.change(3)
        first = anchored.anchor()
        anchored.change()
        anchored.anchor()

        lines = anchored.file.read_bytes().splitlines()
        assert first[0] == "done"
        assert [read_anchor(line, KEYS)[0].head.seq for line in lines] == [3, 4]
        assert stat.S_IMODE(anchored.file.stat().st_mode) == 0o600

    def test_anchors_nothing_where_nothing_was_written(self, anchored: AnchoredShop) -> None:
        assert anchored.anchor() == ("done", "Nothing is anchored: the log has no row yet")
        assert not anchored.file.exists()

    def test_writes_it_into_the_log_as_well(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from tidegate.kernel.logging import configure_logging

        anchored = AnchoredShop(
            database, tmp_path, AUDIT_ANCHOR_FILE="", AUDIT_ANCHOR_LOG="true", LOG_FORMAT="json"
        )
        configure_logging(anchored.shop.container.settings)
        anchored.change()
        anchored.anchor()

        out, err = capsys.readouterr()
        (line,) = (line for line in (out + err).splitlines() if "audit.anchored" in line)
        assert read_anchor(json.loads(line)["anchor"].encode(), KEYS)[0].head.seq == 1
        assert not anchored.file.exists()

    def test_signs_no_log_that_lacks_what_was_anchored_before(self, anchored: AnchoredShop) -> None:
        anchored.change(3)
        anchored.anchor()
        anchored.rewrite()

        state, why = anchored.anchor()

        assert state == "failed"
        assert "names row 3" in why
        assert "cut short or rewritten" in why
        assert f"tidegate audit verify --anchor {anchored.file}" in why
        assert len(anchored.file.read_bytes().splitlines()) == 1
        with pytest.raises(HealthCheckFailed, match="cut short or rewritten"):
            anchored.health()

    def test_a_forged_anchor_before_is_left_to_a_person(self, anchored: AnchoredShop) -> None:
        anchored.change()
        anchored.file.write_bytes(b"nonsense\n")

        state, why = anchored.anchor()

        assert (state, "The anchor before cannot be trusted." in why) == ("failed", True)

    def test_goes_on_after_the_key_was_rotated(self, anchored: AnchoredShop, tmp_path: Path) -> None:
        anchored.change()
        anchored.anchor()
        rotated = AnchoredShop(
            anchored.shop.container.database,
            tmp_path,
            SIGNING_KEY=OTHER_KEY.private_pem(),
            SIGNING_OLD_KEYS=KEY.public.pem,
        )

        assert rotated.anchor()[0] == "done"
        found = read_anchors(
            anchored.file.read_bytes().splitlines(), by_keyid([KEY.public, OTHER_KEY.public])
        )
        assert (found.count, found.keyid) == (2, OTHER_KEY.public.keyid)


class TestHealth:
    def test_says_that_it_is_off(self, database: Database, tmp_path: Path) -> None:
        assert AnchoredShop(database, tmp_path, AUDIT_ANCHOR_FILE="").health().startswith("Off: ")

    def test_says_when_it_was_last_done(self, anchored: AnchoredShop) -> None:
        assert anchored.health() == "On: the first anchor is not due yet."
        anchored.change()
        anchored.anchor()
        assert anchored.health() == "On: last anchored at 2026-11-21 02:30:00Z."

    def test_fails_where_it_is_late(self, anchored: AnchoredShop) -> None:
        anchored.change()
        anchored.anchor()
        anchored.shop.clock.advance(timedelta(hours=3))
        with pytest.raises(HealthCheckFailed, match=r"audit\.anchor is late"):
            anchored.health()

    def test_fails_where_no_worker_ever_came(self, anchored: AnchoredShop) -> None:
        anchored.shop.clock.advance(timedelta(hours=3))
        with pytest.raises(HealthCheckFailed, match="no worker has anchored"):
            anchored.health()

    def test_waits_for_the_first_time_once_a_worker_is_there(self, anchored: AnchoredShop) -> None:
        anchored.shop.clock.advance(timedelta(hours=3))
        with anchored.shop.work() as work, work.uow.transaction():
            work.use(TaskStatuses).note_seen(ANCHOR, anchored.shop.clock.now())
        assert anchored.health() == "On: the first anchor is not due yet."


@pytest.fixture
def configured(database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a process, away from any `.env`."""
    plain = database_url.set(drivername=database_url.get_backend_name())
    settings = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
        "SIGNING_KEY_FILE": str(tmp_path / "signing.pem"),
        "AUDIT_ANCHOR_FILE": str(tmp_path / "anchors.jsonl"),
        "AUDIT_ANCHOR_MINUTES": "1",
    }
    (tmp_path / "signing.pem").write_text(KEY.private_pem())
    (tmp_path / "pub.pem").write_text(KEY.public.pem)
    (tmp_path / "other.pem").write_text(OTHER_KEY.public.pem)
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def tidegate(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(main, list(arguments))


def worker_once(variables: dict[str, str]) -> None:
    """Let a worker do what is due, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tidegate", "worker", "--once"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr


class TestRealWorker:
    @pytest.mark.requirement("S1-28")
    def test_anchors_what_verify_then_holds_the_log_against(
        self, configured: dict[str, str], tmp_path: Path
    ) -> None:
        assert tidegate("jobs", "run", ANCHOR).exit_code == 0
        worker_once(configured)
        exported = tmp_path / "export.ndjson"
        exported.write_bytes(tidegate("audit", "export").stdout_bytes)

        here = tidegate("audit", "verify", "--anchor", "anchors.jsonl")
        offline = tidegate(
            "audit", "verify", "export.ndjson", "--anchor", "anchors.jsonl", "--key", "pub.pem"
        )

        for found in (here, offline):
            assert found.exit_code == 0, found.output
            assert "1 anchor of tidegate:server, and the log holds every row that is named." in found.stdout
            assert f"row 1, by key {KEY.public.keyid}." in found.stdout
        assert offline.stderr == ""

    def test_verify_finds_what_was_done_to_log_and_anchors(
        self, configured: dict[str, str], tmp_path: Path
    ) -> None:
        for _ in range(3):
            tidegate("jobs", "run", ANCHOR)
        worker_once(configured)
        tidegate("jobs", "run", ANCHOR)
        exported, anchors = tmp_path / "export.ndjson", tmp_path / "anchors.jsonl"
        exported.write_bytes(tidegate("audit", "export").stdout_bytes)
        rows, kept = exported.read_bytes().splitlines(keepends=True), anchors.read_bytes()

        def verify(*, key: str = "pub.pem") -> Result:
            return tidegate("audit", "verify", str(exported), "--anchor", str(anchors), "--key", key)

        newer = verify()
        assert (newer.exit_code, "1 newer rows hold together, and no anchor" in newer.stdout) == (0, True)
        exported.write_bytes(b"".join(rows[:2]))
        cut = verify()
        assert (cut.exit_code, "rows are missing at its end" in cut.stdout) == (1, True)
        exported.write_bytes(b"".join(rows))
        unknown = verify(key="other.pem")
        assert (unknown.exit_code, "which is not trusted here" in unknown.stdout) == (1, True)
        anchors.write_bytes(kept.replace(b'"sig":"', b'"sig":"AA', 1))
        forged = verify()
        assert (forged.exit_code, "NOT TRUSTED: " in forged.stdout, "Line 1" in forged.stdout) == (
            1,
            True,
            True,
        )

    def test_verify_finds_a_log_that_was_rewritten_as_a_whole(
        self, configured: dict[str, str], database: Database, tmp_path: Path
    ) -> None:
        anchored = AnchoredShop(database, tmp_path)
        anchored.change(4)
        anchored.anchor()
        anchored.rewrite()

        plain = tidegate("audit", "verify")
        against = tidegate("audit", "verify", "--anchor", "anchors.jsonl")

        assert plain.exit_code == 0
        assert (against.exit_code, "the log was rewritten" in against.stdout) == (1, True)


class TestRefusals:
    def test_asks_for_a_key_where_an_export_is_verified(self, configured: dict[str, str]) -> None:
        (Path.cwd() / "a").write_bytes(b"")
        found = tidegate("audit", "verify", "a", "--anchor", "a")
        assert (found.exit_code, "--anchor needs --key for an export" in found.stderr) == (2, True)

    def test_asks_for_anchors_where_there_is_a_key(self, configured: dict[str, str]) -> None:
        found = tidegate("audit", "verify", "--key", "pub.pem")
        assert (found.exit_code, "name their file with --anchor" in found.stderr) == (2, True)

    @pytest.mark.parametrize("name", ["AUDIT_ANCHOR_FILE", "AUDIT_ANCHOR_LOG"])
    def test_no_start_without_a_key_to_sign_with(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv(name, "true")
        found = tidegate("settings")
        assert (found.exit_code, f"{name}: anchors of the audit log are signed" in found.stderr) == (2, True)
