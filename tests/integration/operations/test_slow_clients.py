"""Clients that are slow on purpose, a thousand of them, and what everybody else sees of it."""

from __future__ import annotations

import http.client
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support.access import HEADERS
from tests.support.api import COMMIT, junit
from tests.support.server import Client, RealServer
from tests.support.slow_clients import EVERY_KIND, HALF_A_HEAD, SlowClients, Slowness

MANY = 1000
MIB = 1024 * 1024
EVIDENCE = f"/api/v1/components/harbour/revisions/{COMMIT}/evidence?slot="
TOKEN = f"Authorization: {HEADERS['Authorization']}\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """A server with the processes and threads that it has by default, and short times."""
    folder = tmp_path_factory.mktemp("slow")
    database = make_url(f"sqlite:///{folder}/tidegate.sqlite3")
    limits = {"MAX_REPORT_BYTES": str(64 * MIB), "MAX_INCOMING_BYTES": str(80 * MIB)}
    with RealServer(database, folder / "data", AUTO_MIGRATE="true", WEB_HEAD_TIMEOUT="3", **limits) as made:
        client = made.client()
        client.set_up()
        client.close()
        yield made
        assert made.complaints() == []


@pytest.fixture
def connection(server: RealServer) -> Iterator[socket.socket]:
    """A connection on which a test writes what it likes."""
    with socket.create_connection(("127.0.0.1", server.port), 30) as made:
        yield made


def times(server: RealServer, path: str, body: bytes | None = None) -> list[float]:
    """Return the seconds that each of thirty callers waits, each over a connection of its own."""
    waited = []
    for _ in range(30):
        client = server.client()
        begun = time.monotonic()
        answer = client.send("POST" if body else "GET", path, body)
        waited.append(time.monotonic() - begun)
        client.close()
        assert answer.status in (200, 201), answer.content
    return sorted(waited)


def answer_on(connection: socket.socket) -> tuple[int, bytes]:
    """Read one answer."""
    with http.client.HTTPResponse(connection) as answer:
        answer.begin()
        return answer.status, answer.read()


@pytest.mark.drill
class TestAThousandSlowClients:
    @pytest.mark.parametrize("slowness", EVERY_KIND, ids=lambda kind: kind.name)
    def test_keep_nobody_else_waiting(self, server: RealServer, slowness: Slowness) -> None:
        quiet = statistics.median(times(server, "/healthz"))
        with SlowClients(server.port, slowness, count=MANY) as clients:
            assert clients.all_came
            health = times(server, "/healthz")
            reads = times(server, "/api/v1/components")
            reports = times(server, f"{EVIDENCE}others", junit(failed=1))
        # The machine may be busy with other things: then nothing is as fast as it could be, health neither.
        busy = max(1.0, quiet / 0.01)
        assert statistics.median(health) <= 0.1 * busy
        assert statistics.median(reads) <= 1 * busy
        assert statistics.median(reports) <= 1 * busy
        # Each of the seven kinds kept everybody out for 20 seconds and more where threads waited for bytes.
        assert max(*health, *reads, *reports) <= 5 * busy

    def test_are_told_and_let_go_of(self, server: RealServer) -> None:
        with SlowClients(server.port, HALF_A_HEAD, count=20) as clients:
            until = time.monotonic() + 20
            while len(clients.heard) < 20 and time.monotonic() < until:
                time.sleep(0.05)
        assert {heard.split(b"\r\n")[0] for heard in clients.heard} == {b"HTTP/1.1 408 Request Timeout"}
        assert b'"type":"/problems/too-slow"' in b"".join(clients.heard)


class TestWhatAClientMayDo:
    def test_pipeline(self, connection: socket.socket) -> None:
        request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        connection.sendall(request * 3 + request.replace(b"Host", b"Connection: close\r\nHost"))
        taken = b"".join(iter(lambda: connection.recv(65536), b""))
        assert taken.count(b"HTTP/1.1 200 OK") == 4

    @pytest.mark.parametrize("size", [1000, 3 * MIB])
    def test_send_chunks(self, server: RealServer, size: int) -> None:
        report = b"<testsuite name='a' tests='0'><system-out>" + b"x" * size + b"</system-out></testsuite>"
        pieces = (report[at : at + 70_000] for at in range(0, len(report), 70_000))
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for _ in range(2):
            client.request("POST", f"{EVIDENCE}chunks-{size}", pieces, dict(HEADERS), encode_chunked=True)
            answer = client.getresponse()
            assert answer.status in (200, 201), answer.read()
            answer.read()
            pieces = (report[at : at + 9_000] for at in range(0, len(report), 9_000))
        client.close()

    def test_wait_until_it_is_told_to_continue(self, connection: socket.socket) -> None:
        report = junit(failed=0)
        head = f"POST {EVIDENCE}told HTTP/1.1\r\nHost: 127.0.0.1\r\n{TOKEN}Expect: 100-continue\r\n"
        connection.sendall(f"{head}Content-Length: {len(report)}\r\n\r\n".encode())
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(report)
        assert answer_on(connection)[0] == 201

    def test_send_a_large_report_that_no_memory_holds(self, server: RealServer) -> None:
        before = _memory(server)
        report = (
            b"<testsuite name='a' tests='0'><system-out>" + b"x" * 30 * MIB + b"</system-out></testsuite>"
        )
        client = server.client()
        assert client.submit(report, commit=COMMIT, slot="large").status == 201
        assert client.send("GET", "/healthz").status == 200
        client.close()
        assert _memory(server) - before < 25 * MIB
        assert not list((server.folder / "incoming").iterdir())


class TestALargeBody:
    """Is refused before it is sent."""

    @pytest.mark.parametrize(
        ("method", "path", "token", "size", "status"),
        [
            ("POST", f"{EVIDENCE}a", TOKEN, 65 * MIB, 413),
            ("PUT", "/api/v1/gates/production", f"{TOKEN}Content-Type: application/json\r\n", 2 * MIB, 413),
            ("POST", f"{EVIDENCE}a", "", 2 * MIB, 401),
            ("POST", f"{EVIDENCE}a", "Authorization: Bearer tdg_nobody\r\n", 2 * MIB, 401),
            ("POST", "/api/v1/nothing", TOKEN, 2 * MIB, 404),
            ("DELETE", f"{EVIDENCE}a", TOKEN, 2 * MIB, 405),
        ],
    )
    def test_where_its_head_says_enough(
        self, connection: socket.socket, method: str, path: str, token: str, size: int, status: int
    ) -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{token}Content-Length: {size}\r\n\r\n"
        connection.sendall(head.encode())
        assert answer_on(connection)[0] == status

    def test_where_its_chunks_grow_beyond_what_is_read(self, connection: socket.socket) -> None:
        head = f"PUT /api/v1/gates/a HTTP/1.1\r\nHost: 127.0.0.1\r\n{TOKEN}Content-Type: application/json\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"%x\r\n" % (30 * MIB) + b" " * 2 * MIB)
        assert answer_on(connection)[0] == 413

    def test_where_those_that_arrive_take_all_room(self, server: RealServer) -> None:
        """The room of one worker is 40 MiB: it is asked over and over, so that every worker has one."""
        head = f"POST {EVIDENCE}a HTTP/1.1\r\nHost: 127.0.0.1\r\n{TOKEN}Content-Length: {60 * MIB}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(head.encode())
            try:
                for _ in range(55):
                    connection.sendall(b"x" * MIB)
            except (ConnectionResetError, BrokenPipeError):
                pass
            status, body = answer_on(connection)
        assert status == 503
        assert b"MAX_INCOMING_BYTES" in body


def _memory(server: RealServer) -> int:
    """Return the bytes of the largest worker."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children]
    return max(pages) * 4096


def test_a_client_that_goes_away_leaves_no_trace(server: RealServer) -> None:
    for sent in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"):
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(sent)
    client: Client = server.client()
    assert client.send("GET", "/healthz").status == 200
    client.close()
