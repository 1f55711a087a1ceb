"""Tests of `tidegate inventory`: what is sent, what is printed, and the exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, ScriptedServer, scripted_server
from tests.unit.cli.workspace import Workspace

_COUNTS: dict[str, Any] = {
    "rows": 2,
    "added": 1,
    "changed": 1,
    "removed": 0,
    "unchanged": 3,
    "problems": 0,
    "conflicts": 0,
}
_MADE: dict[str, Any] = {
    "id": "7",
    "name": "estate.csv",
    "state": "previewed",
    "skipped": [],
    "counts": _COUNTS,
    "created_by": "person:ada",
    "created_at": "2026-01-31T09:30:00.000Z",
}
_CHANGES: list[dict[str, Any]] = [
    {"component": "harbour", "environment": None, "field": "zone", "before": None, "after": "north"},
    {"component": "harbour", "environment": "staging", "field": "quays", "before": 3, "after": 4},
]
_CONFLICT: dict[str, Any] = {**_CHANGES[1], "imported": 4, "now": 5}
_PROBLEM = {"sheet": "csv", "cell": "C7", "reason": "A formula."}


def answering(made: dict[str, Any], **lists: list[dict[str, Any]]) -> Any:
    """Answer lists a page for each item, and everything else with an import."""

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        *_, last = asked.path.split("/")
        if asked.method == "GET" and last in lists:
            at = int(asked.query.get("cursor", "0"))
            more = str(at + 1) if at + 1 < len(lists[last]) else None
            return ScriptedReply({"items": lists[last][at : at + 1], "next_cursor": more})
        if asked.method == "GET":
            return ScriptedReply(body=b"PK", document=None)
        state = {"apply": "applied", "undo": "undone"}.get(last, made["state"])
        return ScriptedReply({**made, "state": state})

    return answer


def run(workspace: Workspace, server: ScriptedServer, *arguments: str) -> Any:
    return workspace.run("inventory", *arguments, "--server", server.url)


@pytest.fixture
def estate(workspace: Workspace) -> str:
    path = workspace.folder / "estate.csv"
    path.write_text("component\nharbour\n")
    return str(path)


class TestImport:
    def test_uploads_the_file_and_shows_what_it_would_change(self, workspace: Workspace, estate: str) -> None:
        made = {**_MADE, "skipped": ["Notes"]}
        with scripted_server(answering(made, changes=_CHANGES)) as server:
            result = run(workspace, server, "import", estate)
        assert (server.asked[0].method, server.asked[0].path) == ("POST", "/api/v1/imports")
        assert server.asked[0].query == {"name": "estate.csv"}
        assert server.asked[0].body == b"component\nharbour\n"
        assert result.stdout.splitlines() == [
            "'Notes' was not read: it has no `component` in its first row, or is a document without one.",
            "harbour:zone: nothing -> 'north'",
            "harbour/staging:quays: 3 -> 4",
            "2 rows: 1 fact added, 1 changed, 0 removed, 0 bad cells. Apply it: tidegate inventory apply 7",
        ]

    def test_applies_at_once_where_it_is_told_to(self, workspace: Workspace, estate: str) -> None:
        with scripted_server(answering(_MADE, changes=_CHANGES)) as server:
            result = run(workspace, server, "import", estate, "--apply", "--most", "1")
        assert server.asked[-1].path == "/api/v1/imports/7/apply"
        assert result.stdout.splitlines()[1:] == [
            "... and 1 more: tidegate inventory import --most N",
            "estate.csv is applied: import 7.",
        ]

    def test_shows_every_bad_cell_and_fails(self, workspace: Workspace, estate: str) -> None:
        made = {**_MADE, "counts": {**_COUNTS, "problems": 1}}
        with scripted_server(answering(made, problems=[_PROBLEM])) as server:
            result = run(workspace, server, "import", estate, "--apply")
        assert result.exit_code == 1
        assert result.stdout.startswith("csv!C7: A formula.\n")
        assert not any(asked.path.endswith("/apply") for asked in server.asked)

    def test_says_that_a_file_is_applied_already(self, workspace: Workspace, estate: str) -> None:
        with scripted_server(answering({**_MADE, "state": "applied"}, changes=[])) as server:
            result = run(workspace, server, "import", estate)
        assert result.stdout == "estate.csv is applied already, as import 7.\n"


class TestImports:
    def test_are_listed(self, workspace: Workspace) -> None:
        with scripted_server(answering(_MADE, imports=[_MADE])) as server:
            result = run(workspace, server, "imports")
        assert result.stdout == "7 previewed 2026-01-31T09:30:00.000Z person:ada estate.csv\n"

    def test_that_are_none_say_how_to_make_one(self, workspace: Workspace) -> None:
        with scripted_server(answering(_MADE, imports=[])) as server:
            result = run(workspace, server, "imports")
        assert "tidegate inventory import FILE" in result.stdout

    def test_are_applied(self, workspace: Workspace) -> None:
        with scripted_server(answering(_MADE)) as server:
            result = run(workspace, server, "apply", "7")
        assert result.stdout == "estate.csv is applied: import 7.\n"

    def test_are_undone_but_for_what_was_changed_later(self, workspace: Workspace) -> None:
        made = {**_MADE, "counts": {**_COUNTS, "conflicts": 1}}
        with scripted_server(answering(made, conflicts=[_CONFLICT])) as server:
            result = run(workspace, server, "undo", "7", "--force", "harbour:zone")
        assert json.loads(server.asked[0].body) == {"overwrite": ["harbour:zone"]}
        assert result.exit_code == 1
        assert result.stdout.splitlines() == [
            "harbour/staging:quays stays 5: it was 3, and the import wrote 4.",
            "estate.csv is undone: import 7. 1 fields were changed later, and stay.",
        ]

    def test_are_undone_as_a_whole(self, workspace: Workspace) -> None:
        with scripted_server(answering(_MADE, conflicts=[])) as server:
            result = run(workspace, server, "undo", "7")
        assert (result.exit_code, result.stdout) == (0, "estate.csv is undone: import 7.\n")


class TestFiles:
    @pytest.mark.parametrize("name", ["all.xlsx", "all.CSV"])
    def test_are_exported_in_the_format_of_their_name(self, workspace: Workspace, name: str) -> None:
        with scripted_server(answering(_MADE)) as server:
            path = workspace.folder / name
            result = run(workspace, server, "export", str(path), "--component", "harbour")
        assert (result.exit_code, path.read_bytes()) == (0, b"PK")
        assert server.asked[0].query == {"format": name[-4:].lower().strip("."), "component": "harbour"}

    def test_begin_with_a_template(self, workspace: Workspace) -> None:
        with scripted_server(answering(_MADE)) as server:
            path = workspace.folder / "new.xlsx"
            result = run(workspace, server, "template", str(path))
        assert path.read_bytes() == b"PK"
        assert f"tidegate inventory import {path}" in result.stdout.replace("\n", "")

    @pytest.mark.parametrize("command", ["export", "template"])
    def test_of_other_kinds_are_refused(self, workspace: Workspace, command: str) -> None:
        with scripted_server(answering(_MADE)) as server:
            result = run(workspace, server, command, "estate.doc")
        assert result.exit_code == 2
        assert server.asked == []
