"""`kill -9` of each part under load, a full disk, a clock that jumps: what was answered holds."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from scripts.serve import free_port
from tests.integration.image.conftest import HAS_WORKER
from tests.integration.image.test_image import ALONE
from tests.support.api import junit
from tests.support.engine import (
    IMAGE,
    NEW_TOKEN,
    OneShot,
    Stack,
    container,
    derive,
    docker,
    inspect,
    token_in,
    until,
)
from tests.support.load import Acknowledged, Called, Load
from tests.support.server import NoAnswer

pytestmark = pytest.mark.engine

# What a caller may be told while a part is away.
AWAY = {503}


def kill(stack: Stack, service: str) -> None:
    """Kill a service's container, as the kernel does when memory runs out."""
    docker("kill", "--signal", "KILL", stack.ids(service)[0])


def agrees(stack: Called, acknowledged: list[Acknowledged]) -> None:
    """Assert that what was answered is there, whole, and that the log of changes is unbroken."""
    assert acknowledged
    client = stack.client()
    for one in acknowledged:
        found = client.json("GET", f"/evidence/{one.evidence}")
        assert (found.status, found.body["digest"]) == (200, one.digest)
        for verdict in one.verdicts:
            assert client.json("GET", f"/verdicts/{verdict}").status == 200
    for one in acknowledged[-10:]:
        assert client.json("GET", f"/evidence/{one.evidence}/content").content == one.report.content
    assert client.json("GET", "/audit/verification").body["intact"] is True


@contextmanager
def _alone(*options: str, image: str = IMAGE) -> Iterator[tuple[str, OneShot]]:
    """Run the web alone on SQLite, reached by itself; yields its container and a client."""
    port = free_port()
    with container(*ALONE, *options, "--publish", f"127.0.0.1:{port}:8000", image=image) as name:
        anybody = OneShot(port)

        def ready() -> bool:
            try:
                return anybody.send("GET", "/readyz").status == 200
            except NoAnswer:
                return False

        until(ready, "it is ready")
        yield name, OneShot(port, token_in(docker("exec", name, *NEW_TOKEN)))


class TestKilled:
    @pytest.mark.parametrize("service", ["web", "worker", "postgres", "redis"])
    def test_nothing_acknowledged_is_lost(self, stack: Stack, seed: int, service: str) -> None:
        if service == "worker" and not HAS_WORKER:
            pytest.skip("NOT RUN: this version has no worker")
        name = stack.ids(service)[0]
        with Load(stack, clients=3, seed=seed, pause=0.1) as load:
            load.wait_for(20)
            kill(stack, service)
            until(lambda: not inspect(name)["State"]["Running"], "it is dead")
            if service in ("web", "postgres"):
                until(lambda: not stack.answers(), "callers are told")
            else:
                assert stack.answers()
                load.wait_for(len(load.ledger.acknowledged) + 10)
            docker("start", name)
            until(stack.answers, "it answers again")
            load.wait_for(len(load.ledger.acknowledged) + 10)
        assert set(load.ledger.statuses()) <= (AWAY if service in ("web", "postgres") else set())
        assert load.ledger.unanswered == []  # the proxy answers for a web that is away
        agrees(stack, load.ledger.acknowledged)
        stack.up()
        assert stack.client().send("GET", "/health").status == 200

    @pytest.mark.requirement("S2-32")
    @pytest.mark.skipif(not HAS_WORKER, reason="NOT RUN: this version has no worker")
    def test_a_part_that_ends_by_itself_begins_again(self, stack: Stack) -> None:
        for service in ("web", "worker"):
            name = stack.ids(service)[0]
            before = inspect(name)["RestartCount"]
            docker("exec", name, "sh", "-c", "kill -9 -1", check=False)  # all but the init, which then ends
            until(partial(_began_again, name, before), "it is started again")
        stack.up()


def _began_again(name: str, before: int) -> bool:
    return bool(inspect(name)["RestartCount"] > before)


class TestStopped:
    @pytest.mark.requirement("S2-20")
    def test_a_web_that_is_told_to_end_finishes_what_it_has(self, stack: Stack, seed: int) -> None:
        name = stack.ids("web")[0]
        with Load(stack, clients=3, seed=seed, pause=0.1) as load:
            load.wait_for(20)
            docker("stop", name)
            state = inspect(name)["State"]
            docker("start", name)
            until(stack.answers, "it answers again")
        assert (state["ExitCode"], state["OOMKilled"]) == (0, False)
        # Told that nobody is there, never cut off in an answer that had begun.
        assert set(load.ledger.statuses()) <= AWAY
        assert load.ledger.unanswered == []
        agrees(stack, load.ledger.acknowledged)
        stack.up()


class TestAFullDisk:
    def test_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(self, image: str) -> None:
        room = ("--mount", "type=tmpfs,destination=/app/data,tmpfs-size=48m,tmpfs-mode=1777")
        with _alone(*room) as (name, client):
            client.set_up()
            docker("exec", name, "sh", "-c", "head -c 24m /dev/zero >/app/data/filler")
            kept: list[str] = []
            refused = None
            while refused is None:
                # Noise, so that it is as large on disk as it is here.
                noise = f"<!-- {secrets.token_hex(600_000)} -->".encode()
                answer = client.submit(junit() + noise, commit="a" * 40, slot=f"part-{len(kept)}")
                if answer.status == 201:
                    kept.append(answer.body["evidence"]["id"])
                else:
                    refused = answer
                assert len(kept) < 100
            assert (refused.status, refused.headers["Content-Type"]) == (503, "application/problem+json")
            assert kept
            assert client.send("GET", "/health").status == 503
            for one in kept:
                assert client.json("GET", f"/evidence/{one}/content").status == 200
            docker("exec", name, "rm", "/app/data/filler")
            assert client.submit(junit(), commit="b" * 40, slot="later").status == 201
            listed = client.json("GET", f"/verdicts?component=harbour&revision={'a' * 40}&limit=100").body
            assert len(listed["items"]) == len(kept)  # of what was refused there is nothing
            assert client.json("GET", "/audit/verification").body["intact"] is True


class TestAClockThatJumps:
    def test_lets_nothing_pass_and_breaks_no_chain(self, image: str) -> None:
        library = "/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1"
        entry = ["tini", "--", "sh", "-c", f"LD_PRELOAD={library} exec entrypoint.sh web"]
        tag = derive(
            "tidegate:test-clock",
            "USER 0",
            "RUN apt-get update && apt-get install --yes --no-install-recommends libfaketime",
            "USER 10001",
            "ENV FAKETIME_TIMESTAMP_FILE=/app/data/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1",
            f"ENTRYPOINT {json.dumps(entry)}",
        )
        with _alone(image=tag) as (name, client):
            client.set_up()
            jumps = (("+0", 0, "pass"), ("-1h", 1, "error"), ("+30d", 0, "pass"), ("-2d", 1, "error"))
            for number, (jump, failed, due) in enumerate(jumps, 1):
                docker("exec", name, "sh", "-c", f"echo '{jump}' >/app/data/clock")
                answer = client.submit(junit(passed=number, failed=failed), commit="a" * 40, slot="one")
                # A report from a time that is still to come is an error, and an error blocks.
                assert answer.body["verdicts"][0]["verdict"]["state"] == due, jump
                assert client.send("GET", "/health").status == 200
            wanted = {"version": "1.0.0", "revision": "a" * 40, "environment": "production", "notes": ""}
            assert client.json("POST", "/components/harbour/releases", wanted).status == 409
            listed = client.json("GET", f"/verdicts?component=harbour&revision={'a' * 40}").body["items"]
            assert {one["number"] for one in listed} == set(range(1, len(listed) + 1))
            assert client.json("GET", "/audit/verification").body["intact"] is True
