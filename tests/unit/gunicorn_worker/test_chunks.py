"""Tests of where a chunked body ends."""

from __future__ import annotations

import io

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, LimitRequestHeaders
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader
from hypothesis import given
from hypothesis import strategies as st

from tidegate.gunicorn_worker.chunks import ChunkScanner

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


class Given(Unreader):
    """Gives gunicorn's parser bytes that are there already."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._rest = io.BytesIO(content)

    def chunk(self, size_hint: int | None = None) -> bytes:
        return self._rest.read(size_hint or 8192)


def chunked(pieces: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """Write a chunked body."""
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces if piece]
    return b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def scan(data: bytes, step: int) -> tuple[ChunkScanner, int | None]:
    """Feed it piece by piece; returns where the end was found."""
    scanner = ChunkScanner()
    for at in range(0, len(data), step):
        found = scanner.feed(data[at : at + step])
        if found is not None:
            return scanner, at + found
    return scanner, None


class TestScanner:
    @given(
        pieces=st.lists(st.binary(max_size=40), max_size=5),
        step=st.integers(1, 60),
        trailers=st.sampled_from([b"", b"X-Sum: 1\r\n", b"X-Sum: 1\r\nX-More: 2\r\n"]),
        behind=st.binary(max_size=10),
    )
    def test_finds_the_end_that_gunicorn_reads_to(
        self, pieces: list[bytes], step: int, trailers: bytes, behind: bytes
    ) -> None:
        body = chunked(pieces, b" ; a=b" if step % 2 else b"", trailers)
        scanner, end = scan(body + behind, step)
        assert end == len(body)
        assert scanner.decoded == sum(map(len, pieces))
        read = Request(Config(), Given(HEAD + body), ("127.0.0.1", 1)).body.read()
        assert read == b"".join(pieces)

    def test_waits_for_what_is_missing(self) -> None:
        body = chunked([b"abc", b"de"], trailers=b"X: 1\r\n")
        assert all(scan(body[:size], 7)[1] is None for size in range(len(body)))

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            (b"xyz\r\n", InvalidChunkSize),
            (b"\r\n", InvalidChunkSize),
            (b"-1\r\n", InvalidChunkSize),
            (b"3\nabc\r\n", InvalidChunkSize),
            (b"1" * 17 + b"\r\n", InvalidChunkSize),
            (b"1" * 9000, InvalidChunkSize),
            (b"3\r\nabcdef", ChunkMissingTerminator),
            (b"0\r\n" + b"X: 1\r\n" * 2000, LimitRequestHeaders),
        ],
    )
    @pytest.mark.parametrize("step", [1, 100_000])
    def test_refuses_what_is_no_chunked_body(self, body: bytes, error: type[Exception], step: int) -> None:
        with pytest.raises(error):
            scan(body, step)
