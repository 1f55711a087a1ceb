"""Tests of `tidegate release`: what is sent, and what each answer means for a pipeline."""

from __future__ import annotations

import json

import pytest

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.unit.cli.test_submit import COMMIT
from tests.unit.cli.workspace import Workspace

SUBJECT = ("--component", "api", "--revision", COMMIT)
RELEASE = {
    "version": "1.0.0",
    "tag": "prod/v1.0.0",
    "revision": COMMIT,
    "environment": "production",
    "created_at": "2026-11-21T02:26:50.000Z",
}
CLOSED = {
    "type": "https://x/problems/gate-closed",
    "title": "Closed",
    "detail": "api 1.0.0 may not ship: why",
}


class TestCreate:
    @pytest.mark.parametrize(
        ("status", "outcome"), [(201, "created"), (200, "was there already, and its gate is open")]
    )
    def test_tells_the_tag_and_whether_it_is_new(
        self, workspace: Workspace, status: int, outcome: str
    ) -> None:
        workspace.write("notes.md", "Boats can be counted.")
        with scripted_server(lambda asked: ScriptedReply(RELEASE, status=status)) as server:
            arguments = ("release", "create", "1.0.0", *SUBJECT, "--notes", "notes.md")
            result = workspace.run(*arguments, "--server", server.url)
        assert (result.exit_code, result.stdout) == (0, f"release api 1.0.0 (prod/v1.0.0): {outcome}\n")
        assert json.loads(server.asked[0].body) == {
            "version": "1.0.0",
            "revision": COMMIT,
            "environment": "production",
            "notes": "Boats can be counted.",
        }

    def test_a_closed_gate_is_1_with_its_reason(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(CLOSED, status=409)) as server:
            result = workspace.run("release", "create", "1.0.0", *SUBJECT, "--server", server.url)
        assert result.exit_code == 1
        assert "api 1.0.0 may not ship: why" in result.stdout
        assert "tidegate verdict show latest --component api" in result.stdout

    def test_any_other_refusal_is_2(self, workspace: Workspace) -> None:
        conflict = {"type": "https://x/problems/conflict", "title": "Conflict", "detail": "Another commit."}
        with scripted_server(lambda asked: ScriptedReply(conflict, status=409)) as server:
            result = workspace.run("release", "create", "1.0.0", *SUBJECT, "--server", server.url)
        assert result.exit_code == 2
        assert "Another commit." in result.stderr

    def test_needs_a_commit(self, workspace: Workspace) -> None:
        result = workspace.run("release", "create", "1.0.0", "--component", "api")
        assert result.exit_code == 2
        assert "--revision R" in result.stderr


class TestList:
    def test_shows_the_last_ones(self, workspace: Workspace) -> None:
        with scripted_server(
            lambda asked: ScriptedReply({"items": [RELEASE], "next_cursor": None})
        ) as server:
            result = workspace.run("release", "list", "--component", "api", "--server", server.url)
        assert "1.0.0" in result.stdout and COMMIT[:12] in result.stdout
        assert "prod/v1.0.0" in result.stdout

    def test_an_empty_list_names_the_command_that_fills_it(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply({"items": [], "next_cursor": None})) as server:
            result = workspace.run("release", "list", "--component", "api", "--server", server.url)
        assert result.stdout == "api has no release yet: tidegate release create --help\n"
