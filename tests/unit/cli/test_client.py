"""Tests of the API's client: patience, plain errors, and nothing but http and https."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tidegate.cli.client import NotReached, Refused, Server
from tidegate.domain.errors import Invalid

PROBLEM = {
    "type": "/problems/invalid",
    "title": "The input is not accepted",
    "status": 422,
    "detail": "The input has a fault.",
    "request_id": "r1",
    "errors": [{"in": "body", "pointer": "/rules/0", "detail": "A text must stand here."}],
}


def one_after_the_other(*answers: ScriptedReply) -> Callable[[ReceivedRequest], ScriptedReply]:
    """Answer with one after the other."""
    left: Iterator[ScriptedReply] = iter(answers)
    return lambda asked: next(left)


class TestPatience:
    @pytest.mark.parametrize(
        "trouble", [ScriptedReply(status=503), ScriptedReply(status=429), ScriptedReply(status=None)]
    )
    def test_asks_again(self, trouble: ScriptedReply) -> None:
        slept: list[float] = []
        with scripted_server(one_after_the_other(trouble, trouble, ScriptedReply({"ok": True}))) as server:
            client = Server(server.url, pauses=(1.0, 2.0), sleep=slept.append)
            assert client.get("gates") == {"ok": True}
        assert slept == [1.0, 2.0]

    def test_waits_as_long_as_the_server_asks(self) -> None:
        slept: list[float] = []
        busy = ScriptedReply(status=429, headers={"Retry-After": "7"})
        soon = ScriptedReply(status=503, headers={"Retry-After": "Fri, 01 Jan 2027 00:00:00 GMT"})
        forever = ScriptedReply(status=503, headers={"Retry-After": "86400"})
        with scripted_server(one_after_the_other(busy, soon, forever, ScriptedReply({}))) as server:
            Server(server.url, pauses=(1.0, 2.0, 3.0), sleep=slept.append).get("gates")
        assert slept == [7.0, 2.0, 30.0]

    def test_sends_the_whole_body_again(self) -> None:
        with scripted_server(one_after_the_other(ScriptedReply(status=503), ScriptedReply({}))) as server:
            client = Server(server.url, pauses=(0.0,), sleep=lambda pause: None)
            client.upload(
                "submissions",
                query={"baseline": "a b"},
                opener=lambda: io.BytesIO(b"data"),
                size=4,
                content_type="text/plain",
            )
        assert [asked.body for asked in server.asked] == [b"data", b"data"]
        assert server.asked[1].query == {"baseline": "a b"}
        assert server.asked[1].headers["Content-Type"] == "text/plain"

    def test_gives_up_and_says_what_to_look_at(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            client = Server(
                f"http://127.0.0.1:{unused.getsockname()[1]}", pauses=(0.0,), sleep=lambda pause: None
            )
            with pytest.raises(NotReached, match=r"does not answer \(2 tries\): .*Is the server running"):
                client.get("gates")

    def test_says_once_what_is_tried_again_and_for_how_long(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            with pytest.raises(NotReached):
                Server(url, pauses=(1.0, 14.0), sleep=lambda pause: None).get("gates")
        told = capsys.readouterr()
        assert told.out == ""
        assert told.err.startswith(f"{url} does not answer: ")
        assert told.err.endswith("Trying GET /gates again up to 2 times, for 15 s or as it asks ...\n")

    def test_says_that_a_server_is_busy(self) -> None:
        told: list[str] = []
        with scripted_server(one_after_the_other(ScriptedReply(status=503), ScriptedReply({}))) as server:
            Server(server.url, pauses=(2.0,), sleep=lambda pause: None, tell=told.append).get("gates")
        assert told == [
            f"{server.url} is busy (status 503). Trying GET /gates again once, for 2 s or as it asks ..."
        ]

    def test_a_server_that_stays_busy_is_reported_as_such(self) -> None:
        with scripted_server(lambda asked: ScriptedReply({"title": "Busy"}, status=503)) as server:
            with pytest.raises(Refused, match="Busy"):
                Server(server.url, pauses=(0.0,), sleep=lambda pause: None).get("gates")
        assert len(server.asked) == 2


class TestErrors:
    def test_tells_a_problem_with_its_places(self) -> None:
        with scripted_server(lambda asked: ScriptedReply(PROBLEM, status=422)) as server:
            with pytest.raises(Refused) as caught:
                Server(server.url).send("POST", "gate-trials", document={})
        message = str(caught.value)
        assert "The input is not accepted (422)" in message
        assert "body /rules/0: A text must stand here." in message
        assert caught.value.status == 422

    def test_names_the_request_where_the_server_is_at_fault(self) -> None:
        with scripted_server(
            lambda asked: ScriptedReply({"title": "Broken", "request_id": "r7"}, status=500)
        ) as server:
            with pytest.raises(Refused, match="request r7"):
                Server(server.url).get("gates")

    @pytest.mark.parametrize("body", [b"<html>", b'["title"]', b"[" * 100_000])
    def test_an_error_of_something_else_is_reported_as_such(self, body: bytes) -> None:
        with scripted_server(lambda asked: ScriptedReply(status=404, body=body)) as server:
            with pytest.raises(Refused, match="status 404, and not as Tidegate does"):
                Server(server.url).get("gates")

    def test_does_not_follow_to_another_place(self) -> None:
        away = ScriptedReply(status=302, headers={"Location": "file:///etc/passwd"})
        with scripted_server(lambda asked: away) as server, pytest.raises(Refused, match="302"):
            Server(server.url).get("gates")

    def test_an_answer_that_is_no_json_is_no_answer(self) -> None:
        with scripted_server(lambda asked: ScriptedReply(body=b"hello")) as server:
            with pytest.raises(NotReached, match="not Tidegate"):
                Server(server.url).get("gates")


class TestAddress:
    def test_quotes_no_secret(self) -> None:
        with pytest.raises(Invalid, match="belongs into TIDEGATE_TOKEN") as refused:
            Server("http://x:hidden@127.0.0.1..:8000")
        assert "hidden" not in str(refused.value)

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/passwd",
            "ftp://host",
            "127.0.0.1:8000",
            "http://",
            "http://host?x=1",
            "",
            "http://tidegate..example.org",
            "http://[::1",
            "http://host:x",
        ],
    )
    def test_refuses_what_is_no_server(self, url: str) -> None:
        with pytest.raises(Invalid, match="not the URL of a server"):
            Server(url)

    def test_escapes_names_in_paths(self) -> None:
        with scripted_server(lambda asked: ScriptedReply({})) as server:
            Server(server.url + "/").get("components", "a/../b")
        assert server.asked[0].path == "/api/v1/components/a%2F..%2Fb"
