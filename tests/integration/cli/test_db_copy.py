"""`tidegate db copy`: an installation moves to PostgreSQL while it serves, killed half-way or not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, text

from benchmarks import stock
from tests.support import postgres
from tests.support.inspection import faults_of
from tests.support.load import Load
from tests.support.process import only
from tests.support.server import RealServer
from tidegate.cli import main
from tidegate.kernel.db import copying, schema
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES
from tidegate.migrations import all_tables

EVIDENCE = 20_000
EVENTS = 2_000


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A migrated SQLite that the settings name."""
    path = tmp_path / "installation" / "tidegate.sqlite3"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(path.parent))
    database = Database(URL.create("sqlite", database=str(path)))
    schema.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def target(postgres_server: postgres.Server) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    with postgres_server.new_database() as url:
        database = Database(url)
        yield database
        database.dispose()


def _to(target: Database) -> str:
    return target.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _copy(target: Database, *options: str) -> Result:
    return CliRunner().invoke(main, ["db", "copy", "--to", _to(target), *options])


def _run(database: Database, statement: str) -> None:
    with database.engine.connect().execution_options(**{WRITES: True}) as connection:
        connection.execute(text(statement))
        connection.commit()


def _count(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.requirement("S2-27")
class TestCopy:
    @pytest.mark.drill
    def test_moves_a_serving_installation_without_losing_what_it_acknowledged(
        self, source: Database, target: Database
    ) -> None:
        folder = Path(str(source.url.database)).parent
        with RealServer(source.url, folder) as server:
            client = server.client()
            client.set_up()
            client.close()
            with Load(server, clients=4, seed=7) as load:
                load.wait_for(20)
                assert _copy(target).exit_code == 0
                load.wait_for(len(load.ledger.acknowledged) + 20)
            refused = _copy(target, "--final")
            assert (refused.exit_code, "Somebody has" in refused.output) == (2, True), refused.output
            assert server.stop() == 0
        source.dispose()
        done = _copy(target, "--final")
        assert done.exit_code == 0, done.output
        assert "intact there" in done.output
        assert faults_of(target, folder / "blobs", load.ledger.acknowledged) == []

    @pytest.mark.drill
    def test_goes_on_where_it_was_killed(self, source: Database, target: Database) -> None:
        stock.fill(source, evidence=EVIDENCE, events=EVENTS)
        schema.upgrade(target)
        environment = only({"DATA_DIR": str(Path(str(source.url.database)).parent)})
        command = [sys.executable, "-m", "tidegate", "db", "copy", "--to", _to(target)]
        first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not 0 < _count(target, "evidence") < EVIDENCE:
            assert time.monotonic() < until and first.poll() is None, "it was not met half-way"
            time.sleep(0.01)
        first.kill()
        first.wait(10)
        source.dispose()
        half = _count(target, "evidence")
        assert 0 < half < EVIDENCE
        done = _copy(target, "--final")
        assert done.exit_code == 0, done.output
        assert f"evidence: {EVIDENCE} rows, {EVIDENCE - half} added" in done.output
        assert f"{EVENTS} rows of the audit chain are intact" in done.output
        assert schema.check(target) is None

    def test_a_later_pass_fixes_what_changed_and_went(self, source: Database, target: Database) -> None:
        stock.fill(source, evidence=10, events=3)
        moment = "'2026-01-31 12:00:00.000000'"
        job = f"INSERT INTO job_ticks (task, tick, seen_at) VALUES ('{{}}', {moment}, {moment})"
        for name in ("a", "b"):
            _run(source, job.format(name))
        answer = "INSERT INTO idempotency_keys VALUES ('s','{}','d',200,'{{}}',x'{}','2026-01-31 12:00:00.5')"
        for key in ("forgotten", "used again"):
            _run(source, answer.format(key, "00ff"))
        assert _copy(target).exit_code == 0
        _run(source, "UPDATE components SET title = 'Quay', version = 2")
        _run(source, "UPDATE job_ticks SET seen_at = '2026-02-01 00:00:00.000000' WHERE task = 'b'")
        _run(source, "DELETE FROM job_ticks WHERE task = 'a'")
        _run(source, "DELETE FROM idempotency_keys")
        _run(source, answer.format("used again", "ff00"))
        source.dispose()
        done = _copy(target, "--final")
        assert done.exit_code == 0, done.output
        assert "components: 1 rows, 0 added, 1 fixed" in done.output
        assert "job_ticks: 1 rows, 0 added, 1 fixed, 1 removed" in done.output
        assert "idempotency_keys: 1 rows, 0 added, 1 fixed, 1 removed" in done.output

    def test_every_value_arrives_as_it_was(self, source: Database, target: Database) -> None:
        stock.fill(source, evidence=3, events=2)
        source.dispose()
        assert _copy(target, "--final").exit_code == 0
        for table in all_tables().sorted_tables:
            order = list(table.primary_key.columns)
            with source.engine.connect() as here, target.engine.connect() as there:
                query = table.select().order_by(*order)
                assert here.execute(query).all() == there.execute(query).all(), table.name


class TestRefusals:
    def test_another_installation(self, source: Database, target: Database) -> None:
        schema.upgrade(target)
        stock.fill(target, evidence=1, events=2)
        stock.fill(source, evidence=1, events=1)
        found = _copy(target)
        assert (found.exit_code, "another installation" in found.output) == (2, True)
        assert _count(target, "evidence") == 1

    def test_a_row_that_postgresql_cannot_take_is_named(self, source: Database, target: Database) -> None:
        stock.fill(source, evidence=1, events=0)
        _run(source, "UPDATE components SET owner = 'a' || char(0) || 'b'")
        found = _copy(target)
        assert (found.exit_code, "refuses rows of components" in found.output) == (2, True), found.output

    def test_a_target_that_goes_away_is_not_said_to_refuse_rows(
        self, source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stock.fill(source, evidence=1, events=0)
        add = copying._TableCopy._add

        def kicked_out(self: copying._TableCopy, rows: Sequence[copying.Values]) -> None:
            if self.name == "evidence":
                _run(
                    target,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'tidegate-copy' AND datname = current_database()",
                )
            add(self, rows)

        monkeypatch.setattr(copying._TableCopy, "_add", kicked_out)
        found = _copy(target)
        assert (found.exit_code, "The target does not answer: " in found.output) == (2, True), found.output
        assert "start again" in found.output
        monkeypatch.undo()
        assert _count(target, "revisions") == 1

    def test_a_source_that_is_damaged(self, source: Database, target: Database) -> None:
        stock.fill(source, evidence=3000, events=0)
        source.dispose()
        path = Path(str(source.url.database))
        schema.upgrade(target)
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] + bytes(len(data) - middle))
        plan = copying.Plan.of(all_tables())
        for final in (False, True):
            with pytest.raises(copying.CopyError, match="cannot be read: .*put a backup"):
                copying.copy_pass(source, target, plan, final=final)

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite:///x.sqlite3", "names no PostgreSQL"),
            ("mysql://h/d", "not supported"),
            ("postgresql://postgres@127.0.0.1:1/none", "does not answer"),
        ],
    )
    def test_a_target_that_is_none(self, source: Database, url: str, said: str) -> None:
        found = CliRunner().invoke(main, ["db", "copy", "--to", url])
        assert found.exit_code != 0
        assert said in found.output

    def test_a_source_that_is_none(
        self, source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        schema.downgrade(source, "base")
        assert "tidegate db upgrade" in _copy(target).output
        schema.upgrade(target)
        monkeypatch.setenv("DATABASE_URL", _to(target))
        assert "only to PostgreSQL" in _copy(target).output
