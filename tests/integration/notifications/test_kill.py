"""Two workers that share deliveries, of which one is killed while it sends: none is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from tests.support.notifications import Notifying, event_of, until
from tests.support.receivers import Received, Reply, receiver
from tidegate.app import make_container
from tidegate.cli.worker import configured_container
from tidegate.kernel.db import schema
from tidegate.settings import read_settings

EVENTS = 60


@pytest.fixture
def variables(database_url: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = database_url.set(drivername=database_url.get_backend_name())
    monkeypatch.chdir(tmp_path)
    settings = {
        "DATABASE_URL": plain.render_as_string(hide_password=False),
        "DATA_DIR": str(tmp_path / "data"),
        "OUTGOING_ALLOW": "127.0.0.1/32",
        "LOG_FORMAT": "json",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def worker(log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen([sys.executable, "-m", "tidegate", "worker"], stdout=stream, stderr=stream)


@pytest.mark.drill
@pytest.mark.usefixtures("variables")
class TestKilledWorker:
    def test_loses_nothing_that_it_had_claimed(self, tmp_path: Path) -> None:
        made = make_container(read_settings())
        schema.upgrade(made.database)
        made.database.dispose()
        with receiver() as crew, configured_container() as container:
            place = Notifying(container)
            place.channel(crew.url)
            place.tell(*(event_of(number) for number in range(EVENTS)))
            first = worker(tmp_path / "first.log")

            def kills(_: Received) -> Reply:
                """Kill the worker in the middle of what it sends."""
                if len(crew.got) >= EVENTS // 3:
                    first.kill()  # once it has ended, this does nothing
                return Reply()

            crew.answer = kills
            first.wait(60)
            second = worker(tmp_path / "second.log")
            try:
                until(lambda: len(crew.got) > EVENTS // 3)
                # What the first one had claimed is due again when its lease is over: as if that were now.
                with container.database.engine.begin() as connection:
                    waiting = "UPDATE notification_deliveries SET next_at = :past WHERE state = 'waiting'"
                    connection.execute(text(waiting), {"past": "2020-01-01 00:00:00.000000"})
                until(lambda: place.delivered(EVENTS))
            finally:
                second.terminate()
                second.wait(60)
        told = {one.headers["webhook-id"] for one in crew.got}
        assert told == {event_of(number).id for number in range(EVENTS)}
        assert len(crew.got) < 2 * EVENTS
