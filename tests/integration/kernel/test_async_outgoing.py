"""Requests of probes, against real servers on loopback that mean harm or merely fail, in both event loops."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import select
import socket
import ssl
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import trustme
import uvloop

from tests.support.raw_server import RawServer, raw_server, reply
from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.asynchronous import AsyncOutgoing, TimedAnswer
from tidegate.kernel.outgoing.network import Resolver, system_addresses

HERE = "127.0.0.1/32"


@dataclasses.dataclass(frozen=True)
class Client:
    """Sends one request in an event loop of its own."""

    outgoing: AsyncOutgoing
    loop: Callable[[], asyncio.AbstractEventLoop] | None

    def get(self, url: str, *, most: int = 100_000) -> TimedAnswer:
        async def send() -> TimedAnswer:
            async with self.outgoing.opened() as opened:
                return await opened.get(url, limits=dataclasses.replace(opened.limits, most_bytes=most))

        with asyncio.Runner(loop_factory=self.loop) as runner:
            return runner.run(send())

    def refusal(self, url: str) -> OutgoingRefused:
        with pytest.raises(OutgoingRefused) as caught:
            self.get(url)
        return caught.value

    def failure(self, url: str, *, most: int = 100_000) -> str:
        with pytest.raises(OutgoingFailed) as caught:
            self.get(url, most=most)
        return caught.value.reason


@pytest.fixture(params=["asyncio", "uvloop"])
def client(request: pytest.FixtureRequest) -> Callable[..., Client]:
    """Make clients that may reach what is allowed."""
    loop = uvloop.new_event_loop if request.param == "uvloop" else None

    def make(
        *allowed: str,
        resolve: Resolver = system_addresses,
        seconds: float = 5.0,
        ca: str = "",
        proxy: str = "",
    ) -> Client:
        policy = AddressPolicy.from_entries(allowed)
        return Client(AsyncOutgoing(policy, seconds=seconds, resolve=resolve, ca_file=ca, proxy=proxy), loop)

    return make


def as_here(host: str, port: int) -> tuple[str, ...]:
    """Resolve every name to this machine."""
    return ("127.0.0.1",)


@contextmanager
def answering(answer: bytes) -> Iterator[RawServer]:
    """Run a server that answers every request with this."""
    with raw_server(lambda connection, head: connection.sendall(answer)) as server:
        yield server


MakeClient = Callable[..., Client]


class TestAnswers:
    def test_come_with_status_headers_and_body(self, client: MakeClient) -> None:
        with answering(reply("404 Not Found", "X-Kind: test", body=b"gone")) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/x?a=%2f")
        assert (answer.status, answer.headers["x-kind"], answer.body) == (404, "test", b"gone")
        assert 0 < answer.seconds < 5
        assert answer.tls_expires_at is None
        assert server.asked[0].startswith("GET /x?a=%2f HTTP/1.1")
        assert "Authorization" not in server.asked[0]

    def test_that_redirect_are_answers_like_any_other(self, client: MakeClient) -> None:
        with answering(reply("302 Found", "Location: http://169.254.169.254/")) as server:
            assert client(HERE).get(f"http://127.0.0.1:{server.port}/").status == 302
        assert len(server.asked) == 1

    def test_may_be_announced_by_interim_ones(self, client: MakeClient) -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\nX-Kind: hint\r\nLink: </x>\r\n\r\n"
        with answering(hints + reply("200 OK", "X-Kind: real", body=b"fine")) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/")
        assert (answer.status, answer.headers["x-kind"], answer.body) == (200, "real", b"fine")
        assert "link" not in answer.headers

    def test_may_last_until_the_connection_ends(self, client: MakeClient) -> None:
        with answering(b"HTTP/1.0 200 OK\r\n\r\nall of it") as server:
            assert client(HERE).get(f"http://127.0.0.1:{server.port}/").body == b"all of it"

    def test_may_come_in_chunks_with_headers_after_them(self, client: MakeClient) -> None:
        chunks = b"3\r\nall\r\n6\r\n of it\r\n0\r\nX-Kind: late\r\n\r\n"
        with answering(reply("200 OK", "Transfer-Encoding: chunked", body=chunks)) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/")
        assert answer.body == b"all of it"
        assert "x-kind" not in answer.headers

    def test_that_speak_another_protocol_end_there(self, client: MakeClient) -> None:
        switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nnoise"
        with answering(switched) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/")
        assert (answer.status, answer.body) == (101, b"")

    def test_that_are_followed_by_more_are_read_to_their_end_alone(self, client: MakeClient) -> None:
        def talk(connection: socket.socket, head: str) -> None:
            connection.sendall(reply("200 OK", body=b"fine"))
            with suppress(OSError):
                connection.sendall(reply("500 Oh No", body=b"more"))

        with raw_server(talk) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/")
        assert (answer.status, answer.body) == (200, b"fine")

    @pytest.mark.parametrize(
        "answer", [b"HTTP/1.1 200 OK\r\nX-Ki", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
    )
    def test_that_break_off_are_none(self, client: MakeClient, answer: bytes) -> None:
        with answering(answer) as server:
            assert "breaks off" in client(HERE).failure(f"http://127.0.0.1:{server.port}/")

    def test_that_are_cut_by_a_reset_are_none(self, client: MakeClient) -> None:
        def reset(connection: socket.socket, head: str) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with raw_server(reset) as server:
            reason = client(HERE).failure(f"http://127.0.0.1:{server.port}/")
        assert reason.lower() == "the connection failed: connection reset by peer"


class TestAddresses:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "localhost",
            "localhost.",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[::7f00:1]",
        ],
    )
    def test_of_this_machine_are_refused_in_every_form(self, client: MakeClient, host: str) -> None:
        with answering(reply("200 OK")) as server:
            for scheme in ("http", "https"):
                with pytest.raises((OutgoingRefused, OutgoingFailed)):
                    client().get(f"{scheme}://{host}:{server.port}/")
        assert server.asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://example.org/",
            "https://example.org/\r\nX: y",
            "https://127。0。0。1/",
            "https://example.org\\@127.0.0.1/",
            "https://name:hunter2@example.org/",
            "https://[fe80::1%25eth0]/",
        ],
    )
    def test_in_a_url_that_can_be_read_in_two_ways_are_refused(self, client: MakeClient, url: str) -> None:
        assert "hunter2" not in str(client("0.0.0.0/0").refusal(url))

    def test_are_checked_where_they_are_connected_to(self, client: MakeClient) -> None:
        with answering(reply("200 OK")) as server:
            refused = client(resolve=as_here).refusal(f"https://rebind.example:{server.port}/")
            assert "loopback" in refused.reason
            assert server.asked == []
            mixed = client(HERE, resolve=lambda host, port: ("169.254.169.254", "127.0.0.1"))
            assert mixed.get(f"http://mixed.example:{server.port}/").status == 200

    def test_may_be_allowed_by_name(self, client: MakeClient) -> None:
        with answering(reply("200 OK")) as server:
            named = client("target.example", resolve=as_here)
            assert named.get(f"http://target.example:{server.port}/").status == 200
            assert "loopback" in named.refusal(f"http://other.example:{server.port}/").reason

    def test_that_answer_stand_in_for_those_that_do_not(self, client: MakeClient) -> None:
        with answering(reply("200 OK")) as server:
            two = client("127.0.0.0/8", resolve=lambda host, port: ("127.9.9.9", "127.0.0.1"))
            assert two.get(f"http://two.example:{server.port}/").status == 200
        reason = two.failure(f"http://two.example:{server.port}/")
        assert reason == "it refuses connections"

    def test_of_a_name_are_found_once_in_a_few_seconds(self, client: MakeClient) -> None:
        resolved: list[str] = []

        def resolve(host: str, port: int) -> tuple[str, ...]:
            resolved.append(host)
            return ("127.0.0.1",)

        async def twice(outgoing: AsyncOutgoing, url: str) -> list[int]:
            async with outgoing.opened() as opened:
                return [(await opened.get(url)).status for _ in range(2)]

        with answering(reply("200 OK")) as server:
            one = client(HERE, resolve=resolve)
            with asyncio.Runner(loop_factory=one.loop) as runner:
                found = runner.run(twice(one.outgoing, f"http://one.example:{server.port}/"))
        assert found == [200, 200]
        assert resolved == ["one.example"]

    def test_of_a_name_without_any_are_said_to_be_unknown(self, client: MakeClient) -> None:
        nowhere = client(resolve=lambda host, port: ())
        assert nowhere.failure("https://no.example/") == "its name cannot be resolved"

    def test_of_names_that_are_not_there_are_said_to_be_unknown(self, client: MakeClient) -> None:
        def unknown(host: str, port: int) -> tuple[str, ...]:
            raise socket.gaierror(-2, "Name or service not known")

        def impossible(host: str, port: int) -> tuple[str, ...]:
            raise UnicodeError("label too long")

        for resolve in (unknown, impossible):
            assert client(resolve=resolve).failure("https://no.example/") == "its name cannot be resolved"


class TestSizes:
    def test_of_bodies_are_bounded(self, client: MakeClient) -> None:
        chunks = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(100)) + b"0\r\n\r\n"
        endless = reply("200 OK", "Transfer-Encoding: chunked", body=chunks)
        for answer in (reply("200 OK", "Content-Length: 99999999"), endless):
            with answering(answer) as server:
                reason = client(HERE).failure(f"http://127.0.0.1:{server.port}/", most=50_000)
            assert reason == "its answer is larger than 50,000 bytes"

    def test_of_compressed_bodies_do_not_matter_as_none_is_read(self, client: MakeClient) -> None:
        bomb = gzip.compress(b"0" * 10_000_000)
        with answering(reply("200 OK", "Content-Encoding: gzip", body=bomb)) as server:
            assert "compressed" in client(HERE).failure(f"http://127.0.0.1:{server.port}/")
        assert "Accept-Encoding: identity" in server.asked[0]

    @pytest.mark.parametrize(
        "answer",
        [
            reply("200 OK", *(f"X-{i}: {'x' * 1000}" for i in range(300))),
            reply("200 OK", f"X-Long: {'x' * 20_000}"),
            b"HTTP/1.1 200 OK\r\nX-Endless: " + b"x" * 200_000,
            reply("200 OK", "Transfer-Encoding: chunked", body=b"no length\r\n"),
            b"SSH-2.0-OpenSSH_9.6\r\n",
        ],
    )
    def test_of_what_is_no_http_do_not_matter(self, client: MakeClient, answer: bytes) -> None:
        with answering(answer) as server:
            assert "not HTTP" in client(HERE).failure(f"http://127.0.0.1:{server.port}/")


class TestTimes:
    def test_are_bounded_however_slowly_bytes_come(self, client: MakeClient) -> None:
        def drip(connection: socket.socket, head: str) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(60):
                connection.sendall(b"x")
                time.sleep(0.05)

        with raw_server(drip) as server:
            began = time.monotonic()
            reason = client(HERE, seconds=0.6).failure(f"http://127.0.0.1:{server.port}/")
            assert time.monotonic() - began < 2.5
        assert reason == "it took too long"

    def test_are_bounded_where_nothing_comes(self, client: MakeClient) -> None:
        def silent(connection: socket.socket, head: str) -> None:
            connection.recv(1)

        with raw_server(silent) as server:
            reason = client(HERE, seconds=0.3).failure(f"http://127.0.0.1:{server.port}/")
        assert reason == "it took too long"

    def test_are_bounded_while_a_name_is_looked_up(self, client: MakeClient) -> None:
        found = threading.Event()

        def slow(host: str, port: int) -> tuple[str, ...]:
            found.wait(1)
            return ("127.0.0.1",)

        assert client(HERE, resolve=slow, seconds=0.2).failure("https://slow.example/") == "it took too long"
        found.set()

    def test_tell_a_server_that_is_away_or_hangs_up(self, client: MakeClient) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        assert client(HERE).failure(f"http://127.0.0.1:{port}/") == "it refuses connections"
        with answering(b"") as server:
            reason = client(HERE).failure(f"http://127.0.0.1:{server.port}/")
        assert reason == "it closed the connection without an answer"


class TestCertificates:
    def test_are_checked_against_the_name_and_their_end_is_told(
        self, client: MakeClient, tmp_path: Path
    ) -> None:
        authority, end = trustme.CA(), datetime(2030, 1, 2, tzinfo=UTC)
        trusted = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("target.example", not_after=end).configure_cert(tls)
        with raw_server(
            lambda connection, _: connection.sendall(reply("200 OK", body=b"safe")), tls=tls
        ) as server:
            one = client(HERE, resolve=as_here, ca=str(trusted))
            answer = one.get(f"https://target.example:{server.port}/")
            assert (answer.body, answer.tls_expires_at) == (b"safe", end)
            assert "not trusted" in one.failure(f"https://other.example:{server.port}/")
            stranger = client(HERE, resolve=as_here)
            assert "not trusted" in stranger.failure(f"https://target.example:{server.port}/")

    def test_are_not_expected_of_what_speaks_no_tls(self, client: MakeClient) -> None:
        def chat() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"220 mail.example ESMTP\r\n")
            connection.recv(1)
            connection.close()

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=chat)
            thread.start()
            reason = client(HERE).failure(f"https://127.0.0.1:{listener.getsockname()[1]}/")
            thread.join()
        assert reason == "it does not speak TLS as it should"


class TestProxies:
    def test_of_the_environment_are_not_used(
        self, client: MakeClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with answering(reply("200 OK", body=b"proxy")) as proxy, answering(reply("200 OK")) as server:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert client(HERE).get(f"http://127.0.0.1:{server.port}/").body == b""
        assert proxy.asked == []

    def test_are_used_where_they_are_set(self, client: MakeClient) -> None:
        with answering(reply("200 OK", body=b"proxy")) as proxy:
            through = client("target.example", proxy=f"http://127.0.0.1:{proxy.port}")
            assert through.get("http://target.example/x").body == b"proxy"
            assert "not https" in through.refusal("http://other.example/").reason
            through.refusal("https://169.254.169.254/")
            through.refusal("https://[::1]/")
        assert [head.splitlines()[0] for head in proxy.asked] == ["GET http://target.example/x HTTP/1.1"]

    def test_lead_to_servers_that_speak_tls(self, client: MakeClient, tmp_path: Path) -> None:
        authority = trustme.CA()
        trusted = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(trusted))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("target.example").configure_cert(tls)
        with (
            raw_server(lambda there, _: there.sendall(reply("200 OK", body=b"safe")), tls=tls) as server,
            raw_server(partial(relay, to=server.port)) as proxy,
        ):
            through = client(ca=str(trusted), proxy=f"http://ann:p%40ss@127.0.0.1:{proxy.port}")
            answer = through.get("https://target.example:8443/x")
            assert answer.body == b"safe"
            assert answer.tls_expires_at is not None
            assert "not trusted" in through.failure("https://other.example/")
        asked = proxy.asked[0].splitlines()
        assert asked[0] == "CONNECT target.example:8443 HTTP/1.1"
        assert f"Proxy-Authorization: Basic {b64encode(b'ann:p@ss').decode()}" in asked
        assert "Proxy-Authorization" not in server.asked[0]

    def test_that_lead_nowhere_say_so(self, client: MakeClient) -> None:
        with answering(reply("407 Proxy Authentication Required")) as proxy:
            through = client(proxy=f"http://127.0.0.1:{proxy.port}")
            assert through.failure("https://target.example/") == "the proxy answered 407"


def relay(connection: socket.socket, head: str, *, to: int) -> None:
    """Be a proxy: hand bytes on, both ways, until either side ends."""
    with socket.create_connection(("127.0.0.1", to)) as server:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while True:
            ready, _, _ = select.select([connection, server], [], [], 10)
            for one in ready:
                data = one.recv(65536)
                if not data:
                    return
                (server if one is connection else connection).sendall(data)
