"""`kill -9` of the server while hundreds of submissions come in: what was acknowledged is there, whole."""

from __future__ import annotations

import random
import time

import pytest

from tests.support.inspection import faults_of
from tests.support.load import Acknowledged, Load
from tests.support.server import RealServer
from tidegate.kernel.db.engine import Database

ROUNDS = 3
CLIENTS = 12


@pytest.mark.drill
def test_nothing_acknowledged_is_missing_and_nothing_is_half_written(
    server: RealServer, database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    acknowledged: list[Acknowledged] = []
    blobs = server.folder / "blobs"
    for number in range(ROUNDS):
        if number:
            server.start()
        with Load(server, clients=CLIENTS, seed=seed + number) as load:
            load.wait_for(chance.randrange(60, 110))
            time.sleep(chance.random() / 20)
            server.kill()
            load.wait_for_end()
        acknowledged += load.ledger.acknowledged
        assert load.ledger.unanswered, "the kill met no request in flight"
        assert load.ledger.statuses() == {}
        assert faults_of(database, blobs, acknowledged) == []
    assert len(acknowledged) > ROUNDS * 60
    _serves_again(server, acknowledged)
    assert faults_of(database, blobs, acknowledged) == []


def _serves_again(server: RealServer, acknowledged: list[Acknowledged]) -> None:
    server.start()
    client = server.client()
    for one in acknowledged[-20:]:
        assert client.json("GET", f"/evidence/{one.evidence}").body["digest"] == one.digest
        assert client.json("GET", f"/evidence/{one.evidence}/content").content == one.report.content
        for verdict in one.verdicts:
            assert client.json("GET", f"/verdicts/{verdict}").status == 200
    assert client.json("GET", "/audit/verification").body["intact"] is True
    fresh = client.submit(b'<testsuite tests="1"><testcase name="a"/></testsuite>', commit="f" * 40, slot="x")
    assert fresh.status == 201
    client.close()
    assert server.stop() == 0


def test_a_worker_that_is_killed_is_replaced_and_takes_nothing_with_it(
    server: RealServer, database: Database, seed: int
) -> None:
    with Load(server, clients=6, seed=seed) as load:
        load.wait_for(30)
        server.kill_a_worker()
        load.wait_for(len(load.ledger.acknowledged) + 30)
    assert load.ledger.statuses() == {}
    assert server.stop() == 0
    assert faults_of(database, server.folder / "blobs", load.ledger.acknowledged) == []
