"""The runbook of `docs/point-in-time.md`: its very commands, on a PostgreSQL of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from benchmarks import stock
from scripts.run_docs import blocks
from scripts.serve import free_port
from tests.support.postgres import BINARIES, owner
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.clock import SystemClock
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.modules.audit.repository import AuditRepository
from tidegate.modules.audit.service import AuditService

_PAGE = Path(__file__).resolve().parents[3] / "docs" / "point-in-time.md"
_CONFIGURATION = """
port = {port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
fsync = off
"""


_INITIALIZE = """
initdb -U postgres -A trust -E UTF8 --no-sync
echo "$CONFIGURATION" >> "$PGDATA/postgresql.conf"
pg_ctl -w -l "$PGDATA/start.log" start
createdb tidegate
"""


@dataclass(frozen=True, slots=True)
class _Cluster:
    """A PostgreSQL whose folder, user and tools are known."""

    folder: Path
    port: int
    binaries: Path
    user: str | None

    def run(self, script: str, **variables: str) -> str:
        """Run commands as the user that owns the folder; returns what they said."""
        environment = {
            "PATH": f"{self.binaries}:{os.environ['PATH']}",
            "PGDATA": str(self.folder / "data"),
            "ARCHIVE": str(self.folder / "archive"),
            "BASE": str(self.folder / "base"),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            **variables,
        }
        # To a file: a server that is started by the commands would keep a pipe open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=self.folder,
                env=environment,
                user=self.user,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=120,
                check=False,
            )
            said.seek(0)
            output = said.read().decode(errors="replace")
        assert done.returncode == 0, output
        return output


@pytest.fixture
def cluster() -> Iterator[_Cluster]:
    """A running PostgreSQL that nobody else uses."""
    versions = sorted(BINARIES.glob("*/bin/pg_basebackup"), key=lambda path: float(path.parts[-3]))
    if not versions:
        pytest.skip(f"NOT RUN on PostgreSQL: no pg_basebackup under {BINARIES}")
    # PostgreSQL's socket path must be short, pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="tg-pitr-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = owner()
        if user is not None:
            shutil.chown(folder, user)
        made = _Cluster(folder, free_port(), versions[-1].parent, user)
        configuration = _CONFIGURATION.format(port=made.port, folder=folder)
        made.run(_INITIALIZE, CONFIGURATION=configuration)
        try:
            yield made
        finally:
            made.run("pg_ctl -m immediate stop")


def _count(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM evidence")).scalar_one())


@pytest.mark.drill
@pytest.mark.requirement("S1-18")
def test_the_database_goes_back_to_the_moment_before_a_mistake(cluster: _Cluster) -> None:
    page = blocks("point-in-time", _PAGE.read_text("utf-8"))
    archive, base, recover, _look = [block.script for block in page]
    database = Database(URL.create("postgresql", "postgres", None, "127.0.0.1", cluster.port, "tidegate"))
    schema.upgrade(database)
    stock.fill(database, evidence=10, events=5)
    database.dispose()
    cluster.run(archive)
    assert "last_archived_wal" in cluster.run(base)
    # After the base backup: this is in the log alone.
    with database.engine.connect() as connection:
        connection.execute(text("UPDATE evidence SET slot = 'after the base backup'"))
        connection.commit()
        moment = str(connection.execute(text("SELECT clock_timestamp()")).scalar_one())
    time.sleep(0.1)
    with database.engine.connect() as connection:
        connection.execute(text("DELETE FROM evidence"))
        connection.commit()
    assert _count(database) == 0
    database.dispose()
    cluster.run(recover, MOMENT=moment)
    assert _count(database) == 10
    uow = database.unit_of_work()
    report = AuditService(uow, AuditRepository(uow), SystemClock(), ANONYMOUS).verification()
    slots = set(uow.session.scalars(text("SELECT slot FROM evidence")))
    uow.close()
    assert (report.intact, report.checked, slots) == (True, 5, {"after the base backup"})
    assert schema.at_head(database)
    database.dispose()
