"""The shop, open for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from tests.fakes.web import opened, shop
from tidegate.domain.principals import Principal, PrincipalKind

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


@pytest.fixture
def identify(app: Flask) -> Callable[[str], None]:
    """Return what makes the shop know its callers: from then on all are the process of this name."""
    names: list[str] = []

    def know() -> None:
        if names:
            g.principal = Principal(PrincipalKind.SYSTEM, names[-1])

    app.before_request_funcs.setdefault(None, []).insert(1, know)
    return names.append
