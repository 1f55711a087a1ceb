"""Tests of requests as they arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidChunkSize, InvalidHeader, LimitRequestHeaders

from tidegate.gunicorn_worker.limits import ClientLimits
from tidegate.gunicorn_worker.receiving import BodyNeeded, IncomingRequest, Next
from tidegate.gunicorn_worker.spool import SpoolFull, SpoolRoom

HEAD = b"POST /a HTTP/1.1\r\nHost: a\r\n"
CONTINUE = b"Expect: 100-continue\r\n"


Begin = Callable[..., IncomingRequest]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Makes requests of which nothing has arrived; more than 30 bytes are a large body."""
    with ExitStack() as stack:

        def make(**limits: Any) -> IncomingRequest:
            chosen = ClientLimits(folder=tmp_path, **{"small": 30, "largest": 100, **limits})
            made = IncomingRequest(Config(), ("127.0.0.1", 1), 1, chosen, SpoolRoom(chosen))
            stack.callback(made.close)
            return made

        yield make


def counted(length: int, more: bytes = b"") -> bytes:
    """Return a head that announces a body of this length."""
    return HEAD + more + b"Content-Length: %d\r\n\r\n" % length


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class TestAHead:
    @pytest.mark.parametrize("step", [1, 3, 1000])
    def test_is_whole_at_its_empty_line(self, begin: Begin, step: int) -> None:
        got = begin()
        assert not got.begun
        head = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        for at in range(0, len(head), step):
            assert got.next() is Next.RECEIVE
            got.feed(head[at : at + step])
            assert got.begun
        assert got.next() is Next.HANDLE
        request = got.hand_over()
        assert (request.method, request.path, request.body.read()) == ("GET", "/healthz", b"")
        assert not request.should_close()

    def test_may_bring_the_next_request_along(self, begin: Begin) -> None:
        got = begin()
        got.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b")
        assert got.surplus == b"GET /b"

    @pytest.mark.parametrize(
        ("sent", "error"),
        [
            (b"GET / HTTP/1.1\nHost: a\n\n", InvalidHeader),
            (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, LimitRequestHeaders),
            (CHUNKED.replace(b"chunked", b"chunked\r\nContent-Length: 3"), InvalidHeader),
            (counted(3, b"Content-Length: 4\r\n"), InvalidHeader),
            (b"\r\n\r\n", Exception),
            (b"nonsense\r\n\r\n", Exception),
        ],
    )
    def test_that_is_wrong_is_told_by_the_thread(
        self, begin: Begin, sent: bytes, error: type[Exception]
    ) -> None:
        got = begin()
        got.feed(sent)
        assert got.next() is Next.HANDLE
        with pytest.raises(error):
            got.hand_over()
        assert not got.whole


class TestABody:
    @pytest.mark.parametrize("step", [1, 3, 1000])
    def test_is_kept_until_it_is_whole(self, begin: Begin, step: int) -> None:
        for sent in (counted(8) + b"tidegate", CHUNKED + b"4\r\ntide\r\n4\r\ngate\r\n0\r\n\r\n"):
            got = begin()
            for at in range(0, len(sent), step):
                assert got.next() is Next.RECEIVE
                got.feed(sent[at : at + step])
            assert got.next() is Next.HANDLE
            assert got.hand_over().body.read() == b"tidegate"

    def test_that_is_large_is_asked_about_once(self, begin: Begin) -> None:
        got = begin()
        got.feed(counted(40) + b"0123456789" * 2)
        assert got.next() is Next.ASK
        request = got.hand_over()
        assert request.should_close()
        with pytest.raises(BodyNeeded):
            request.body.read()
        got.take_back()
        assert not request.should_close()
        assert got.next() is Next.RECEIVE
        got.feed(b"0123456789" * 2 + b" and more")
        assert got.next() is Next.HANDLE
        assert got.hand_over().body.read() == b"0123456789" * 4
        assert got.surplus == b" and more"

    def test_in_chunks_is_asked_about_once_it_has_grown_large(self, begin: Begin) -> None:
        got = begin()
        got.feed(CHUNKED + b"4\r\ntide\r\n")
        assert got.next() is Next.RECEIVE
        got.feed(b"16\r\nsays what may be ship.\r\n")
        assert got.next() is Next.ASK
        with pytest.raises(BodyNeeded):
            got.hand_over().body.read()
        got.take_back()
        got.feed(b"0\r\n\r\n")
        assert got.hand_over().body.read() == b"tidesays what may be ship."

    def test_in_chunks_ends_beyond_the_largest(self, begin: Begin) -> None:
        got = begin(largest=6, small=10_000_000)
        got.feed(CHUNKED + b"%x\r\n" % 9_000_000)
        while got.next() is Next.RECEIVE:
            got.feed(b"x" * 100_000)
        request = got.hand_over()
        assert request.should_close()
        assert request.body.read(7) == b"x" * 7

    def test_whose_chunks_are_wrong_is_told_by_the_thread(self, begin: Begin) -> None:
        got = begin()
        got.feed(CHUNKED + b"many\r\n")
        with pytest.raises(InvalidChunkSize):
            got.hand_over()

    def test_is_refused_where_there_is_no_room(self, begin: Begin) -> None:
        got = begin(disk=0)
        with pytest.raises(SpoolFull):
            got.feed(counted(20_000) + b"x" * 20_000)


class TestContinue:
    def test_is_said_once_to_who_waits_for_it(self, begin: Begin) -> None:
        got = begin()
        assert not got.wants_to_be_told()
        got.feed(counted(9, CONTINUE))
        assert [got.wants_to_be_told() for _ in range(2)] == [True, False]

    def test_is_not_said_where_the_body_comes_already(self, begin: Begin) -> None:
        got = begin()
        got.feed(counted(9, CONTINUE) + b"tide")
        assert not got.wants_to_be_told()
