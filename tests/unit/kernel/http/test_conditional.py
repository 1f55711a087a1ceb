"""Tests of conditional requests."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

PATH = "/api/v1/things/box"


@pytest.fixture(autouse=True)
def box(client: FlaskClient) -> None:
    """Put a box into the shop."""
    response = client.post("/api/v1/things", json={"name": "box"})
    assert (response.status_code, response.headers["ETag"]) == (201, '"1"')
    assert response.headers["Location"] == PATH


class TestReading:
    @pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
    def test_what_the_caller_has_is_not_sent_again(self, client: FlaskClient, tag: str) -> None:
        response = client.get(PATH, headers={"If-None-Match": tag})

        assert (response.status_code, response.data, response.headers["ETag"]) == (304, b"", '"1"')

    def test_another_version_is_sent(self, client: FlaskClient) -> None:
        response = client.get(PATH, headers={"If-None-Match": '"0"'})

        assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
        assert response.headers["Cache-Control"] == "private, no-cache"


class TestChanging:
    @pytest.mark.parametrize("tag", ['"1"', "*"])
    def test_the_version_that_was_read_is_done(self, client: FlaskClient, tag: str) -> None:
        response = client.patch(PATH, json={"size": 2}, headers={"If-Match": tag})

        assert (response.status_code, response.headers["ETag"]) == (200, '"2"')

    @pytest.mark.parametrize("tag", ['"2"', '"x"', 'W/"1"', '"²"', f'"{"9" * 40}"'])
    def test_another_version_is_stale(self, client: FlaskClient, tag: str) -> None:
        response = client.patch(PATH, json={"size": 2}, headers={"If-Match": tag})

        assert (response.status_code, response.get_json()["type"]) == (412, "/problems/stale")

    def test_without_a_version_is_refused(self, client: FlaskClient) -> None:
        response = client.patch(PATH, json={"size": 2})

        assert (response.status_code, response.get_json()["type"]) == (428, "/problems/precondition-required")

    def test_several_versions_are_refused(self, client: FlaskClient) -> None:
        assert client.patch(PATH, json={"size": 2}, headers={"If-Match": '"1", "2"'}).status_code == 400

    def test_may_need_no_version_where_it_may_also_create(self, client: FlaskClient) -> None:
        assert client.put(f"{PATH}/report", data=b"1").status_code == 200
        assert client.put(f"{PATH}/report", data=b"1", headers={"If-Match": '"1"'}).status_code == 200
