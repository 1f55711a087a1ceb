"""Requests that the server sends, against real servers on loopback that mean harm or merely fail."""

from __future__ import annotations

import dataclasses
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.support.raw_server import RawServer, raw_server, reply
from tidegate.domain.outgoing import AddressPolicy, OutgoingFailed, OutgoingRefused
from tidegate.kernel.outgoing.client import Outgoing
from tidegate.kernel.outgoing.network import Resolver, system_addresses

HERE = "127.0.0.1/32"
SECRET = "Bearer tdg_secret"


def client(
    *allowed: str, resolve: Resolver = system_addresses, seconds: float = 5.0, ca: str = "", proxy: str = ""
) -> Outgoing:
    """Make a client that may reach what is allowed."""
    policy = AddressPolicy.from_entries(allowed)
    return Outgoing(policy, seconds=seconds, resolve=resolve, ca_file=ca, proxy=proxy)


def as_here(host: str, port: int) -> tuple[str, ...]:
    """Resolve every name to this machine."""
    return ("127.0.0.1",)


@contextmanager
def answering(*answers: bytes) -> Iterator[RawServer]:
    """Run a server that answers the first request with the first of these, and so on; the last one stays."""
    left = list(answers)

    def answer(connection: socket.socket, head: str) -> None:
        connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    with raw_server(answer) as server:
        yield server


def refusal(send: Callable[[], object]) -> OutgoingRefused:
    """Return why a request is not sent."""
    with pytest.raises(OutgoingRefused) as caught:
        send()
    return caught.value


def failure(send: Callable[[], object]) -> OutgoingFailed:
    """Return why an answer is not taken."""
    with pytest.raises(OutgoingFailed) as caught:
        send()
    return caught.value


class TestAnswers:
    def test_come_with_status_headers_and_body(self) -> None:
        with answering(reply("404 Not Found", "X-Kind: test", body=b'{"a": 1}')) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/x", headers={"Authorization": SECRET})
        assert (answer.status, answer.headers["x-kind"], answer.document()) == (404, "test", {"a": 1})
        assert server.asked[0].startswith("GET /x HTTP/1.1")
        assert f"Authorization: {SECRET}" in server.asked[0]

    def test_to_a_post_come_for_its_body(self) -> None:
        with answering(reply("200 OK", body=b"{}")) as server:
            answer = client(HERE).post(f"http://127.0.0.1:{server.port}/", b"a=b", content_type="text/plain")
        assert answer.status == 200
        assert server.asked[0].startswith("POST / HTTP/1.1")
        assert "Content-Type: text/plain" in server.asked[0]

    def test_that_are_no_json_are_said_to_be_none(self) -> None:
        with answering(reply("200 OK", body=b"<html>")) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/")
        assert failure(answer.document).reason == "its answer is not JSON"


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
    def test_of_this_machine_are_refused_in_every_form(self, host: str) -> None:
        with answering(reply("200 OK")) as server:
            for scheme in ("http", "https"):
                with pytest.raises((OutgoingRefused, OutgoingFailed)):
                    client().get(f"{scheme}://{host}:{server.port}/")
        assert server.asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://example.org/",
            "file:///etc/passwd",
            "//example.org/",
            "http://",
            "https://example.org:99999/",
            "https://[::1",
            "https://example.org/\r\nX: y",
            "https://example.org/ä",
            "https://exämple.org/",
            "https://127。0。0。1/",
            "https://example.org\\@127.0.0.1/",
            "https://a%2fb/",
            "https://name:hunter2@example.org/",
            "https://[fe80::1%25eth0]/",
        ],
    )
    def test_in_a_url_that_can_be_read_in_two_ways_are_refused(self, url: str) -> None:
        refused = refusal(lambda: client("0.0.0.0/0").get(url))
        assert "hunter2" not in str(refused)

    def test_that_change_between_check_and_connection_gain_nothing(self) -> None:
        """A name that is public when it is checked and local afterwards is resolved just once."""
        answers = iter([("127.0.0.1",), ("127.0.0.1",)])
        asked: list[str] = []

        def rebinding(host: str, port: int) -> tuple[str, ...]:
            asked.append(host)
            return next(answers)

        with answering(reply("200 OK")) as server:
            policy = client(HERE, resolve=rebinding)
            assert policy.get(f"http://rebind.example:{server.port}/").status == 200
            assert asked == ["rebind.example"]
            refused = refusal(lambda: client(resolve=as_here).get(f"https://rebind.example:{server.port}/"))
        assert "loopback" in refused.reason
        assert len(server.asked) == 1

    def test_of_a_name_are_used_where_they_are_allowed_and_others_left_out(self) -> None:
        with answering(reply("200 OK")) as server:
            mixed = client(HERE, resolve=lambda host, port: ("169.254.169.254", "127.0.0.1"))
            assert mixed.get(f"http://mixed.example:{server.port}/").status == 200

    def test_that_do_not_answer_are_passed_over(self) -> None:
        with answering(reply("200 OK")) as server:
            both = client("127.0.0.0/8", resolve=lambda host, port: ("127.0.0.2", "127.0.0.1"))
            assert both.get(f"http://both.example:{server.port}/").status == 200

    def test_may_be_allowed_by_name(self) -> None:
        with answering(reply("200 OK")) as server:
            named = client("issuer.example", resolve=as_here)
            assert named.get(f"http://issuer.example:{server.port}/").status == 200
            assert "loopback" in refusal(lambda: named.get(f"http://other.example:{server.port}/")).reason

    def test_of_names_that_are_not_there_are_said_to_be_unknown(self) -> None:
        def unknown(host: str, port: int) -> tuple[str, ...]:
            raise socket.gaierror(-2, "Name or service not known")

        failed = failure(lambda: client(resolve=unknown).get("https://nowhere.example/"))
        assert (failed.host, failed.reason) == ("nowhere.example", "its name cannot be resolved")
        empty = client(resolve=lambda host, port: ())
        assert "resolved" in failure(lambda: empty.get("https://nowhere.example/")).reason


class TestRedirects:
    def test_are_followed_and_each_is_checked(self) -> None:
        with answering(reply("302 Found", "Location: /there"), reply("200 OK", body=b"there")) as server:
            answer = client(HERE).get(f"http://127.0.0.1:{server.port}/here")
        assert (answer.body, answer.url) == (b"there", f"http://127.0.0.1:{server.port}/there")

    @pytest.mark.parametrize(
        "target",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://2852039166/",
            "file:///etc/passwd",
            "https://name:hunter2@127.0.0.1/",
        ],
    )
    def test_to_what_may_not_be_reached_are_refused(self, target: str) -> None:
        with answering(reply("302 Found", f"Location: {target}")) as server:
            refusal(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/"))
        assert len(server.asked) == 1

    def test_take_no_credentials_to_another_host(self) -> None:
        with answering(reply("200 OK")) as other:
            with answering(reply("307 Moved", f"Location: http://other.example:{other.port}/")) as server:
                headers = {"Authorization": SECRET, "Cookie": "a=b", "X-Key": "k", "Accept": "a/b"}
                anywhere = client(HERE, resolve=as_here)
                assert anywhere.get(f"http://127.0.0.1:{server.port}/", headers=headers).status == 200
        assert SECRET in server.asked[0]
        assert not any(word in other.asked[0] for word in (SECRET, "Cookie", "X-Key"))
        assert "Accept: a/b" in other.asked[0]

    def test_that_never_end_are_left(self) -> None:
        with answering(reply("302 Found", "Location: /again")) as server:
            failed = failure(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/"))
        assert (failed.reason, len(server.asked)) == ("it redirects more than 3 times", 4)

    def test_of_what_is_posted_are_not_followed(self) -> None:
        with answering(reply("307 Moved", "Location: /again")) as server:
            send = client(HERE)
            url = f"http://127.0.0.1:{server.port}/"
            failed = failure(lambda: send.post(url, b"secret", content_type="text/plain"))
        assert ("not to be sent twice" in failed.reason, len(server.asked)) == (True, 1)

    def test_to_what_is_no_url_fail(self) -> None:
        with answering(reply("302 Found", "Location: http://[")) as server:
            assert "no URL" in failure(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/")).reason


class TestSizes:
    def test_of_bodies_are_bounded(self) -> None:
        chunks = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(100)) + b"0\r\n\r\n"
        endless = reply("200 OK", "Transfer-Encoding: chunked", body=chunks)
        for answer in (reply("200 OK", "Content-Length: 99999999"), endless):
            with answering(answer) as server:
                some = client(HERE)
                limits = dataclasses.replace(some.limits, most_bytes=50_000)
                url = f"http://127.0.0.1:{server.port}/"
                assert "larger than 50,000 bytes" in failure(lambda: some.get(url, limits=limits)).reason

    def test_of_compressed_bodies_do_not_matter_as_none_is_read(self) -> None:
        bomb = gzip.compress(b"0" * 10_000_000)
        with answering(reply("200 OK", "Content-Encoding: gzip", body=bomb)) as server:
            failed = failure(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/"))
        assert "compressed" in failed.reason
        assert "Accept-Encoding: identity" in server.asked[0]

    def test_of_headers_are_bounded(self) -> None:
        huge = reply("200 OK", *(f"X-{i}: {'x' * 1000}" for i in range(300)))
        with answering(huge) as server:
            failed = failure(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/"))
        assert failed.reason == "its answer is not HTTP, or its headers are too large"

    def test_of_what_is_no_http_do_not_matter(self) -> None:
        with answering(b"SSH-2.0-OpenSSH_9.6\r\n") as server:
            assert "not HTTP" in failure(lambda: client(HERE).get(f"http://127.0.0.1:{server.port}/")).reason


class TestTimes:
    def test_are_bounded_however_slowly_bytes_come(self) -> None:
        def drip(connection: socket.socket, head: str) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)

        with raw_server(drip) as server:
            began = time.monotonic()
            failed = failure(lambda: client(HERE, seconds=0.6).get(f"http://127.0.0.1:{server.port}/"))
            assert time.monotonic() - began < 3
        assert failed.reason == "it took too long"

    def test_are_bounded_where_nothing_comes(self) -> None:
        def silent(connection: socket.socket, head: str) -> None:
            connection.recv(1)

        with raw_server(silent) as server:
            failed = failure(lambda: client(HERE, seconds=0.3).get(f"http://127.0.0.1:{server.port}/"))
        assert failed.reason == "it took too long"

    def test_hold_for_redirects_together(self) -> None:
        def slow(connection: socket.socket, head: str) -> None:
            time.sleep(0.25)
            connection.sendall(reply("302 Found", "Location: /again"))

        with raw_server(slow) as server:
            failed = failure(lambda: client(HERE, seconds=0.4).get(f"http://127.0.0.1:{server.port}/"))
        assert failed.reason == "it took too long"

    def test_hold_for_finding_an_address(self) -> None:
        over = threading.Event()

        def slow(host: str, port: int) -> tuple[str, ...]:
            over.wait(60)
            return ("127.0.0.1",)

        failed = failure(lambda: client(resolve=slow, seconds=1).get("https://slow.example/"))
        over.set()
        assert failed.reason == "resolving its name took too long"

    def test_tell_a_server_that_is_away(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        assert "refused" in failure(lambda: client(HERE).get(f"http://127.0.0.1:{port}/")).reason.lower()


class TestCertificates:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def trusted(self, authority: trustme.CA, tmp_path: Path) -> str:
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        return str(file)

    @pytest.fixture
    def tls(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("issuer.example").configure_cert(context)
        return context

    def test_are_checked_against_the_name(self, tls: ssl.SSLContext, trusted: str) -> None:
        def answer(connection: socket.socket, head: str) -> None:
            connection.sendall(reply("200 OK", body=b"safe"))

        with raw_server(answer, tls=tls) as server:
            one = client(HERE, resolve=as_here, ca=trusted)
            assert one.get(f"https://issuer.example:{server.port}/").body == b"safe"
            assert "CERTIFICATE_VERIFY_FAILED" in (
                failure(lambda: one.get(f"https://other.example:{server.port}/")).reason
            )
            stranger = client(HERE, resolve=as_here)
            failed = failure(lambda: stranger.get(f"https://issuer.example:{server.port}/"))
        assert "CERTIFICATE_VERIFY_FAILED" in failed.reason


class TestProxies:
    def test_of_the_environment_are_not_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with answering(reply("200 OK", body=b"proxy")) as proxy, answering(reply("200 OK")) as server:
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert client(HERE).get(f"http://127.0.0.1:{server.port}/").body == b""
        assert proxy.asked == []

    def test_are_used_where_they_are_set(self) -> None:
        with answering(reply("200 OK", body=b"proxy")) as proxy:
            through = client("issuer.example", proxy=f"http://127.0.0.1:{proxy.port}")
            assert through.get("http://issuer.example/x").body == b"proxy"
            assert "not https" in refusal(lambda: through.get("http://other.example/")).reason
            refusal(lambda: through.get("https://169.254.169.254/"))
            refusal(lambda: through.get("https://[::1]/"))
        assert [head.splitlines()[0] for head in proxy.asked] == ["GET http://issuer.example/x HTTP/1.1"]
