"""The shop, open for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.web import opened, shop

OpenShop = Callable[..., Flask]


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[OpenShop]:
    """Open shops with the settings that a test wants; they close when it is over."""
    with ExitStack() as stack:
        yield lambda **variables: stack.enter_context(opened(shop(tmp_path, **variables)))


@pytest.fixture
def app(open_shop: OpenShop) -> Flask:
    """Return the shop's app."""
    return open_shop(RATE_LIMIT_ENABLED="false")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return somebody who calls the shop."""
    return app.test_client()
