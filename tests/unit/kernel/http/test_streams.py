"""Tests of bodies as they are read: chunked or not, compressed or not, within the limit."""

from __future__ import annotations

import gzip
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.unit.kernel.http.conftest import OpenShop

PATH = "/api/v1/things"
REPORT = f"{PATH}/a/report"
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def small(open_shop: OpenShop) -> FlaskClient:
    """Return somebody who calls a shop that reads little."""
    return open_shop(MAX_JSON_BYTES="100", MAX_REPORT_BYTES="1000").test_client()


def send_chunked(client: FlaskClient, method: str, path: str, body: bytes, mimetype: str) -> TestResponse:
    """Send a body without saying its length, as gunicorn hands a chunked one over."""
    return client.open(
        path,
        method=method,
        input_stream=BytesIO(body),
        content_type=mimetype,
        environ_overrides={"wsgi.input_terminated": True},
    )


class TestChunked:
    def test_that_just_fits_is_read_whole(self, small: FlaskClient) -> None:
        body = b'{"name": "box"}'.ljust(100)
        answer = send_chunked(small, "POST", PATH, body, "application/json")

        assert (answer.status_code, answer.get_json()["name"]) == (201, "box")
        report = send_chunked(small, "PUT", REPORT, b"x" * 1000, "text/plain")
        assert (report.status_code, report.get_json()["name"]) == (200, "a")

    @pytest.mark.parametrize("length", [101, 100_000])
    def test_over_the_limit_is_too_large_and_never_cut_off(self, small: FlaskClient, length: int) -> None:
        answer = send_chunked(small, "POST", PATH, b'{"name": "box"}'.ljust(length), "application/json")

        assert (answer.status_code, answer.get_json()["type"]) == (413, "/problems/too-large")
        assert send_chunked(small, "PUT", REPORT, b"x" * 1001, "text/plain").status_code == 413


class TestGzip:
    def test_is_read_as_what_it_holds(self, small: FlaskClient) -> None:
        headers = {**GZIP, "Content-Type": "application/json"}
        answer = small.post(PATH, data=gzip.compress(b'{"name": "box"}'), headers=headers)

        assert (answer.status_code, answer.get_json()["name"]) == (201, "box")

    def test_of_several_members_is_read_to_its_end(self, client: FlaskClient) -> None:
        body = gzip.compress(b"x" * 100_000) + gzip.compress(b"y" * 7)

        assert client.put(REPORT, data=body, headers=GZIP).get_json()["size"] == 100_007

    def test_that_holds_nothing_is_an_empty_body(self, client: FlaskClient) -> None:
        assert client.put(REPORT, data=gzip.compress(b""), headers=GZIP).get_json()["size"] == 0

    def test_that_grows_over_the_limit_is_too_large(self, small: FlaskClient) -> None:
        bomb = gzip.compress(b"\0" * 200_000)
        assert len(bomb) < 1000

        assert small.put(REPORT, data=bomb, headers=GZIP).status_code == 413

    @pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"x" * 900)[:-4]], ids=["none", "cut"])
    def test_that_is_broken_is_malformed(self, client: FlaskClient, body: bytes) -> None:
        answer = client.put(REPORT, data=body, headers=GZIP)

        assert (answer.status_code, "gzip" in answer.get_json()["detail"]) == (400, True)

    def test_is_named_where_another_compression_is_sent(self, client: FlaskClient) -> None:
        answer = client.put(REPORT, data=b"x", headers={"Content-Encoding": "br"})

        assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip, identity")
        assert "'br'" in answer.get_json()["detail"]
