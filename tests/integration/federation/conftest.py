"""A server that trusts an issuer which runs as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Api, make_api
from tests.support.federation import AUDIENCE, Jobs
from tests.support.issuer import HERE, Issuer, issuer_process
from tidegate.kernel.db.engine import Database


@pytest.fixture(scope="package")
def _running() -> Iterator[Issuer]:
    with issuer_process() as running:
        yield running


@pytest.fixture
def issuer(_running: Issuer) -> Issuer:
    """An issuer that behaves."""
    _running.behave()
    return _running


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Api:
    """The API of a server that knows its own address, and may ask the issuer."""
    return make_api(database, tmp_path / "api", PUBLIC_URL=AUDIENCE, OUTGOING_ALLOW=HERE)


@pytest.fixture
def jobs(api: Api, issuer: Issuer) -> Jobs:
    """Jobs of the issuer, before the server's door."""
    return Jobs(api, issuer)
