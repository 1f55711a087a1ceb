"""A backup taken while clients submit holds everything that was acknowledged before it, and is whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.inspection import faults_of
from tests.support.installations import Installation, make_installation
from tests.support.load import Load
from tests.support.server import RealServer
from tidegate.kernel.db import schema
from tidegate.kernel.db.engine import SQLITE, Database


@pytest.mark.drill
@pytest.mark.requirement("S0-22")
@pytest.mark.requirement("S2-25")
def test_a_backup_of_a_serving_installation_is_whole(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "installation"
    with RealServer(database.url, folder) as server:
        client = server.client()
        client.set_up()
        client.close()
        with Load(server, clients=4, seed=11) as load:
            load.wait_for(40)
            before = list(load.ledger.acknowledged)
            with make_installation(database, folder).backups() as service:
                manifest = service.create(reason="test")
            load.wait_for(len(load.ledger.acknowledged) + 10)
        assert load.ledger.statuses() == {}
    assert manifest.missing_count == 0
    assert manifest.rows["evidence"] >= len({one.evidence for one in before})
    elsewhere = _restored(make_installation(database, folder), tmp_path / "elsewhere")
    assert faults_of(elsewhere.api.database, elsewhere.folder / "blobs", before) == []
    elsewhere.api.database.dispose()


def _restored(installation: Installation, folder: Path) -> Installation:
    """Restore the newest backup: on SQLite into a file of its own, on PostgreSQL in the same place."""
    database = installation.api.database
    if database.dialect == SQLITE:
        database = Database(URL.create("sqlite", database=str(folder / "tidegate.sqlite3")))
    made = make_installation(database, folder)
    with made.backups(BACKUP_URL=str(installation.backup_folder)) as service:
        assert service.restore(overwrite=True).report.intact
    assert schema.at_head(database)
    return made
