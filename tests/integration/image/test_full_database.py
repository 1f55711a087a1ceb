"""PostgreSQL's volume gets full under load: callers are told, what was answered holds, and it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.integration.image.test_kill import agrees
from tests.support.engine import Stack, running, until
from tests.support.load import Load

pytestmark = pytest.mark.engine

FULL = "The database's disk is full. Nothing was changed; make room there, then try again."
# In memory, so that it can be small; whoever holds it keeps it there when PostgreSQL ends and begins again.
ROOM = """
services:
  postgres:
    deploy: {resources: {limits: {memory: 512m}}}
  holder:
    image: postgres:17-alpine
    entrypoint: [sleep, infinity]
    volumes: ["database:/room"]
    network_mode: none
    stop_grace_period: 1s
volumes:
  database:
    driver: local
    driver_opts: {type: tmpfs, device: tmpfs, o: size=160m}
"""


@pytest.fixture(scope="module")
def small(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose PostgreSQL has 160 MiB."""
    made = Stack(tmp_path_factory.mktemp("small"), "compose.yml", "room.yml")
    (made.folder / "room.yml").write_text(ROOM)
    with running(made):
        yield made


def free(stack: Stack) -> int:
    """Return the KiB that the volume has left."""
    return int(stack.compose("exec", "-T", "holder", "df", "-Pk", "/room").splitlines()[1].split()[3])


@contextmanager
def filled(stack: Stack, *, but: int = 0) -> Iterator[None]:
    """Fill the volume, but for so many KiB."""
    holder = ("exec", "-T", "holder")
    count = free(stack) - but
    stack.compose(*holder, "dd", "if=/dev/zero", "of=/room/filler", "bs=1024", f"count={count}", check=False)
    assert free(stack) <= but
    try:
        yield
    finally:
        stack.compose(*holder, "rm", "/room/filler")


@pytest.mark.requirement("S4-29")
class TestAFullVolume:
    def test_tables_that_cannot_grow_refuse_writes_and_nothing_else(self, small: Stack, seed: int) -> None:
        with Load(small, clients=3, seed=seed, pause=0.05) as load:
            load.wait_for(20)
            with filled(small):
                until(lambda: len(load.ledger.refused) > 50, "callers are told")
                # Of two processes each tells what it has seen; after so many refusals both have.
                assert not any(small.answers("/health") for _ in range(4))
                assert small.answers("/readyz")  # it can be read
                before = load.ledger.acknowledged[-1]
                found = small.client().json("GET", f"/evidence/{before.evidence}")
                assert (found.status, found.body["digest"]) == (200, before.digest)
            load.wait_for(len(load.ledger.acknowledged) + 20)  # by itself
        ledger = load.ledger
        assert (set(ledger.statuses()), ledger.unanswered) == ({503}, [])
        assert {answer.headers["Content-Type"] for answer in ledger.refused} == {"application/problem+json"}
        assert {answer.body["detail"] for answer in ledger.refused} == {FULL}
        agrees(small, ledger.acknowledged)

    def test_a_log_that_cannot_grow_stops_postgresql_until_there_is_room(
        self, small: Stack, seed: int
    ) -> None:
        with Load(small, clients=3, seed=seed, pause=0.05) as load:
            load.wait_for(20)
            # Room for tables, and none for another segment of the write-ahead log, which is due at once.
            with filled(small, but=12 * 1024):
                switch = ("psql", "--username", "tidegate", "--command", "SELECT pg_switch_wal()")
                small.compose("exec", "-T", "postgres", *switch, check=False)
                until(lambda: not small.answers(), "balancers are told")
                until(lambda: len(load.ledger.refused) > 5, "callers are told")
                known = len(load.ledger.acknowledged)
            # The engine starts it again, after ever longer pauses of up to a minute.
            until(small.answers, "it answers again", patience=90)
            load.wait_for(known + 20)
        assert (set(load.ledger.statuses()), load.ledger.unanswered) == ({503}, [])
        assert {answer.headers["Content-Type"] for answer in load.ledger.refused} == {
            "application/problem+json"
        }
        agrees(small, load.ledger.acknowledged)
        until(lambda: small.answers("/health"), "every part is well again", patience=90)
