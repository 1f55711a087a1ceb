"""Tests of `tidegate submit`: what is sent, and what is shown of the answer."""

from __future__ import annotations

import hashlib
import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import FLAKE8, GATE, MYPY, Workspace

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
BASELINE = "4780d9b3c1aa" + "0" * 28


def verdict(workspace: Workspace, environment: str | None = "production") -> dict[str, Any]:
    """Return the document that `check` gives for the workspace."""
    subject = ["--component", "api", "--revision", COMMIT]
    subject += ["--environment", environment] if environment else []
    document: dict[str, Any] = workspace.json("check", "--gate", "gate.yml", "reports", *subject)
    return document


def sent(asked: ReceivedRequest) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the reports of a form by their slots, and its details."""
    found = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {asked.headers['Content-Type']}\r\n\r\n".encode() + asked.body
    )
    files, details = {}, {}
    for part in found.iter_parts():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        if part.get_param("name", header="Content-Disposition") == "details":
            details = json.loads(data)
        else:
            files[str(part.get_filename())] = data
    return files, details


def answering(*verdicts: dict[str, Any], status: int = 201) -> Any:
    """Answer every submission with these verdicts."""

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        rulings = [{"id": "1", "verdict": one} for one in verdicts]
        read = [
            {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "kind": "lint", "format": "flake8"}
            for data in sent(asked)[0].values()
        ]
        return ScriptedReply({"evidence": read, "verdicts": rulings}, status=status)

    return answer


class TestSubmit:
    SUBJECT = ("--component", "api", "--revision", COMMIT)

    def test_sends_all_reports_as_they_are_in_one_request(self, workspace: Workspace) -> None:
        with scripted_server(answering(verdict(workspace))) as server:
            workspace.run("submit", "--server", server.url, *self.SUBJECT, "--baseline", BASELINE, "reports")
        (asked,) = server.asked
        files, details = sent(asked)
        assert files == {"reports/flake8.txt": FLAKE8.encode(), "reports/mypy.txt": MYPY.encode()}
        assert (asked.method, asked.path) == (
            "POST",
            f"/api/v1/components/api/revisions/{COMMIT}/submissions",
        )
        assert asked.query == {"baseline": BASELINE}
        assert list(details) == list(files)
        assert all(set(one) == {"taken_at"} and one["taken_at"].endswith("Z") for one in details.values())

    def test_sends_the_format_that_was_named(self, workspace: Workspace) -> None:
        with scripted_server(answering(verdict(workspace))) as server:
            workspace.run("submit", "--server", server.url, *self.SUBJECT, "flake8:reports/flake8.txt")
        assert sent(server.asked[0])[1]["reports/flake8.txt"]["format"] == "flake8"

    def test_sends_files_patterns_and_standard_input_together(self, workspace: Workspace) -> None:
        with scripted_server(answering(verdict(workspace))) as server:
            arguments = ("-", "reports/mypy.txt", "reports/flake8.*")
            workspace.run("submit", "--server", server.url, *self.SUBJECT, *arguments, input=FLAKE8.encode())
        (asked,) = server.asked
        assert list(sent(asked)[0]) == ["-", "reports/mypy.txt", "reports/flake8.txt"]

    def test_prints_the_verdict_exactly_as_check_does(self, workspace: Workspace) -> None:
        document = verdict(workspace)
        with scripted_server(answering(document)) as server:
            sent = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        options = (*self.SUBJECT, "--environment", "production", "--at", document["at"])
        checked = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert sent.stdout == checked.stdout
        assert sent.exit_code == checked.exit_code == 1

    def test_names_what_a_rule_that_only_warns_fails_on(self, workspace: Workspace) -> None:
        workspace.write(
            "gate.yml", GATE.replace("  - id: lint-clean\n", "  - id: lint-clean\n    on: warn\n")
        )
        document = verdict(workspace)
        assert document["state"] == "pass"
        with scripted_server(answering(document)) as server:
            sent = workspace.run("submit", "--server", server.url, *self.SUBJECT, "reports")
        options = (*self.SUBJECT, "--environment", "production", "--at", document["at"])
        checked = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert "failing  src/a.py:1 F401" in sent.stdout
        assert sent.stdout == checked.stdout
        assert sent.exit_code == checked.exit_code == 0

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
        assert len(sent(server.asked[0])[0]) == 2

    def test_says_of_a_report_that_no_rule_asks_about_why_it_cannot_be_read(
        self, workspace: Workspace
    ) -> None:
        workspace.write("cut-off.xml", '<testsuite tests="2"><testcase name="a"/>')
        passing = {**verdict(workspace), "state": "pass", "rules": [], "faults": []}
        read = {
            "digest": "sha256:" + "1" * 64,
            "kind": "tests",
            "format": "junit",
            "unreadable": "It is cut.",
        }
        rulings = [{"id": "1", "verdict": passing}]
        reply = ScriptedReply({"evidence": [read], "verdicts": rulings}, status=201)
        with scripted_server(lambda _: reply) as server:
            result = workspace.run("submit", "--server", server.url, *self.SUBJECT, "cut-off.xml")
        assert result.exit_code == 0
        assert "No rule asks about: cut-off.xml (unreadable junit: It is cut)." in result.stdout


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

    @pytest.mark.parametrize(
        ("detail", "words"),
        [("Nothing answers at this address.", "older"), ("There is no component 'api'.", "no component")],
    )
    def test_an_older_server_is_told_from_what_is_not_there(
        self, workspace: Workspace, detail: str, words: str
    ) -> None:
        arguments = ("submit", "--component", "api", "--revision", COMMIT, "reports")
        refusal = ScriptedReply({"title": "There is no such thing", "status": 404, "detail": detail}, 404)
        with scripted_server(lambda asked: refusal) as server:
            result = workspace.run(*arguments, "--server", server.url)
        assert result.exit_code == 2
        assert words in result.stderr
