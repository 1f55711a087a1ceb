"""SIGTERM under load: what is in flight is finished, what was acknowledged is there, nobody is cut short."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.api import COMMIT, junit
from tests.support.inspection import faults_of
from tests.support.load import InTwoParts, Load
from tests.support.server import Answer, RealServer
from tidegate.kernel.db.engine import Database

GRACE = 20


@pytest.mark.drill
@pytest.mark.requirement("S2-20")
def test_a_stop_under_load_finishes_what_is_in_flight(
    server: RealServer, database: Database, seed: int
) -> None:
    with Load(server, clients=8, seed=seed) as load:
        load.wait_for(60)
        begun = time.monotonic()
        code = server.stop()
        took = time.monotonic() - begun
        load.wait_for_end()
    assert code == 0
    assert took < GRACE
    assert load.ledger.statuses() == {}
    # Once a server has stopped listening, a connection that it never took is refused or reset by the kernel;
    # but no answer that had begun is cut off.
    assert [str(lost) for lost in load.ledger.unanswered if lost.begun] == []
    assert server.complaints() == []
    assert faults_of(database, server.folder / "blobs", load.ledger.acknowledged) == []


@pytest.mark.drill
@pytest.mark.requirement("S2-20")
def test_tens_of_submissions_in_flight_are_answered_and_there_or_never_got_in(
    server: RealServer, database: Database, seed: int
) -> None:
    with Load(server, clients=40, seed=seed) as load:
        load.wait_for(80)
        assert server.stop() == 0
        load.wait_for_end()
    assert set(load.ledger.statuses()) <= {503}
    assert [str(lost) for lost in load.ledger.unanswered if lost.begun] == []
    assert faults_of(database, server.folder / "blobs", load.ledger.acknowledged) == []


@pytest.mark.drill
@pytest.mark.requirement("S2-20")
@pytest.mark.requirement("S4-8")
def test_a_stop_ends_in_the_time_that_is_set_whatever_hangs(tmp_path: Path) -> None:
    """A sender stops in the middle of its report; WEB_GRACEFUL_TIMEOUT is how long it is waited for."""
    url = URL.create("sqlite", database=str(tmp_path / "installation" / "tidegate.sqlite3"))
    settings = {"AUTO_MIGRATE": "true", "WEB_GRACEFUL_TIMEOUT": "2"}
    with RealServer(url, tmp_path / "installation", **settings) as server:
        client = server.client()
        client.set_up()
        client.close()
        with socket.create_connection(("127.0.0.1", server.port), 10) as hanging:
            path = f"/api/v1/components/harbour/revisions/{COMMIT}/evidence?slot=junit.xml"
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
            hanging.sendall(head.encode() + b"<testsuite")
            time.sleep(0.3)  # until a thread is reading it
            begun = time.monotonic()
            assert server.stop() == 0
            took = time.monotonic() - begun
    assert 1.5 < took < 8


@pytest.mark.requirement("S2-20")
def test_a_large_report_on_its_way_still_gets_its_answer(server: RealServer) -> None:
    """Half of the body was sent when the server was told to stop; it waits for the rest and answers."""
    report = junit(passed=30_000)
    answers: list[Answer] = []
    body = InTwoParts(report)

    def submit() -> None:
        client = server.client()
        answers.append(client.submit_from(body, size=len(report), commit=COMMIT, slot="large"))
        client.close()

    sender = threading.Thread(target=submit, daemon=True)
    sender.start()
    assert body.halfway.wait(30)
    time.sleep(0.3)  # until the half is with the server and a thread is reading it
    stopper = threading.Timer(0.5, body.go_on.set)
    stopper.start()
    assert server.stop() == 0
    sender.join(30)
    stopper.join()
    assert [answer.status for answer in answers] == [201]
    assert answers[0].body["evidence"]["size"] == len(report)
