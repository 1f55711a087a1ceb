"""The shop, open for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.web import shop
from tidegate.kernel.http.use import EXTENSION


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """Return the shop's app."""
    made = shop(tmp_path, RATE_LIMIT_ENABLED="false")
    yield made
    made.extensions[EXTENSION].database.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return somebody who calls the shop."""
    return app.test_client()
