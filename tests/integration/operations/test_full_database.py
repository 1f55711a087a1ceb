"""A database whose disk is full: callers and operators are told so, and it is over when there is room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.api import Api, make_api
from tidegate.kernel.db import engine
from tidegate.kernel.db.engine import SQLITE, Database

# What PostgreSQL says when it cannot extend a file.
_REFUSE = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER refuse BEFORE INSERT ON components EXECUTE FUNCTION refuse()",
)
_ALLOW = ("DROP FUNCTION refuse CASCADE",)
# SQLite's own bound never lies below the pages that there are; the one connection of the pool keeps it.
_NO_MORE_PAGES = ("PRAGMA max_page_count = 1",)
_ANY_PAGES = ("PRAGMA max_page_count = 1073741823",)


def _execute(database: Database, statements: tuple[str, ...]) -> None:
    with database.engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()


@contextmanager
def full(database: Database) -> Iterator[None]:
    """Let the database have no room for another component."""
    sqlite = database.dialect == SQLITE
    if sqlite:
        # Pages that migrations have left free would have room for it.
        with closing(database.engine.raw_connection()) as connection:  # VACUUM takes no transaction
            connection.cursor().execute("VACUUM")
    _execute(database, _NO_MORE_PAGES if sqlite else _REFUSE)
    try:
        yield
    finally:
        _execute(database, _ANY_PAGES if sqlite else _ALLOW)


def put(api: Api, name: str) -> tuple[int, str]:
    """Register a component of several pages; returns status and detail."""
    body = {"title": name, "owner": "port", "description": "x" * 10_000}
    answer = api.client.put(f"/api/v1/components/{name}", json=body)
    return answer.status_code, (answer.get_json(force=True) or {}).get("detail", "")


@pytest.mark.drill
@pytest.mark.requirement("S4-29")
def test_is_reported_as_what_it_is_and_over_when_there_is_room(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine that does other things as well is no reason for a part to have failed.
    api = make_api(database, tmp_path / "api", HEALTH_TIMEOUT="30")
    with full(api.database):
        assert put(api, "quay") == (
            503,
            "The database's disk is full. Nothing was changed; make room there, then try again.",
        )
        assert api.client.get("/api/v1/components/quay").status_code == 404  # it still answers
        assert api.client.get("/readyz").status_code == 200
        health = api.client.get("/health")
        assert health.status_code == 503
        (disk,) = health.get_json(force=True)["checks"]["disk"]
        assert (disk["status"], "its disk is full" in disk["output"]) == ("fail", True)
    assert put(api, "quay")[0] == 201
    monkeypatch.setattr(engine, "_REMEMBERED", 0.0)  # a minute later
    assert api.client.get("/health").get_json(force=True)["checks"]["disk"][0]["status"] == "pass"
