"""Tests of a client whose server answers, and closes, before all of a request has arrived."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tidegate.cli.client import Answer, NotReached, Refused, Server

SIZE = 64 * 1024 * 1024
PROBLEM = {"title": "Too large", "status": 413, "detail": "A report may hold 256 MiB. Send less."}


def answer_of(status: str, body: bytes) -> bytes:
    """Return an answer as it goes over the line."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def broken_answer_of(status: str) -> bytes:
    """Return an answer whose body cannot be read."""
    return f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".encode()


@contextmanager
def impatient_server(answer: bytes) -> Iterator[tuple[str, list[int]]]:
    """Run a server that reads a head, answers this and closes; `asked` grows by one a connection."""
    asked: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(1)
                    connection.recv(512)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def upload(url: str) -> Answer:
    """Send more than any buffer holds."""
    client = Server(url, pauses=(0.0, 0.0), sleep=lambda pause: None, tell=lambda message: None)
    return client.upload(
        "submissions",
        query={},
        opener=lambda: io.BytesIO(b"x" * SIZE),
        size=SIZE,
        content_type="text/plain",
    )


def test_the_reason_of_a_refusal_is_read_and_nothing_is_sent_again() -> None:
    with impatient_server(answer_of("413 Too Large", json.dumps(PROBLEM).encode())) as (url, asked):
        with pytest.raises(Refused, match="A report may hold 256 MiB") as caught:
            upload(url)
    assert caught.value.status == 413
    assert len(asked) == 1


def test_too_large_counts_without_its_reason_as_well() -> None:
    with impatient_server(broken_answer_of("413 Too Large")) as (url, asked):
        with pytest.raises(Refused, match="takes no request of this size"):
            upload(url)
    assert len(asked) == 1


def test_success_before_all_was_sent_is_none() -> None:
    with impatient_server(answer_of("201 Created", b"{}")) as (url, asked):
        with pytest.raises(NotReached, match="3 tries"):
            upload(url)
    assert len(asked) == 3


def test_a_server_that_closes_without_an_answer_is_asked_again() -> None:
    with impatient_server(b"") as (url, asked):
        with pytest.raises(NotReached, match="does not answer"):
            upload(url)
    assert len(asked) == 3


def test_another_answer_that_breaks_off_is_asked_for_again() -> None:
    with impatient_server(broken_answer_of("422 Invalid")) as (url, asked):
        with pytest.raises(NotReached):
            upload(url)
    assert len(asked) == 3
