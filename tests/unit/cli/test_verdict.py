"""Tests of `tidegate verdict`: ask again, and prove what was said."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
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


LATEST = ("verdict", "show", "latest", "--component", "api", "--revision", COMMIT)


def judging(workspace: Workspace, states: dict[str, str]) -> Callable[[ReceivedRequest], ScriptedReply]:
    """Answer as a server whose gates say this now, by environment; `local` has no gate."""
    pages = {
        None: {"items": [{"name": "local", "gate": None}], "next_cursor": "more"},
        "more": {"items": [{"name": name, "gate": "g"} for name in states], "next_cursor": None},
    }

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        if asked.path.endswith("/evidence"):
            return ScriptedReply({"items": [], "next_cursor": None})
        if asked.method == "GET":
            assert asked.path == "/api/v1/environments"
            return ScriptedReply(pages[asked.query.get("cursor")])
        assert asked.path == f"/api/v1/components/api/revisions/{COMMIT}/verdicts"
        environment = json.loads(asked.body)["environment"]
        if environment not in states:
            return ScriptedReply(
                {"title": "Invalid", "detail": f"No gate guards '{environment}'."}, status=422
            )
        return ScriptedReply(
            {"verdict": {**verdict(workspace, environment), "state": states[environment]}}, status=201
        )

    return answer


class TestShow:
    def test_shows_one_of_the_past_by_its_id_as_history(self, workspace: Workspace) -> None:
        nothing: dict[str, Any] = {"items": [], "next_cursor": None}
        reply = ScriptedReply({"verdict": verdict(workspace), **nothing})
        with scripted_server(lambda asked: reply) as server:
            result = workspace.run("verdict", "show", "7", "--server", server.url)
        assert server.asked[0].path == "/api/v1/verdicts/7"
        assert result.exit_code == 1
        assert "lint-clean" in result.stdout
        assert "may not ship" not in result.stdout
        assert "could not ship at" in result.stdout

    def test_a_pass_of_the_past_does_not_say_that_it_may_ship(self, workspace: Workspace) -> None:
        passed = {**verdict(workspace), "state": "pass"}
        nothing: dict[str, Any] = {"items": [], "next_cursor": None}
        with scripted_server(lambda asked: ScriptedReply({"verdict": passed, **nothing})) as server:
            result = workspace.run("verdict", "show", "7", "--server", server.url)
        assert "may ship" not in result.stdout
        assert "verdict show latest" in " ".join(result.stdout.split())

    def test_the_latest_is_judged_now_for_each_guarded_environment(self, workspace: Workspace) -> None:
        with scripted_server(judging(workspace, {"staging": "pass", "production": "pass"})) as server:
            result = workspace.run(*LATEST, "--server", server.url)
        assert result.exit_code == 0
        assert [asked.method for asked in server.asked] == ["GET", "GET", "POST", "POST", "GET"]
        assert "for staging" in result.stdout
        assert "for production" in result.stdout

    def test_one_that_is_not_pass_is_enough_to_be_none(self, workspace: Workspace) -> None:
        with scripted_server(judging(workspace, {"staging": "pass", "production": "stale"})) as server:
            assert workspace.run(*LATEST, "--server", server.url).exit_code == 1

    def test_the_latest_of_one_environment_asks_its_gate_alone(self, workspace: Workspace) -> None:
        with scripted_server(judging(workspace, {"staging": "fail", "production": "pass"})) as server:
            result = workspace.run(*LATEST, "--environment", "staging", "--server", server.url)
        assert "for staging" in result.stdout
        assert "for production" not in result.stdout

    def test_no_guarded_environment_is_no_pass(self, workspace: Workspace) -> None:
        with scripted_server(judging(workspace, {})) as server:
            result = workspace.run(*LATEST, "--server", server.url)
            refused = workspace.run(*LATEST, "--environment", "staging", "--server", server.url)
        assert (result.exit_code, refused.exit_code) == (2, 2)
        assert "No gate guards any environment" in result.stderr
        assert "No gate guards 'staging'" in refused.stderr

    def test_who_may_not_judge_is_told_what_they_may_read(self, workspace: Workspace) -> None:
        detail = "token:t may not do this: verdict.ask needs the role submitter. It has: viewer everywhere."

        def answer(asked: ReceivedRequest) -> ScriptedReply:
            if asked.method == "POST":
                return ScriptedReply({"title": "The caller may not do this", "detail": detail}, status=403)
            return judging(workspace, {"production": "pass"})(asked)

        with scripted_server(answer) as server:
            result = workspace.run(*LATEST, "--server", server.url)
        assert result.exit_code == 2
        assert detail in result.stderr
        assert f"tidegate verdict list --component api --revision {COMMIT}\n" in result.stderr
        assert "tidegate verdict show ID" in result.stderr
        assert "tidegate whoami" in result.stderr

    def test_the_latest_needs_a_component(self, workspace: Workspace) -> None:
        assert workspace.run("verdict", "show", "latest").exit_code == 2


class TestReplay:
    def _run(self, workspace: Workspace, stored: dict[str, Any], inputs: dict[str, Any]) -> Any:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply(inputs if asked.path.endswith("/inputs") else stored)

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


class TestLatest:
    def test_needs_a_commit(self, workspace: Workspace) -> None:
        result = workspace.run("verdict", "show", "latest", "--component", "api")
        assert result.exit_code == 2
        assert "No commit is checked out here: name one with --revision R." in result.stderr


class TestList:
    def test_names_verdicts_by_their_ids(self, workspace: Workspace) -> None:
        identity = "01a2223c-b01a-7000-b654-46e9f31bbe1e"  # whole on one line, to be copied
        stored = {**recorded()[0], "id": identity, "given_at": "2026-11-21T00:00:00.000Z"}
        with scripted_server(
            lambda request: ScriptedReply({"items": [stored], "next_cursor": None})
        ) as server:
            options = ("--component", "api", "--server", server.url)
            result = workspace.run("verdict", "list", *options, COLUMNS="80")
            other = ("--component", "api", "--environment", "staging", "--server", server.url)
            nothing = workspace.run("verdict", "list", *other)
        line = f"{identity}  {COMMIT}  production   missing  2026-11-21T00:00:00.000Z"
        assert result.stdout.splitlines()[1] == line
        assert server.asked[0].query["component"] == "api"
        assert nothing.stdout.startswith("No verdict on api has been given yet")

    def test_needs_a_component(self, workspace: Workspace) -> None:
        assert workspace.run("verdict", "list").exit_code == 2
