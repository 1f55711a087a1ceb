"""Tests of who may call, from where, and what browsers are told."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.unit.kernel.http.conftest import OpenShop

PATH = "/api/v1/things"


class TestOtherMachines:
    @pytest.mark.parametrize("address", ["10.0.0.5", "192.0.2.1", "2001:db8::1", "127.0.0.1", ""])
    def test_are_answered_as_this_one_is(self, client: FlaskClient, address: str) -> None:
        assert client.get("/healthz", environ_base={"REMOTE_ADDR": address}).status_code == 200

    def test_may_use_any_name_where_the_server_listens_to_them(self, open_shop: OpenShop) -> None:
        client = open_shop(HOST="0.0.0.0").test_client()

        assert client.get("/healthz", headers={"Host": "tidegate.example"}).status_code == 200


class TestHost:
    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
    def test_of_this_machine_is_known(self, client: FlaskClient, host: str) -> None:
        assert client.get("/healthz", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
    def test_of_another_site_is_refused(self, client: FlaskClient, host: str) -> None:
        assert client.get("/healthz", headers={"Host": host}).status_code == 400

    def test_may_be_named_by_the_operator(self, open_shop: OpenShop) -> None:
        client = open_shop(ALLOWED_HOSTS="tidegate.example").test_client()

        assert client.get("/healthz", headers={"Host": "tidegate.example"}).status_code == 200
        assert client.get("/healthz", headers={"Host": "localhost"}).status_code == 400


class TestOtherSites:
    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9", "x"])
    def test_may_not_change_anything(self, client: FlaskClient, origin: str) -> None:
        response = client.post(PATH, json={"name": "box"}, headers={"Origin": origin})

        assert response.status_code == 403
        assert client.get(f"{PATH}/box").status_code == 404

    def test_do_not_include_our_own_pages(self, client: FlaskClient) -> None:
        headers = {"Origin": "http://localhost"}

        assert client.post(PATH, json={"name": "box"}, headers=headers).status_code == 201

    def test_get_no_leave_to_read(self, client: FlaskClient) -> None:
        response = client.get(PATH, headers={"Origin": "https://evil.example"})

        assert "Access-Control-Allow-Origin" not in response.headers

    @pytest.mark.requirement("S3-19")
    def test_that_are_named_may_read_and_change(self, open_shop: OpenShop) -> None:
        origin = "https://console.example"
        client = open_shop(CORS_ORIGINS=f"{origin},https://other.example").test_client()

        response = client.post(PATH, json={"name": "box"}, headers={"Origin": origin})
        stranger = client.get(PATH, headers={"Origin": "https://evil.example"})

        assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (201, origin)
        assert "ETag" in response.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Origin" not in stranger.headers


class TestHeaders:
    def test_keep_answers_out_of_caches_and_frames(self, client: FlaskClient) -> None:
        headers = client.get(PATH).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"

    def test_let_pages_load_their_own_style_alone(self, client: FlaskClient) -> None:
        headers = client.get("/docs").headers

        assert "style-src 'self'" in headers["Content-Security-Policy"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "same-origin"
