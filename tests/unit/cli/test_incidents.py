"""Tests of `tidegate incident` and `tidegate maintenance`: what is asked, and what is shown."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace
from tidegate.modules.incidents import examples

_OPEN = examples.INCIDENT
_CLOSED = {**_OPEN, "id": "i2", "state": "closed"}


def listing(*items: dict[str, Any], following: dict[str, Any] | None = None) -> Any:
    def answer(asked: ReceivedRequest) -> ScriptedReply:
        if "cursor" in asked.query:
            return ScriptedReply({"items": [following], "next_cursor": None})
        return ScriptedReply({"items": list(items), "next_cursor": "next" if following else None})

    return answer


class TestIncidentList:
    def test_shows_what_is_open_and_exits_with_one(self, workspace: Workspace) -> None:
        with scripted_server(listing({**_OPEN, "flapping": True}, following=_CLOSED)) as server:
            result = workspace.run("incident", "list", "--component", "harbour", "--server", server.url)
        assert result.exit_code == 1
        assert "open, flapping" in result.stdout
        assert "i2" not in result.stdout
        assert server.asked[0].query["component"] == "harbour"

    def test_exits_with_zero_where_nothing_fails(self, workspace: Workspace) -> None:
        with scripted_server(listing(_CLOSED)) as server:
            result = workspace.run("incident", "list", "--server", server.url)
        assert (result.exit_code, result.stdout) == (0, "No incident is open or acknowledged.\n")

    def test_says_that_none_is_as_it_was_asked(self, workspace: Workspace) -> None:
        with scripted_server(listing()) as server:
            result = workspace.run("incident", "list", "--all", "--server", server.url)
        assert (result.exit_code, result.stdout) == (0, "No incident is as you asked.\n")

    def test_shows_closed_ones_where_they_are_asked_for(self, workspace: Workspace) -> None:
        with scripted_server(listing(_CLOSED)) as server:
            shown = workspace.run("incident", "list", "--all", "--output", "json", "--server", server.url)
            filtered = workspace.run("incident", "list", "--state", "closed", "--server", server.url)
        assert json.loads(shown.stdout)[0]["id"] == "i2"
        assert "i2" in filtered.stdout


class TestIncidentShow:
    def test_tells_what_happened(self, workspace: Workspace) -> None:
        reply = ScriptedReply(examples.CHANGED)
        with scripted_server(lambda _: reply) as server:
            result = workspace.run("incident", "show", "i1", "--server", server.url)
        assert result.stdout.splitlines()[0] == "harbour/production: its health check fails: acknowledged"
        assert "  looked after by: ada" in result.stdout
        assert "acknowledged by person:ada: The database is being restarted." in result.stdout

    def test_is_json_where_that_is_asked_for(self, workspace: Workspace) -> None:
        event = {**examples.SHOWN["history"][0], "note": None}
        shown = {"incident": {**_OPEN, "reason": ""}, "history": [event]}
        with scripted_server(lambda _: ScriptedReply(shown)) as server:
            result = workspace.run("incident", "show", "i1", "--output", "json", "--server", server.url)
            text = workspace.run("incident", "show", "i1", "--server", server.url)
        assert json.loads(result.stdout) == shown
        assert text.stdout.splitlines()[-1].endswith("opened by system:worker")


class TestIncidentAcknowledge:
    def test_sends_what_was_said(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply(examples.CHANGED)) as server:
            result = workspace.run(
                "incident", "acknowledge", "i1", "--assignee", "ada", "--server", server.url
            )
        assert (result.exit_code, result.stdout) == (0, "incident i1: acknowledged by person:ada\n")
        (sent,) = server.asked
        assert json.loads(sent.body) == {"state": "acknowledged", "assignee": "ada"}
        assert sent.headers["If-Match"] == "*"


class TestMaintenance:
    def test_is_planned(self, workspace: Workspace) -> None:
        said = ("--title", "Backup", "--starts-at", "2026-02-01T02:00", "--minutes", "60")
        with scripted_server(lambda _: ScriptedReply(examples.WINDOW, status=201)) as server:
            result = workspace.run("maintenance", "add", *said, "--server", server.url)
        assert "next 2026-02-01T01:00:00.000Z to" in result.stdout
        (sent,) = server.asked
        assert json.loads(sent.body)["timezone"] == "UTC"
        assert sent.headers["Idempotency-Key"]

    def test_that_is_over_says_so(self, workspace: Workspace) -> None:
        over = {**examples.WINDOW, "next_start": None}
        said = ("--title", "Backup", "--starts-at", "2020-02-01T02:00", "--minutes", "60")
        with scripted_server(lambda _: ScriptedReply(over, status=201)) as server:
            result = workspace.run("maintenance", "add", *said, "--server", server.url)
        assert "it is over already" in result.stdout

    def test_begins_at_a_time_of_the_wall(self, workspace: Workspace) -> None:
        said = ("--title", "Backup", "--starts-at", "tomorrow", "--minutes", "60")
        result = workspace.run("maintenance", "add", *said, "--server", "http://127.0.0.1:9")
        assert result.exit_code == 2
        assert "such as 2026-12-06T02:00" in result.stderr

    def test_is_listed(self, workspace: Workspace) -> None:
        everything = {**examples.WINDOW, "component": None, "environment": None, "next_start": None}
        with scripted_server(listing(examples.WINDOW, everything)) as server:
            result = workspace.run("maintenance", "list", "--server", server.url)
        assert "harbour/production" in result.stdout
        assert "all/all" in result.stdout

    def test_is_taken_out(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply({}, status=204)) as server:
            result = workspace.run("maintenance", "remove", "w1", "--server", server.url)
        assert result.stdout == "maintenance window w1: removed\n"
        assert server.asked[0].method == "DELETE"
