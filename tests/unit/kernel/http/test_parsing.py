"""Tests of how bodies are read: strictly, within bounds, never with an error of our own."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PATH = "/api/v1/things"


class TestBody:
    @pytest.mark.parametrize(
        ("body", "status", "slug"),
        [
            (b"{", 400, "malformed"),
            (b"", 400, "malformed"),
            (b'{"name": NaN}', 400, "malformed"),
            (b'"\xff"', 400, "malformed"),
            (b'{"name": "\\ud800"}', 400, "malformed"),
            (b"[" * 100_000, 400, "malformed"),
            (b'{"name": "a", "name": "a"}', 400, "malformed"),
            (b'[{"a": {"b": 1e9, "b": 2}}]', 400, "malformed"),
            (b"[]", 422, "invalid"),
            (b"null", 422, "invalid"),
            (b'{"name": "a\\u0000b"}', 422, "invalid"),
            (b'{"na\\u0000me": [1, "b"]}', 422, "invalid"),
            (b'{"name": "' + b"a" * 1024 * 1024 + b'"}', 413, "too-large"),
        ],
    )
    def test_that_is_wrong_is_refused(self, client: FlaskClient, body: bytes, status: int, slug: str) -> None:
        response = client.post(PATH, data=body, content_type="application/json")

        assert (response.status_code, response.get_json()["type"]) == (status, f"/problems/{slug}")

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b" ", "The body is empty: send what the docs list as JSON."),
            (b'{"a": 1, "name": "b", "n\\u0061me": "c"}', "has the key 'name' 2 times: give it once."),
            (b'"' + b"a" * 1024 * 1024 + b'"', "At most 1,048,576 bytes are read here."),
        ],
    )
    def test_says_what_to_do(self, client: FlaskClient, body: bytes, says: str) -> None:
        response = client.post(PATH, data=body, content_type="application/json")

        assert says in response.get_json()["detail"]

    def test_that_is_no_object_is_reported(self, client: FlaskClient) -> None:
        response = client.post(PATH, data=b"[]", content_type="application/json")

        assert response.get_json()["errors"][0]["detail"] == "Not a JSON object."

    def test_with_a_nul_is_refused_where_it_stands(self, client: FlaskClient) -> None:
        response = client.post(PATH, data=b'{"a": [1, {"b": "\\u0000"}]}', content_type="application/json")

        assert response.get_json()["errors"][0]["pointer"] == "/a/1/b"

    def test_with_an_escaped_backslash_is_no_nul(self, client: FlaskClient) -> None:
        response = client.post(PATH, data=b'{"name": "\\\\u0000"}', content_type="application/json")

        assert response.status_code == 201

    @pytest.mark.parametrize("media_type", ["text/plain", "application/xml", None])
    def test_of_another_media_type_is_refused(self, client: FlaskClient, media_type: str | None) -> None:
        response = client.post(PATH, data=b'{"name": "a"}', content_type=media_type)

        assert response.status_code == 415
        assert response.headers["Accept-Post"] == "application/json"

    @given(st.binary(max_size=200))
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_never_breaks_the_server(self, client: FlaskClient, body: bytes) -> None:
        response = client.post(PATH, data=body, content_type="application/json")

        assert response.status_code in (201, 400, 409, 422)

    def test_of_a_report_may_be_larger(self, client: FlaskClient) -> None:
        response = client.put(f"{PATH}/a/report", data=b"x" * (2 * 1024 * 1024))

        assert (response.status_code, response.get_json()["size"]) == (200, 2 * 1024 * 1024)


class TestQuery:
    def test_may_repeat_what_is_a_list(self, client: FlaskClient) -> None:
        assert client.get(f"{PATH}?tags=a&tags=b").status_code == 200
