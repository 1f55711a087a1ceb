"""Tests of `tidegate fact`: what is sent, and what is listed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.scripted_server import ScriptedReply, scripted_server
from tests.unit.cli.workspace import Workspace

WHERE = ("--component", "api", "--environment", "production")
FACT: dict[str, Any] = {
    "component": "api",
    "environment": "production",
    "side": "observed",
    "field": "health.state",
    "value": "pass",
    "source": "prober",
    "since": "2026-11-21T02:26:48.000Z",
    "seen_at": "2026-11-21T02:26:48.000Z",
    "until": None,
}


class TestTell:
    def test_observes_texts_and_with_a_colon_numbers(self, workspace: Workspace) -> None:
        changes = [{"field": "version", "before": "1.9", "after": "1.10"}]
        told = {"changes": changes, "confirmed": 1, "too_late": 1}
        with scripted_server(lambda _: ScriptedReply(told)) as server:
            options = ("--at", "2026-11-21T02:26:48Z", "--label", "cron", "--server", server.url)
            result = workspace.run("fact", "observe", "version=1.10", "replicas:=3", *WHERE, *options)
        assert (result.exit_code, result.stdout) == (
            0,
            'version: observed as "1.10", was "1.9"\n1 confirmed as known already\n'
            "1 older than what is known: nothing was changed by them\n",
        )
        (sent,) = server.asked
        assert (sent.path, sent.query) == (
            "/api/v1/components/api/facts/observed",
            {"environment": "production"},
        )
        assert json.loads(sent.body) == {
            "facts": {"version": "1.10", "replicas": 3},
            "at": "2026-11-21T02:26:48.000Z",
            "label": "cron",
        }

    def test_declares_for_a_component_as_such(self, workspace: Workspace) -> None:
        changes = [{"field": "license", "before": None, "after": "MIT"}]
        told = {"changes": changes, "confirmed": 0, "too_late": 0}
        with scripted_server(lambda _: ScriptedReply(told)) as server:
            result = workspace.run(
                "fact", "declare", "license=MIT", "--component", "api", "--server", server.url
            )
        assert result.stdout == 'license: declared as "MIT"\n'
        assert server.asked[0].path == "/api/v1/components/api/facts/declared"

    @pytest.mark.parametrize(
        ("told", "why"),
        [
            ("version", "has no value"),
            ("Version=1", "cannot name a field"),
            ("replicas:=three", "is no JSON"),
            ("replicas:=[1]", "cannot be kept"),
        ],
    )
    def test_refuses_what_is_no_fact(self, workspace: Workspace, told: str, why: str) -> None:
        result = workspace.run("fact", "observe", told, *WHERE)
        assert result.exit_code == 2
        assert why in " ".join(result.stderr.split())


class TestList:
    def test_shows_a_table(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply({"items": [FACT]})) as server:
            result = workspace.run("fact", "list", *WHERE, "--server", server.url)
        assert "health.state" in result.stdout and "prober" in result.stdout

    def test_says_how_something_becomes_known(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply({"items": []})) as server:
            result = workspace.run("fact", "list", *WHERE, "--server", server.url)
        assert "tidegate fact observe" in result.stdout

    def test_writes_json_that_check_reads(self, workspace: Workspace) -> None:
        with scripted_server(lambda _: ScriptedReply({"items": [FACT]})) as server:
            result = workspace.run("fact", "list", *WHERE, "--output", "json", "--server", server.url)
        workspace.write("facts.json", result.stdout)
        workspace.write(
            "gate.yml",
            "name: runtime\nrules:\n"
            "  - {id: up, that: 'facts.health.state == \"pass\"', needs: [facts], max_age: 1h}\n",
        )
        check = ("check", "--gate", "gate.yml", "--facts", "facts.json", "--at", "2026-11-21T03:00:00Z")
        found = workspace.run(*check, *WHERE)
        assert (found.exit_code, "PASS: 1 of 1 rule holds." in found.stdout) == (0, True)
