"""What tests of facts share: work of the server, with two components registered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.api import Api
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Work
from tidegate.kernel.http.use import EXTENSION


@pytest.fixture
def work(small_api: Api) -> Iterator[Work]:
    for name in ("harbour", "crane"):
        small_api.put(f"/components/{name}", {"title": name, "owner": "port"})
    work = small_api.client.application.extensions[EXTENSION].work(SERVER)
    yield work
    work.close()
