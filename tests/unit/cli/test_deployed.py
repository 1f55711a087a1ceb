"""Tests of `tidegate deployed`: what is sent, and which deployment is finished."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.test_submit import COMMIT
from tests.unit.cli.workspace import Workspace

WHERE = ("deployed", "--component", "api", "--environment", "production")
DEPLOYMENT: dict[str, Any] = {
    "id": "d1",
    "revision": COMMIT,
    "version": "1.0.0",
    "outcome": "succeeded",
    "edition": 1,
}
RUNNING = {**DEPLOYMENT, "outcome": "started", "edition": 3}


@pytest.fixture(autouse=True)
def _no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no pipeline that runs these tests say that it is the one."""
    for name in ("CI_JOB_URL", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


def answering(*running: dict[str, Any]) -> Any:
    def answer(asked: ReceivedRequest) -> ScriptedReply:
        if asked.method == "GET":
            return ScriptedReply({"items": list(running), "next_cursor": None})
        return ScriptedReply(DEPLOYMENT, status=201 if asked.method == "POST" else 200)

    return answer


class TestDeployed:
    def test_reports_what_succeeded_in_one_line(self, workspace: Workspace) -> None:
        with scripted_server(answering()) as server:
            result = workspace.run(*WHERE, "--revision", COMMIT, "--version", "1.0.0", "--server", server.url)
        assert (result.exit_code, result.stdout) == (
            0,
            "deployment of api 1.0.0 to production: succeeded (d1)\n",
        )
        _, sent = server.asked
        assert json.loads(sent.body) == {
            "environment": "production",
            "revision": COMMIT,
            "version": "1.0.0",
            "outcome": "succeeded",
        }
        assert sent.headers["Idempotency-Key"]

    def test_finishes_what_was_reported_as_started(self, workspace: Workspace) -> None:
        with scripted_server(answering({**RUNNING, "version": "0.9.0"}, RUNNING)) as server:
            result = workspace.run(
                *WHERE, "--version", "1.0.0", "--outcome", "failed", "--server", server.url
            )
        assert result.exit_code == 0
        asked, sent = server.asked
        assert asked.query["outcome"] == "started"
        assert (sent.method, sent.path) == ("PATCH", "/api/v1/components/api/deployments/d1")
        assert sent.headers["If-Match"] == '"3"'
        assert json.loads(sent.body) == {"outcome": "failed"}

    def test_asks_for_nothing_when_it_starts(self, workspace: Workspace) -> None:
        times = ("--started-at", "2026-11-21T02:26:48Z")
        with scripted_server(answering(RUNNING)) as server:
            workspace.run(
                *WHERE, "--version", "1.0.0", "--outcome", "started", *times, "--server", server.url
            )
        (sent,) = server.asked
        assert json.loads(sent.body)["started_at"] == "2026-11-21T02:26:48.000Z"

    @pytest.mark.parametrize(
        ("variables", "url"),
        [
            ({"CI_JOB_URL": "https://gitlab.example.org/jobs/1"}, "https://gitlab.example.org/jobs/1"),
            (
                {
                    "GITHUB_SERVER_URL": "https://github.example.org",
                    "GITHUB_REPOSITORY": "port/api",
                    "GITHUB_RUN_ID": "7",
                },
                "https://github.example.org/port/api/actions/runs/7",
            ),
        ],
    )
    def test_names_the_run_that_it_is_part_of(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str
    ) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with scripted_server(answering()) as server:
            workspace.run(*WHERE, "--version", "1.0.0", "--server", server.url)
        assert json.loads(server.asked[-1].body)["url"] == url

    @pytest.mark.parametrize(
        ("outcome", "warned"), [("succeeded", True), ("started", True), ("failed", False)]
    )
    def test_warns_of_what_was_never_released(self, workspace: Workspace, outcome: str, warned: bool) -> None:
        made = {**DEPLOYMENT, "version": "7.7.7", "outcome": outcome, "released": False}
        with scripted_server(lambda asked: ScriptedReply(made, status=201)) as server:
            result = workspace.run(
                *WHERE, "--version", "7.7.7", "--outcome", "started", "--server", server.url
            )
        assert result.exit_code == 0
        said = "7.7.7 was never released for production: nothing judged it.\n"
        assert result.stderr == (said if warned else "")

    def test_says_nothing_of_what_was_released(self, workspace: Workspace) -> None:
        made = {**DEPLOYMENT, "released": True}
        with scripted_server(lambda asked: ScriptedReply(made, status=201)) as server:
            result = workspace.run(
                *WHERE, "--version", "1.0.0", "--outcome", "started", "--server", server.url
            )
        assert (result.exit_code, result.stderr) == (0, "")

    def test_says_that_it_took_the_commit_of_the_checkout(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tidegate.cli.deployed.wanted_commit", lambda said: COMMIT)
        made = {**DEPLOYMENT, "version": None, "released": False}
        with scripted_server(lambda asked: ScriptedReply(made, status=201)) as server:
            result = workspace.run(*WHERE, "--outcome", "started", "--server", server.url)
        assert f"{COMMIT[:12]} was never released" in result.stderr
        assert "the commit that is checked out here; --revision names another" in result.stderr

    def test_needs_to_know_what(self, workspace: Workspace) -> None:
        result = workspace.run(*WHERE)
        assert result.exit_code == 2
        assert "--revision R" in result.stderr

    def test_refuses_a_version_that_no_server_takes(self, workspace: Workspace) -> None:
        result = workspace.run(*WHERE, "--version", "1" * 101)
        assert result.exit_code == 2
        assert "1 to 100 characters" in result.stderr

    def test_that_is_refused_is_2(self, workspace: Workspace) -> None:
        conflict = {"type": "https://x/problems/conflict", "title": "Conflict", "detail": "Another commit."}
        with scripted_server(lambda asked: ScriptedReply(conflict, status=409)) as server:
            result = workspace.run(*WHERE, "--version", "1.0.0", "--server", server.url)
        assert result.exit_code == 2
        assert "Another commit." in result.stderr
