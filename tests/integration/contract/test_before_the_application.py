"""What gunicorn refuses before the application sees it is answered as a problem as well."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.process import GUNICORN, Served, served

HEADERS = "".join(f"X-{number}: 1\r\n" for number in range(200))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that the tests of this file share."""
    with served(tmp_path_factory.mktemp("refusals"), command=GUNICORN, AUTO_MIGRATE="true") as running:
        yield running


class TestRefusals:
    @pytest.mark.parametrize(
        ("sent", "status", "kind"),
        [
            (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414, "uri-too-long"),
            (f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{HEADERS}\r\n", 431, "headers-too-large"),
            ("GET / HTTP/1.1 and more\r\nHost: 127.0.0.1\r\n\r\n", 400, "malformed"),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: magic\r\n\r\n", 501, "internal"),
        ],
        ids=["address", "headers", "line", "coding"],
    )
    def test_are_problems(self, server: Served, sent: str, status: int, kind: str) -> None:
        with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10) as connection:
            connection.sendall(sent.encode())
            with http.client.HTTPResponse(connection) as answer:
                answer.begin()
                body = answer.read().decode()
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert f'"type":"/problems/{kind}"' in body
        assert f'"status":{status}' in body
        assert "<html" not in body


def test_nothing_of_it_is_a_fault_of_the_server(tmp_path: Path) -> None:
    with served(tmp_path, command=GUNICORN, AUTO_MIGRATE="true") as server:
        with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert b"400" in connection.recv(1000)
    assert "Traceback" not in server.said.read_text()
