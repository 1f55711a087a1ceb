"""The API with a component's whole way already gone, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api
from tests.support.browser import chromium_kept
from tests.support.stock import Stock, make_stock

__all__ = ["chromium_kept", "stock"]


@pytest.fixture
def stock(api: Api) -> Stock:
    """What is there: the names under which it is found."""

    def send(method: str, path: str, body: Any) -> dict[str, Any]:
        payload: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        answer = api.client.open(path, method=method, **payload)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    return make_stock(send)
