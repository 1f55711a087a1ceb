"""Submissions of several reports to a real server: cut off by a client that dies, sent by many at once."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from urllib3 import encode_multipart_formdata

from tests.support.access import HEADERS
from tests.support.api import flake8, junit
from tests.support.load import at_once
from tests.support.server import RealServer

CLIENTS = 6

# Sends the head and as much of the body as it is given, says so, and waits to be killed.
CLIENT = """
import socket, sys, time
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
connection.sendall(sys.stdin.buffer.read())
print("sent", flush=True)
time.sleep(600)
"""


@pytest.fixture
def commit() -> str:
    """A commit that nobody has registered yet."""
    return secrets.token_hex(20)


def request_head(commit: str, media_type: str, framing: str) -> bytes:
    """Write the head of a submission."""
    lines = [
        f"POST /api/v1/components/harbour/revisions/{commit}/submissions HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {media_type}",
        framing,
        *(f"{name}: {value}" for name, value in HEADERS.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def send_and_die(server: RealServer, data: bytes) -> None:
    """Send bytes by a process of its own, which is killed once it has sent them."""
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(data)
        process.stdin.close()
        assert process.stdout.readline() == b"sent\n"
        time.sleep(0.3)  # until the server has read what it can
        process.kill()


def left(server: RealServer) -> list[Path]:
    """Return what lies where bodies arrive."""
    incoming = server.folder / "incoming"
    return list(incoming.iterdir()) if incoming.exists() else []


class TestCutOff:
    @pytest.mark.parametrize("passed", [1, 60_000], ids=["small", "large"])
    @pytest.mark.parametrize("chunked", [False, True], ids=["counted", "chunked"])
    def test_by_a_client_that_is_killed_records_nothing(
        self, shared_server: RealServer, commit: str, passed: int, chunked: bool
    ) -> None:
        # The first report is whole, and a gate would be content with it.
        reports = {"unit.xml": junit(passed=passed), "e2e.xml": junit(passed=passed, failed=1)}
        body, media_type = encode_multipart_formdata([("report", one) for one in reports.items()])
        cut = body[: len(body) - len(junit(passed=passed)) // 2]
        if chunked:
            head = request_head(commit, media_type, "Transfer-Encoding: chunked")
            send_and_die(shared_server, head + f"{len(cut):x}\r\n".encode() + cut + b"\r\n")
        else:
            head = request_head(commit, media_type, f"Content-Length: {len(body)}")
            send_and_die(shared_server, head + cut)

        client = shared_server.client()
        assert client.json("GET", f"/components/harbour/revisions/{commit}").status == 404
        events = client.json("GET", f"/audit/events?subject=revision:harbour@{commit}").body["items"]
        assert events == []
        assert left(shared_server) == []
        # The same server takes the whole of it, and judges it as what it is.
        whole = client.submit_all(reports, commit=commit)
        assert whole.status == 201
        assert [one["verdict"]["state"] for one in whole.body["verdicts"]] == ["fail"]
        assert left(shared_server) == []
        client.close()

    def test_a_form_that_ends_before_its_last_boundary_records_nothing(
        self, shared_server: RealServer, commit: str
    ) -> None:
        body, media_type = encode_multipart_formdata([("report", ("a.xml", junit()))])
        client = shared_server.client()
        path = f"/api/v1/components/harbour/revisions/{commit}/submissions"
        answer = client.send("POST", path, body[:-10], **{"Content-Type": media_type})
        assert (answer.status, "Nothing of it was recorded" in answer.body["detail"]) == (400, True)
        assert client.json("GET", f"/components/harbour/revisions/{commit}").status == 404
        client.close()


class TestAtOnce:
    @pytest.mark.requirement("S2-19")
    def test_each_verdict_sees_whole_submissions_alone(self, shared_server: RealServer, commit: str) -> None:
        def submit(number: int) -> Any:
            reports = {f"{number}-{part}.xml": junit(passed=number + 1) for part in range(3)}
            return lambda client: client.submit_all(reports, commit=commit)

        answers = at_once(shared_server, [submit(number) for number in range(CLIENTS)])
        assert Counter(answer.status for answer in answers) == {201: CLIENTS}
        client = shared_server.client()
        newest = client.json("GET", f"/verdicts?component=harbour&revision={commit}&limit=100").body["items"]
        assert [one["number"] for one in newest] == list(range(CLIENTS, 0, -1))
        seen = [len(set(one["verdict"]["rules"][0]["evidence"])) for one in newest]
        assert seen == list(range(CLIENTS, 0, -1))  # the reports of one submission have the same bytes
        listed = client.json("GET", f"/components/harbour/revisions/{commit}/evidence?limit=100").body[
            "items"
        ]
        # One after the other: no report of one submission lies between those of another.
        numbers = [one["slot"].partition("-")[0] for one in listed]
        assert all(len(set(numbers[at : at + 3])) == 1 for at in range(0, len(numbers), 3))
        client.close()

    def test_the_same_reports_are_kept_once(self, shared_server: RealServer, commit: str) -> None:
        reports = {"junit.xml": junit(), "flake8.txt": flake8("a.py")}
        answers = at_once(shared_server, [lambda client: client.submit_all(reports, commit=commit)] * CLIENTS)
        assert Counter(answer.status for answer in answers) == {201: 1, 200: CLIENTS - 1}
        assert len({one["id"] for answer in answers for one in answer.body["evidence"]}) == 2
        assert len({answer.body["verdicts"][0]["id"] for answer in answers}) == CLIENTS
        repeated = Counter(one["repeated"] for answer in answers for one in answer.body["evidence"])
        assert repeated == {False: 2, True: 2 * (CLIENTS - 1)}
