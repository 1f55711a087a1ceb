"""The schema's migrations on both databases: up, down, up; equal to the models; run once by many."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from tidegate import migrations
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database
from tidegate.kernel.db.uow import WRITES


def _revisions() -> Sequence[str]:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


class TestUpgrade:
    @pytest.mark.requirement("S1-12")
    def test_every_revision_goes_up_down_and_up_again(self, empty_database: Database) -> None:
        before = "base"
        for revision in _revisions():
            schema.upgrade(empty_database, revision)
            tables = _tables(empty_database)
            schema.downgrade(empty_database, before)
            schema.upgrade(empty_database, revision)
            assert _tables(empty_database) == tables
            assert schema.current(empty_database) == revision
            before = revision
        schema.downgrade(empty_database, "base")
        assert _tables(empty_database) == set()

    @pytest.mark.requirement("S0-15")
    def test_models_equal_migrations(self, database: Database) -> None:
        assert schema.check(database) is None

    def test_check_names_what_differs(self, database: Database) -> None:
        with database.engine.connect().execution_options(**{WRITES: True}) as connection:
            connection.execute(text("DROP INDEX ix_revisions_artifact"))
            connection.commit()
        assert "ix_revisions_artifact" in (schema.check(database) or "")

    @pytest.mark.requirement("S2-13")
    def test_tells_whether_the_schema_is_at_head(self, empty_database: Database) -> None:
        assert not schema.at_head(empty_database)
        assert schema.current(empty_database) is None
        schema.upgrade(empty_database)
        assert schema.at_head(empty_database)
        assert schema.current(empty_database) == schema.head()

    def test_knows_the_revisions_that_alembic_finds(self) -> None:
        found = _revisions()
        assert [revision for revision in found if not schema.knows(revision)] == []
        assert schema.head() == found[-1]
        assert not schema.knows("9999")

    def test_refuses_to_leave_rows_that_point_nowhere_on_sqlite(self, tmp_path: Path) -> None:
        database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
        schema.upgrade(database)
        insert = (
            "INSERT INTO revisions (id, component, commit_sha, registered_at) VALUES ('1', 'x', 'y', '2026')"
        )
        with schema.exclusive(database) as connection:
            connection.execute(text(insert))
            with pytest.raises(RuntimeError, match="revisions"):
                schema.check_foreign_keys(connection)
        database.dispose()


class TestAlembicItself:
    @pytest.mark.requirement("S1-12")
    def test_alembic_upgrade_head_works_in_a_checkout(self, empty_database: Database) -> None:
        url = empty_database.url.render_as_string(hide_password=False)
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "upgrade", "head"],
            cwd=Path(__file__).parents[4],
            env=os.environ | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert schema.at_head(empty_database)


_START = """
import sys
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import Database

database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
schema.upgrade(database)
assert schema.at_head(database)
database.dispose()
"""


class TestAutoMigrate:
    def test_several_processes_that_start_together_migrate_once(self, empty_database: Database) -> None:
        url = empty_database.url.render_as_string(hide_password=False)
        starting = [
            subprocess.Popen(
                [sys.executable, "-c", _START, url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(4)
        ]
        for process in starting:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in starting:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        results = [process.communicate(timeout=60) for process in starting]
        assert [(process.returncode, err) for process, (_, err) in zip(starting, results, strict=True)] == [
            (0, "")
        ] * 4
        assert schema.at_head(empty_database)
