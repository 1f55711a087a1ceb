"""Tests of `tidegate flag`: what is sent, and what is printed."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace

SAID = {"environment": None, "enabled": False, "reason": "R.", "set_by": "user:ada", "set_at": None}
FLAG: dict[str, Any] = {
    "name": "try-it",
    "description": "Forms.",
    "default": True,
    "owner": "console",
    "until": "2027-06-30",
    "enabled": False,
    "decided_by": "everywhere",
    "settings": [SAID, {**SAID, "environment": "staging", "enabled": True}],
}
OTHER = {**FLAG, "name": "verdict-feeds", "enabled": True, "settings": []}


class TestList:
    def test_shows_what_is_said_where(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            more = "cursor" not in asked.query
            return ScriptedReply({"items": [FLAG if more else OTHER], "next_cursor": "c" if more else None})

        with scripted_server(answer) as server:
            result = workspace.run("flag", "list", "--server", server.url)
        assert "off everywhere, on in staging" in result.stdout, result.stderr
        assert "nothing: on by default" in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 80

    def test_prints_json(self, workspace: Workspace) -> None:
        page = ScriptedReply({"items": [FLAG], "next_cursor": None})
        with scripted_server(lambda _: page) as server:
            result = workspace.run("flag", "list", "--output", "json", "--server", server.url)
        assert json.loads(result.stdout) == [FLAG]


class TestSet:
    def test_sends_the_reason(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply(FLAG)) as server:
            options = ("--environment", "staging", "--reason", "It leaks.")
            result = workspace.run("flag", "set", "try-it", "off", *options, "--server", server.url)
        assert result.stdout == "flag try-it: off in staging\n", result.stderr
        asked = server.asked[-1]
        assert (asked.method, asked.path) == ("PUT", "/api/v1/flags/try-it")
        assert json.loads(asked.body) == {"enabled": False, "reason": "It leaks.", "environment": "staging"}

    def test_needs_a_reason(self, workspace: Workspace) -> None:
        result = workspace.run("flag", "set", "try-it", "off")
        assert (result.exit_code, "--reason" in result.stderr) == (2, True)


class TestUnset:
    def test_says_what_is_left(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply(OTHER)) as server:
            result = workspace.run("flag", "unset", "verdict-feeds", "--server", server.url)
        assert result.stdout == "flag verdict-feeds: nothing is said, and it is on everywhere\n"
        assert server.asked[-1].method == "DELETE"

    def test_of_an_environment_names_it(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply(OTHER)) as server:
            place = ("--environment", "staging")
            result = workspace.run("flag", "unset", "verdict-feeds", *place, "--server", server.url)
        assert "nothing is said of staging" in result.stdout
        assert server.asked[-1].query == {"environment": "staging"}
