"""Tests of `tidegate verdict`: ask again, and prove what was said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.fakes.scripted_server import Asked, Told, scripted_server
from tests.unit.cli.test_submit import COMMIT, verdict
from tests.unit.cli.workspace import GATE, Workspace
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind
from tidegate.domain.replays import Inputs

AT = datetime(2026, 11, 21, tzinfo=UTC)


def recorded() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a stored verdict and the inputs that it was made of."""
    evidence = Evidence("sha256:1", "lint", Kind.LINT, "flake8", "flake8", AT, {"findings.total": 3})
    inputs = Inputs.of(complete(draft_of(GATE)), [evidence], (), AT, Subject("api", COMMIT, "production"))
    document = inputs.judge().to_document()
    stored = {"id": "7", "digest": digest_of(canonical_json(document)), "verdict": document}
    return stored, dict(inputs.to_document())


class TestShow:
    def test_shows_one_by_its_id(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: Told({"verdict": verdict(workspace)})) as server:
            result = workspace.run("verdict", "show", "7", "--server", server.url)
        assert server.asked[0].path == "/api/v1/verdicts/7"
        assert result.exit_code == 1
        assert "lint-clean" in result.stdout

    def test_shows_the_latest_of_each_environment(self, workspace: Workspace) -> None:
        passing = {**verdict(workspace), "state": "pass"}
        items = [{"verdict": passing}, {"verdict": verdict(workspace)}]
        with scripted_server(lambda asked: Told({"items": items})) as server:
            arguments = ("verdict", "show", "latest", "--component", "api", "--revision", COMMIT)
            result = workspace.run(*arguments, "--server", server.url)
        assert result.exit_code == 0
        assert server.asked[0].query["component"] == "api"
        assert server.asked[0].query["revision"] == COMMIT

    def test_shows_the_latest_of_one_environment(self, workspace: Workspace) -> None:
        items = [{"verdict": verdict(workspace)}, {"verdict": verdict(workspace, "staging")}]
        with scripted_server(lambda asked: Told({"items": items})) as server:
            arguments = ("verdict", "show", "latest", "--component", "api", "--revision", COMMIT)
            result = workspace.run(*arguments, "--environment", "staging", "--server", server.url)
        assert "for staging" in result.stdout
        assert "for production" not in result.stdout

    def test_none_is_no_pass(self, workspace: Workspace) -> None:
        arguments = ("verdict", "show", "latest", "--component", "api", "--revision", COMMIT)
        with scripted_server(lambda asked: Told({"items": []})) as server:
            result = workspace.run(*arguments, "--environment", "staging", "--server", server.url)
        assert result.exit_code == 2
        assert "No gate has judged api" in result.stderr

    def test_the_latest_needs_a_component(self, workspace: Workspace) -> None:
        assert workspace.run("verdict", "show", "latest").exit_code == 2


class TestReplay:
    def _run(self, workspace: Workspace, stored: dict[str, Any], inputs: dict[str, Any]) -> Any:
        def answer(asked: Asked) -> Told:
            return Told(inputs if asked.path.endswith("/inputs") else stored)

        with scripted_server(answer) as server:
            return workspace.run("verdict", "replay", "7", "--server", server.url)

    def test_proves_a_verdict(self, workspace: Workspace) -> None:
        stored, inputs = recorded()
        result = self._run(workspace, stored, inputs)
        assert result.exit_code == 0
        assert result.stdout.count(stored["digest"]) == 3

    def test_finds_a_verdict_that_was_changed_afterwards(self, workspace: Workspace) -> None:
        stored, inputs = recorded()
        stored["verdict"] = {**stored["verdict"], "state": "pass"}
        result = self._run(workspace, stored, inputs)
        assert result.exit_code == 1
        assert "NOT" in result.stdout

    def test_finds_inputs_that_were_changed_afterwards(self, workspace: Workspace) -> None:
        stored, inputs = recorded()
        inputs["evidence"][0]["measures"]["findings.total"] = 0
        assert self._run(workspace, stored, inputs).exit_code == 1

    def test_another_engine_cannot_prove_it(self, workspace: Workspace) -> None:
        stored, inputs = recorded()
        result = self._run(workspace, stored, {**inputs, "engine": "0"})
        assert result.exit_code == 2
        assert "engine" in result.stderr
