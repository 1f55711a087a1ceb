"""Fetching over https from a real server: git's own, behind TLS, with and without a token."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from tests.unit.repositories.test_scan import commit, run
from tidegate.domain.errors import Invalid
from tidegate.repositories import fetching
from tidegate.repositories.fetching import fetched, is_address
from tidegate.repositories.scan import scan

TOKEN = "ghs_0123456789"  # nosec B105  # of this test's own server


@dataclass(slots=True)
class GitHost:
    """A server of repositories; `redirect` is where it sends whoever asks, None for nowhere."""

    url: str = ""
    redirect: str | None = None
    needs_token: bool = False
    authorizations: list[str | None] = field(default_factory=list)


def _answer(handler: BaseHTTPRequestHandler, root: Path) -> None:
    """Hand a request to git's own server, as CGI has it."""
    parts = urlsplit(handler.path)
    sent = handler.rfile.read(int(handler.headers.get("Content-Length", "0")))
    variables = {
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": handler.command,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(sent)),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"], input=sent, capture_output=True, check=True, env={**os.environ, **variables}
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    handler.send_response(int(headers.pop("Status", "200").split()[0]))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHost]:
    """A host whose `shop.git` has two commits."""
    work = tmp_path / "hosted" / "work"
    work.mkdir(parents=True)
    commit(work, Dockerfile="FROM debian:12\n")
    commit(work, Dockerfile="FROM debian:13\n")
    run(work.parent, "clone", "--quiet", "--bare", "work", "shop.git")
    state = GitHost()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            authorization = self.headers.get("Authorization")
            state.authorizations.append(authorization)
            if state.redirect is not None or (state.needs_token and authorization is None):
                self.send_response(302 if state.redirect is not None else 401)
                self.send_header("Location", f"{state.redirect}{self.path}")
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                _answer(self, work.parent)

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Write nothing: tests read standard error."""

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("GIT_SSL_CAINFO", str(tmp_path / "authority.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    state.url = f"https://localhost:{server.server_port}/shop.git"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


class TestFetching:
    def test_brings_the_newest_commit_and_leaves_nothing_behind(self, host: GitHost) -> None:
        with fetched(host.url) as folder:
            values = {one.field: one.value for one in scan(folder).facts}
        assert values["image.base"] == "debian:13"
        assert not folder.exists()

    def test_sends_a_token_that_is_in_no_argument(self, host: GitHost) -> None:
        host.needs_token = True
        with fetched(host.url, TOKEN) as folder:
            assert scan(folder).commit
        basic = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        assert host.authorizations[-1] == f"Basic {basic}"

    def test_without_the_token_that_is_needed_asks_nobody(self, host: GitHost) -> None:
        host.needs_token = True
        with pytest.raises(Invalid, match="cannot be read as a git repository"), fetched(host.url):
            raise AssertionError("nothing was to be fetched")

    def test_follows_no_redirect_with_a_token(self, host: GitHost) -> None:
        host.redirect = host.url.replace("/shop.git", "/elsewhere")
        with pytest.raises(Invalid) as caught, fetched(host.url, TOKEN):
            raise AssertionError("nothing was to be fetched")
        assert len(host.authorizations) == 1
        assert TOKEN not in str(caught.value)

    def test_stops_at_what_is_too_large(self, host: GitHost, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "LARGEST_FETCH", 10)
        with pytest.raises(Invalid, match="cannot be read"), fetched(host.url):
            raise AssertionError("nothing was to be fetched")

    def test_stops_at_what_takes_too_long(self, host: GitHost, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fetching, "FETCH_PATIENCE", 0.001)
        with pytest.raises(Invalid, match="git took more than"), fetched(host.url):
            raise AssertionError("nothing was to be fetched")

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://git.example.org/shop.git", "only https://"),
            ("ext::sh -c id://x", "only https://"),
            ("https://", "only https://"),
            ("https://ada:pw@git.example.org/shop.git", "TIDEGATE_REPOSITORY_TOKEN"),
        ],
    )
    def test_refuses_other_addresses(self, url: str, why: str) -> None:
        with pytest.raises(Invalid, match=why) as caught, fetched(url):
            raise AssertionError("nothing was to be fetched")
        assert "pw@" not in str(caught.value)

    def test_tells_an_address_from_a_folder(self) -> None:
        assert is_address("https://git.example.org/shop.git")
        assert not is_address("../shop")
