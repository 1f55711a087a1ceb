"""Broken constraints as domain errors, by the same names on both databases."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import IntegrityError

from tidegate.domain.errors import Conflict
from tidegate.kernel.db.constraints import BrokenConstraint, constraint_name
from tidegate.kernel.db.engine import Database
from tidegate.modules.audit.models import AuditHeadRow
from tidegate.modules.catalog.models import ComponentRow, RevisionRow
from tidegate.modules.gates.models import GateRow, GateVersionRow

_NOW = datetime(2026, 1, 2, tzinfo=UTC)
_COMPONENT = {
    "name": "shop",
    "title": "Shop",
    "owner": "web",
    "description": "",
    "version": 1,
    "created_at": _NOW,
    "updated_at": _NOW,
}
_REVISION = {"id": "1", "component": "shop", "commit_sha": "a" * 40, "registered_at": _NOW}


def _write(database: Database, *statements: object) -> None:
    uow = database.unit_of_work()
    try:
        with uow.transaction() as session:
            for statement in statements:
                session.execute(statement)  # type: ignore[call-overload]  # any statement
    finally:
        uow.close()


class TestBrokenConstraints:
    def test_a_key_that_is_taken(self, database: Database) -> None:
        with pytest.raises(BrokenConstraint, match="already one of components with this name") as caught:
            _write(database, *[insert(ComponentRow).values(_COMPONENT)] * 2)
        assert caught.value.constraint == "pk_components"
        assert isinstance(caught.value, Conflict)

    def test_one_that_says_itself_what_is_wrong(self, database: Database) -> None:
        twice = [insert(RevisionRow).values(_REVISION | {"id": number}) for number in "12"]
        with pytest.raises(BrokenConstraint, match="registered already") as caught:
            _write(database, insert(ComponentRow).values(_COMPONENT), *twice)
        assert caught.value.constraint == "uq_revisions_component_commit_sha"

    def test_a_reference_to_nothing(self, database: Database) -> None:
        with pytest.raises(BrokenConstraint, match="component does not name one of components") as caught:
            _write(database, insert(RevisionRow).values(_REVISION))
        assert caught.value.constraint == "fk_revisions_component_components"

    def test_something_that_is_still_used(self, database: Database) -> None:
        digest = "sha256:" + "a" * 64
        version = {"id": "v", "gate": "g", "number": 1, "digest": digest, "canonical": "{}", "source": "{}"}
        _write(
            database,
            insert(GateRow).values(name="g", current=digest),
            insert(GateVersionRow).values(**version, created_at=_COMPONENT["created_at"]),
        )
        with pytest.raises(BrokenConstraint, match="still used by gate_versions") as caught:
            _write(database, delete(GateRow))
        assert caught.value.constraint == "fk_gate_versions_gate_gates"

    def test_a_fault_of_ours_stays_one(self, database: Database) -> None:
        with pytest.raises(IntegrityError):
            _write(database, insert(ComponentRow).values(_COMPONENT | {"title": None}))
        with pytest.raises(IntegrityError):
            _write(database, update(AuditHeadRow).values(id=2))

    def test_a_table_that_no_model_knows_stays_as_it_is(self, database: Database) -> None:
        _write(database, text("CREATE TABLE stray (x INTEGER, CONSTRAINT uq_stray UNIQUE (x))"))
        with pytest.raises(IntegrityError):
            _write(database, *[text("INSERT INTO stray VALUES (1)")] * 2)

    def test_no_value_shows_in_the_error(self, database: Database) -> None:
        with pytest.raises(IntegrityError) as caught:
            _write(database, insert(ComponentRow).values(_COMPONENT | {"owner": None, "title": "s3cret"}))
        assert "[SQL parameters hidden" in str(caught.value)


class TestNames:
    @pytest.mark.parametrize(
        ("message", "statement", "name"),
        [
            ("UNIQUE constraint failed: index 'ux_x'", None, "ux_x"),
            ("CHECK constraint failed: ck_audit_head_single", None, "ck_audit_head_single"),
            ("UNIQUE constraint failed: audit_events.hash", None, "uq_audit_events_hash"),
            ("UNIQUE constraint failed: components.title", None, None),
            ("FOREIGN KEY constraint failed", "INSERT INTO components VALUES (1)", None),
            ("FOREIGN KEY constraint failed", None, None),
            ("NOT NULL constraint failed: components.title", None, None),
        ],
    )
    def test_are_read_from_what_sqlite_says(
        self, message: str, statement: str | None, name: str | None
    ) -> None:
        error = IntegrityError(statement, None, sqlite3.IntegrityError(message))
        assert constraint_name(error) == name
