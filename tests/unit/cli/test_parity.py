"""`tidegate parity`: two files here, or what a server compares."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace
from tidegate.cli import parity as command

_HEADING = "component,environment,version,port\n"
_COUNTS = {
    "match": 1,
    "mismatch": 1,
    "undeclared": 0,
    "unobserved": 0,
    "stale": 0,
    "ignored": 2,
    "accepted": 0,
}
_REPORT = {"id": "r1", "state": "done", "failure": None, "counts": _COUNTS, "findings": 1}
_ROW: dict[str, Any] = {
    "component": "harbour",
    "environment": "production",
    "field": "version",
    "status": "mismatch",
    "left": {"environment": "production", "value": "1.4", "source": "a", "seen_at": None},
    "right": {"environment": "production", "value": "1.3", "source": "b", "seen_at": "2026-01-01T00:00:00Z"},
    "compared": "version",
    "accepted": False,
}


@pytest.fixture
def files(workspace: Workspace) -> Workspace:
    workspace.write("left.csv", _HEADING + "harbour,production,v1.4,443\nshop,production,2.0,80\n")
    workspace.write("right.csv", _HEADING + "harbour,production,1.4.0,8443\nshop,production,2.0,\n")
    return workspace


class TestFiles:
    def test_are_compared_here(self, files: Workspace) -> None:
        result = files.run("parity", "left.csv", "right.csv")
        assert result.exit_code == 1
        assert "!= mismatch harbour/production port" in result.stdout
        assert "      left: 443 in production [left.csv]" in result.stdout
        assert "- unobserved shop/production port" in result.stdout
        assert result.stdout.endswith(
            "no parity: 2 of 4 match; 1 mismatch, 1 unobserved, 0 undeclared, 0 stale\n"
        )

    def test_that_are_the_same_are_0(self, files: Workspace) -> None:
        result = files.run("parity", "left.csv", "left.csv")
        assert (result.exit_code, result.stdout[:22]) == (0, "parity: 4 of 4 match; ")

    def test_are_compared_by_rules(self, files: Workspace) -> None:
        files.write(
            "rules.yml",
            "rules:\n  - fields: port\n    ignore: true\n  - fields: version\n    compare: version\n",
        )
        result = files.run("parity", "left.csv", "right.csv", "--rules", "rules.yml")
        assert (result.exit_code, result.stdout) == (
            0,
            "parity: 2 of 2 match; 0 mismatch, 0 unobserved, 0 undeclared, 0 stale; 2 left out by rules\n",
        )

    def test_with_nothing_to_compare_are_2(self, files: Workspace) -> None:
        files.write("rules.yml", "rules:\n  - fields: '*'\n    ignore: true\n")
        for output in ("text", "json"):
            result = files.run("parity", "left.csv", "left.csv", "--rules", "rules.yml", "--output", output)
            assert result.exit_code == 2
            assert "Nothing was compared" in result.stderr

    @pytest.mark.parametrize(
        ("text", "where"),
        [
            ("rules:\n  - fields: a\n    compar: text\n", "rules.yml:3:5: rules/0/compar"),
            ("rules:\n  - ignore: true\n", "rules.yml:2:5: rules/0/fields"),
            ("rules: [a\n", "This is not YAML"),
            ("other: 1\n", "rules.yml"),
        ],
    )
    def test_are_not_compared_by_faulty_rules(self, files: Workspace, text: str, where: str) -> None:
        files.write("rules.yml", text)
        result = files.run("parity", "left.csv", "right.csv", "--rules", "rules.yml")
        assert result.exit_code == 2
        assert where in result.stderr

    def test_are_written_as_csv_json_and_a_workbook(self, files: Workspace) -> None:
        as_csv = files.run("parity", "left.csv", "right.csv", "--output", "csv").stdout
        assert len(list(csv.reader(io.StringIO(as_csv)))) == 5
        as_json = json.loads(files.run("parity", "left.csv", "right.csv", "--output", "json").stdout)
        assert (as_json["report"]["left"], len(as_json["rows"])) == ("left.csv", 4)
        result = files.run("parity", "left.csv", "right.csv", "--output", "xlsx", "--to", "parity.xlsx")
        assert result.exit_code == 1
        assert (files.folder / "parity.xlsx").read_bytes()[:2] == b"PK"

    def test_are_annotated_for_github(self, files: Workspace) -> None:
        result = files.run("parity", "left.csv", "right.csv", "--output", "github")
        assert "::error title=harbour/production port%3A mismatch::left 443 in production" in result.stdout

    def test_shown_are_the_first_alone(self, files: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "_MOST_SHOWN", 1)
        assert "... and 1 more" in files.run("parity", "left.csv", "right.csv").stdout

    @pytest.mark.parametrize(
        ("heading", "rules"), [(_HEADING, ()), ("component,environment,field,value\n", ())]
    )
    def test_that_are_large_are_compared_by_lines_where_that_can_be(
        self, files: Workspace, monkeypatch: pytest.MonkeyPatch, heading: str, rules: tuple[str, ...]
    ) -> None:
        monkeypatch.setattr(command, "_LARGE", 1)
        files.write("left.csv", heading + "a,p,one,443\nb,p,two,80\n")
        files.write("right.csv", heading + "a,p,one,443\nb,p,two,81\n")
        result = files.run("parity", "left.csv", "right.csv", *rules)
        assert result.exit_code == 1
        assert "1 mismatch, 0 unobserved" in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (("left.csv",), "Name two files"),
            (("left.csv", "right.csv", "--environment", "production"), "--environment asks the server"),
            (("left.csv", "right.csv", "--output", "xlsx"), "--to parity.xlsx"),
            (("--between", "a", "b", "--environment", "c"), "--between names both sides"),
        ],
    )
    def test_are_asked_for_as_they_can_be(
        self, files: Workspace, arguments: tuple[str, ...], why: str
    ) -> None:
        result = files.run("parity", *arguments)
        assert result.exit_code == 2
        assert why in result.stderr


def answering(report: dict[str, Any] = _REPORT, **rows: Any) -> Any:
    def answer(asked: ReceivedRequest) -> ScriptedReply:
        if asked.path.endswith("/rows"):
            if asked.query["status"] == "mismatch" and "cursor" not in asked.query:
                return ScriptedReply({"items": [_ROW], "next_cursor": "abc"})
            return ScriptedReply({"items": [], "next_cursor": None})
        if asked.path.endswith("/content"):
            return ScriptedReply(body=b"Component\r\n", status=200)
        return ScriptedReply(report, status=201)

    return answer


class TestServer:
    @pytest.mark.parametrize(
        ("arguments", "left", "right"),
        [
            ((), {"side": "declared", "environment": None}, {"side": "observed", "environment": None}),
            (
                ("--between", "staging", "production"),
                {"side": "observed", "environment": "staging"},
                {"side": "observed", "environment": "production"},
            ),
            (
                ("--at", "2026-01-01T00:00:00Z", "--environment", "production"),
                {"side": "observed", "environment": "production", "at": "2026-01-01T00:00:00.000Z"},
                {"side": "observed", "environment": "production"},
            ),
        ],
    )
    def test_is_asked_for_two_sides(
        self, workspace: Workspace, arguments: tuple[str, ...], left: object, right: object
    ) -> None:
        with scripted_server(answering()) as server:
            result = workspace.run("parity", *arguments, "--server", server.url)
        assert result.exit_code == 1
        body = json.loads(server.asked[0].body)
        assert (body["left"], body["right"], body["rules"]) == (left, right, None)
        assert "!= mismatch harbour/production version" in result.stdout
        assert "right: 1.3 in production [b, 2026-01-01T00:00:00Z]" in result.stdout
        assert "2 left out by rules" in result.stdout

    def test_is_waited_for(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "_PAUSE", 0.0)
        states = iter(["waiting", "waiting", "done"])

        def answer(asked: ReceivedRequest) -> ScriptedReply:
            if asked.path.endswith("/rows"):
                return ScriptedReply({"items": [], "next_cursor": None})
            return ScriptedReply({**_REPORT, "state": next(states), "findings": 0})

        with scripted_server(answer) as server:
            assert workspace.run("parity", "--server", server.url).exit_code == 0

    def test_is_not_waited_for_for_ever(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "_LONGEST_WAIT", -1.0)
        with scripted_server(answering({**_REPORT, "state": "waiting"})) as server:
            result = workspace.run("parity", "--server", server.url)
        assert result.exit_code == 2
        assert "waits for the worker" in result.stderr

    def test_that_could_not_compare_is_2(self, workspace: Workspace) -> None:
        failed = {**_REPORT, "state": "failed", "failure": "too much"}
        with scripted_server(answering(failed)) as server:
            result = workspace.run("parity", "--server", server.url)
        assert result.exit_code == 2
        assert "could not compare: too much" in result.stderr

    def test_writes_files_as_the_server_makes_them(self, workspace: Workspace) -> None:
        with scripted_server(answering()) as server:
            result = workspace.run("parity", "--output", "csv", "--to", "p.csv", "--server", server.url)
        assert result.exit_code == 1
        assert (workspace.folder / "p.csv").read_bytes() == b"Component\r\n"
        assert server.asked[-1].query == {"format": "csv"}
