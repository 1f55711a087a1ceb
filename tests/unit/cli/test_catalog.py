"""Tests of `tidegate component` and `tidegate environment`: what is sent, and what is printed."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, ScriptedServer, scripted_server
from tests.unit.cli.workspace import Workspace

KNOWN = {"name": "harbour", "title": "Harbour", "owner": "boats", "description": "", "version": 3}
MISSING = ScriptedReply({"type": "not-found", "title": "There is nothing here", "detail": "No."}, status=404)


def sent(server: ScriptedServer) -> Any:
    """Return the document of the last request."""
    return json.loads(server.asked[-1].body)


class TestPutComponent:
    def test_registers_a_new_one_under_its_name(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return MISSING if asked.method == "GET" else ScriptedReply({**KNOWN, "version": 1}, status=201)

        with scripted_server(answer) as server:
            arguments = ("component", "put", "harbour", "--owner", "boats")
            result = workspace.run(*arguments, "--server", server.url)
        assert result.stdout == "component harbour: registered\n"
        assert server.asked[-1].path == "/api/v1/components/harbour"
        assert sent(server) == {"owner": "boats", "title": "harbour"}
        assert "If-Match" not in server.asked[-1].headers

    def test_a_new_one_needs_its_owner(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: MISSING) as server:
            result = workspace.run("component", "put", "harbour", "--server", server.url)
        assert result.exit_code == 2
        assert "--owner TEAM" in result.stderr

    def test_keeps_what_is_not_said_and_changes_what_was_read(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply(KNOWN if asked.method == "GET" else {**KNOWN, "title": "New", "version": 4})

        with scripted_server(answer) as server:
            arguments = ("component", "put", "harbour", "--title", "New")
            result = workspace.run(*arguments, "--server", server.url)
        assert result.stdout == "component harbour: changed\n"
        assert sent(server) == {"owner": "boats", "title": "New", "description": ""}
        assert server.asked[-1].headers["If-Match"] == '"3"'

    def test_says_that_nothing_changed(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(KNOWN)) as server:
            result = workspace.run("component", "put", "harbour", "--server", server.url)
        assert result.stdout == "component harbour: unchanged\n"

    def test_one_that_is_not_shown_may_be_registered_all_the_same(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            if asked.method == "GET":
                return ScriptedReply({"title": "Not permitted", "detail": "component.read"}, status=403)
            return ScriptedReply({**KNOWN, "version": 1}, status=201)

        with scripted_server(answer) as server:
            arguments = ("component", "put", "harbour", "--owner", "boats")
            result = workspace.run(*arguments, "--server", server.url)
            unnamed = workspace.run("component", "put", "harbour", "--server", server.url)
        assert result.stdout == "component harbour: registered\n"
        assert unnamed.exit_code == 2 and "component.read" in unnamed.stderr

    def test_a_refusal_is_reported(self, workspace: Workspace) -> None:
        refusal = ScriptedReply({"title": "Not permitted", "detail": "Ask."}, status=403)
        with scripted_server(lambda asked: refusal) as server:
            result = workspace.run("component", "put", "harbour", "--owner", "a", "--server", server.url)
        assert result.exit_code == 2
        assert "Not permitted (403)" in result.stderr


class TestPutEnvironment:
    def test_a_new_one_needs_its_rank(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: MISSING) as server:
            arguments = ("environment", "put", "production", "--gate", "production")
            result = workspace.run(*arguments, "--server", server.url)
        assert result.exit_code == 2
        assert "--rank N" in result.stderr

    def test_rank_and_gate_are_sent(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return MISSING if asked.method == "GET" else ScriptedReply({"version": 1}, status=201)

        with scripted_server(answer) as server:
            arguments = ("environment", "put", "production", "--rank", "20", "--gate", "release")
            result = workspace.run(*arguments, "--server", server.url)
        assert result.stdout == "environment production: registered\n"
        assert sent(server) == {"rank": 20, "gate": "release"}


class TestList:
    def test_goes_through_every_page(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            first = "cursor" not in asked.query
            item = {"name": "one" if first else "two", "rank": 1, "gate": None}
            return ScriptedReply({"items": [item], "next_cursor": "next" if first else None})

        with scripted_server(answer) as server:
            result = workspace.run("environment", "list", "--server", server.url)
        assert "one" in result.stdout and "two" in result.stdout

    def test_an_empty_list_names_the_command_that_fills_it(self, workspace: Workspace) -> None:
        empty = ScriptedReply({"items": [], "next_cursor": None})
        with scripted_server(lambda asked: empty) as server:
            result = workspace.run("component", "list", "--server", server.url)
        assert result.stdout == "There is none yet: tidegate component put --help\n"
