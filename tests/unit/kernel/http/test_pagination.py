"""Tests of pages: each thing comes once, and the links lead from the first page to the last."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

PATH = "/api/v1/things"


def link(headers: str, relation: str) -> str | None:
    """Return the target of a `Link` header's relation."""
    found = re.search(rf'<([^>]*)>; rel="{relation}"', headers)
    return found[1] if found else None


@pytest.fixture(autouse=True)
def seven(client: FlaskClient) -> None:
    """Put seven things into the shop."""
    for name in ("a1", "a2", "a3", "a4", "b1", "b2", "b3"):
        assert client.post(PATH, json={"name": name}).status_code == 201


class TestLinks:
    def test_lead_through_all_pages_and_keep_the_filter(self, client: FlaskClient) -> None:
        seen: list[str] = []
        target: str | None = f"{PATH}?limit=3&prefix=a"
        while target is not None:
            response = client.get(target)
            seen.extend(item["name"] for item in response.get_json()["items"])
            target = link(response.headers["Link"], "next")

        assert seen == ["a1", "a2", "a3", "a4"]

    def test_lead_back_to_the_first_page(self, client: FlaskClient) -> None:
        second = link(client.get(f"{PATH}?limit=3").headers["Link"], "next")
        assert second is not None

        assert link(client.get(second).headers["Link"], "first") == f"{PATH}?limit=3"

    def test_end_with_the_last_page(self, client: FlaskClient) -> None:
        response = client.get(PATH)

        assert response.get_json()["next_cursor"] is None
        assert response.headers["Link"] == f'<{PATH}>; rel="first"'


class TestLimit:
    @pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "x", ""])
    def test_has_bounds(self, client: FlaskClient, limit: str) -> None:
        response = client.get(f"{PATH}?limit={limit}")

        assert response.status_code == 422
        assert response.get_json()["errors"][0]["pointer"] == "/limit"
