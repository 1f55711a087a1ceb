"""A real server on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support import postgres
from tests.support.server import RealServer


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealServer]:
    """A running server that the tests of one file share; each takes names of its own."""
    folder = tmp_path_factory.mktemp("shared") / "installation"
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = URL.create("sqlite", database=str(folder / "tidegate.sqlite3"))
        else:
            server: postgres.Server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.new_database())
        running = stack.enter_context(RealServer(url, folder, AUTO_MIGRATE="true"))
        client = running.client()
        client.set_up()
        client.close()
        yield running


@pytest.fixture
def server(database_url: URL, tmp_path: Path) -> Iterator[RealServer]:
    """A running server with two worker processes, with a component, a gate and an environment."""
    with RealServer(database_url, tmp_path / "installation") as running:
        client = running.client()
        client.set_up()
        client.close()
        yield running
