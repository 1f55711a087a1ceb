"""Tests of `tidegate submit`: what is sent, and what is shown of the answer."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import FLAKE8, MYPY, Workspace

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
BASELINE = "4780d9b3c1aa" + "0" * 28


def verdict(workspace: Workspace, environment: str | None = "production") -> dict[str, Any]:
    """Return the document that `check` gives for the workspace."""
    subject = ["--component", "api", "--revision", COMMIT]
    subject += ["--environment", environment] if environment else []
    document: dict[str, Any] = workspace.json("check", "--gate", "gate.yml", "reports", *subject)
    return document


def answering(*verdicts: dict[str, Any], status: int = 201) -> Any:
    """Answer every submission with these verdicts."""

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        digest = "sha256:" + hashlib.sha256(asked.body).hexdigest()
        rulings = [{"id": "1", "verdict": one} for one in verdicts]
        body = {"evidence": {"digest": digest, "kind": "lint", "format": "flake8"}, "verdicts": rulings}
        return ScriptedReply(body, status=status)

    return answer


class TestSubmit:
    SUBJECT = ("--component", "api", "--revision", COMMIT)

    def test_sends_each_report_as_it_is(self, workspace: Workspace) -> None:
        with scripted_server(answering(verdict(workspace))) as server:
            workspace.run("submit", "--server", server.url, *self.SUBJECT, "--baseline", BASELINE, "reports")
        first, second = server.asked
        assert (first.body, second.body) == (FLAKE8.encode(), MYPY.encode())
        assert first.path == f"/api/v1/components/api/revisions/{COMMIT}/evidence"
        assert first.query["slot"] == "reports/flake8.txt"
        assert first.query["taken_at"].endswith("Z")
        assert first.query["baseline"] == BASELINE
        assert "format" not in first.query

    def test_sends_the_format_that_was_named(self, workspace: Workspace) -> None:
        with scripted_server(answering(verdict(workspace))) as server:
            workspace.run("submit", "--server", server.url, *self.SUBJECT, "flake8:reports/flake8.txt")
        assert server.asked[0].query["format"] == "flake8"

    def test_prints_the_verdict_exactly_as_check_does(self, workspace: Workspace) -> None:
        document = verdict(workspace)
        with scripted_server(answering(document)) as server:
            sent = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        options = (*self.SUBJECT, "--environment", "production", "--at", document["at"])
        checked = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert sent.stdout == checked.stdout
        assert sent.exit_code == checked.exit_code == 1

    def test_passes_where_every_verdict_passes(self, workspace: Workspace) -> None:
        passing = {**verdict(workspace), "state": "pass"}
        with scripted_server(answering(passing)) as server:
            result = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        assert result.exit_code == 0

    def test_one_environment_that_does_not_pass_is_enough(self, workspace: Workspace) -> None:
        passing = {**verdict(workspace, "staging"), "state": "pass"}
        with scripted_server(answering(passing, verdict(workspace))) as server:
            everything = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
            options = (*self.SUBJECT, "--environment", "staging")
            staging = workspace.run("submit", "--server", server.url, *options, "reports")
        assert (everything.exit_code, staging.exit_code) == (1, 0)

    def test_no_gate_is_no_verdict_and_no_pass(self, workspace: Workspace) -> None:
        with scripted_server(answering()) as server:
            result = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        assert result.exit_code == 2
        assert "no gate guards any environment" in result.stderr

    def test_an_environment_without_a_gate_is_no_pass(self, workspace: Workspace) -> None:
        with scripted_server(answering({**verdict(workspace), "state": "pass"})) as server:
            options = (*self.SUBJECT, "--environment", "nowhere")
            result = workspace.run("submit", "--server", server.url, *options, "reports")
        assert result.exit_code == 2
        assert "production" in result.stderr

    def test_leaves_out_what_is_no_report(self, workspace: Workspace) -> None:
        workspace.write("reports/html/style.css", "body {}")
        with scripted_server(answering(verdict(workspace))) as server:
            workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        assert len(server.asked) == 2


class TestWrongUse:
    def test_needs_a_component_and_a_commit(self, workspace: Workspace) -> None:
        assert workspace.run("submit", "--revision", COMMIT, "reports").exit_code == 2
        result = workspace.run("submit", "--component", "api", "reports")
        assert result.exit_code == 2
        assert "--revision" in result.stderr

    def test_nothing_to_send(self, workspace: Workspace) -> None:
        arguments = ("submit", "--component", "api", "--revision", COMMIT, "reports", "--ignore", "*")
        assert workspace.run(*arguments).exit_code == 2

    def test_another_program_that_answers_is_no_server(self, workspace: Workspace) -> None:
        arguments = ("submit", "--component", "api", "--revision", COMMIT, "reports")
        with scripted_server(lambda asked: ScriptedReply({"hello": "world"})) as server:
            result = workspace.run(*arguments, "--server", server.url)
        assert result.exit_code == 2
        assert "not Tidegate" in result.stderr
