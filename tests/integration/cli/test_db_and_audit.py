"""`tidegate db` and `tidegate audit` against a real database, and the audit export without any."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from tidegate.cli.audit import audit
from tidegate.cli.db import db
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService


@pytest.fixture
def configured(empty_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """Name the database in the environment, away from any `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", empty_database.url.render_as_string(hide_password=False))
    return empty_database


def _db(*arguments: str) -> Result:
    return CliRunner().invoke(db, arguments)


def _audit(*arguments: str) -> Result:
    return CliRunner().invoke(audit, arguments)


def _fill(database: Database) -> None:
    uow = database.unit_of_work()
    service = AuditService(uow, AuditRepository(uow), SystemClock(), ANONYMOUS)
    for number in range(3):
        service.append(action="test.done", subject="test:1", details={"number": number})
    uow.close()


class TestDb:
    @pytest.mark.requirement("S1-12")
    def test_upgrades_and_tells_where_the_schema_is(self, configured: Database) -> None:
        before = _db("current")
        assert before.exit_code == 1
        assert "at nothing" in before.output
        refused = _db("check")
        assert refused.exit_code == 1
        assert "tidegate db upgrade" in refused.output
        assert _db("upgrade").exit_code == 0
        assert schema.at_head(configured)
        assert _db("current").exit_code == 0
        assert _db("check").output == "The schema is what this version expects.\n"

    def test_check_names_what_differs(self, configured: Database) -> None:
        _db("upgrade")
        with configured.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(text("DROP INDEX ix_revisions_artifact"))
            connection.commit()
        found = _db("check")
        assert found.exit_code == 1
        assert "ix_revisions_artifact" in found.output

    def test_says_what_is_wrong_with_the_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "mysql://h/d")
        found = _db("current")
        assert found.exit_code == 2
        assert "MySQL" in found.output

    def test_says_that_no_database_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/none")
        found = _db("current")
        assert found.exit_code == 2
        assert "does not answer" in found.output
        assert "port 1 failed: Connection refused" in found.output  # the driver's own words


class TestAudit:
    @pytest.mark.requirement("S1-28")
    def test_verifies_the_database_and_an_export_of_it(self, configured: Database, tmp_path: Path) -> None:
        early = _audit("verify")
        assert (early.exit_code, "tidegate db upgrade" in early.output) == (2, True)
        _db("upgrade")
        assert _audit("verify").output == "Intact: 0 rows.\n"
        _fill(configured)
        verified = _audit("verify")
        assert verified.exit_code == 0
        head = verified.output.split("head ")[1].strip()
        exported = _audit("export")
        assert exported.stderr == f"head {head}\n"
        lines = exported.stdout_bytes.splitlines(keepends=True)
        assert len(lines) == 3
        file = tmp_path / "export.ndjson"
        file.write_bytes(b"".join(lines))
        whole = _audit("verify", str(file), "--head", head)
        assert (whole.exit_code, whole.stderr) == (0, "")
        file.write_bytes(b"".join(lines[:2]))
        assert "--head" in _audit("verify", str(file)).stderr
        cut = _audit("verify", str(file), "--head", head)
        assert (cut.exit_code, "NOT INTACT at row 3" in cut.output) == (1, True)
        file.write_bytes(b"".join(lines).replace(b'"number":1', b'"number":7'))
        edited = _audit("verify", str(file))
        assert (edited.exit_code, "NOT INTACT at row 2" in edited.output) == (1, True)

    def test_a_file_without_a_row_is_not_intact(self, tmp_path: Path) -> None:
        file = tmp_path / "export.ndjson"
        file.write_bytes(b"")

        found = _audit("verify", str(file))

        assert (found.exit_code, "Intact" in found.output) == (2, False)
        assert f"{file} holds no row, so nothing was verified." in found.output

    def test_no_database_is_not_a_broken_chain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/none")

        assert _audit("verify").exit_code == 2

    def test_an_empty_log_exports_nothing(self, configured: Database) -> None:
        _db("upgrade")
        assert _audit("export").output == ""

    def test_refuses_a_head_that_is_none(self) -> None:
        assert _audit("verify", "--head", "nonsense").exit_code == 2
