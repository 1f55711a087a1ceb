"""Tests of answers to clients that do not take them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.sending import ClientSocket, UnsentBytes

LIMITS = ClientLimits(window=0.3, least_rate=20_000)
Pair = tuple[ClientSocket, socket.socket, UnsentBytes]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A client's socket with little room, and the client's end of it."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    unsent = UnsentBytes(3_000_000)
    with theirs:
        made = ClientSocket(ours, LIMITS, unsent)
        yield made, theirs, unsent
        made.close()


def take(client: socket.socket, count: int) -> bytes:
    """Read so many bytes."""
    taken = b""
    while len(taken) < count:
        taken += client.recv(65536)
    return taken


class TestSending:
    def test_does_not_wait_for_a_client_that_reads_nothing(self, pair: Pair) -> None:
        sock, client, _ = pair
        sock.sendall(b"")
        sock.sendall(b"a" * 500_000)
        sock.sendall(b"b" * 500_000)
        assert sock.has_unsent()
        reader = threading.Thread(target=lambda: taken.append(take(client, 1_000_000)))
        taken: list[bytes] = []
        reader.start()
        while sock.has_unsent():
            sock.flush()
        reader.join(10)
        assert taken == [b"a" * 500_000 + b"b" * 500_000]
        assert sock.taken == 1_000_000

    def test_waits_for_one_that_reads_a_large_answer(self, pair: Pair) -> None:
        sock, client, _ = pair
        taken: list[bytes] = []
        reader = threading.Thread(target=lambda: taken.append(take(client, 5_000_000)))
        reader.start()
        for _ in range(5):
            sock.sendall(b"x" * 1_000_000)
        while sock.has_unsent():
            sock.flush()
        reader.join(10)
        assert len(taken[0]) == 5_000_000

    def test_gives_a_large_answer_up_where_nothing_is_taken(self, pair: Pair) -> None:
        sock, _, unsent = pair
        with pytest.raises(BrokenPipeError):
            sock.sendall(b"x" * 4_000_000)
        assert unsent.is_full()
        sock.close()
        assert not unsent.is_full()
        assert not sock.has_unsent()

    def test_goes_on_waiting_for_one_that_is_just_fast_enough(self) -> None:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sock = ClientSocket(ours, ClientLimits(window=0.3, least_rate=1), UnsentBytes(1 << 30))
        end = threading.Event()

        def read_slowly() -> None:
            while not end.wait(0.03):
                theirs.recv(20_000)

        reader = threading.Thread(target=read_slowly)
        reader.start()
        try:
            sock.sendall(b"x" * 1_300_000)
        finally:
            end.set()
            reader.join(10)
            theirs.close()
            sock.close()
        assert sock.taken >= 200_000

    def test_never_blocks(self, pair: Pair) -> None:
        sock, client, _ = pair
        sock.setblocking(True)
        assert sock.gettimeout() == 0
        assert sock.recv(10) is None
        client.sendall(b"x")
        assert sock.recv(10) == b"x"
