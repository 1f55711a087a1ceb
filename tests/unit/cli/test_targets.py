"""Tests of `tidegate target` and `tidegate probe`: what is sent, what is printed, and a probe from here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, ScriptedServer, scripted_server
from tests.support.targets import running_service
from tests.unit.cli.workspace import Workspace

KNOWN: dict[str, Any] = {
    "component": "harbour",
    "environment": "production",
    "base_url": "https://harbour.example.org",
    "contract": None,
    "owner": None,
    "interval": 60,
    "paused": False,
    "version": 3,
}
MISSING = ScriptedReply({"type": "not-found", "title": "There is nothing here", "detail": "No."}, status=404)
HERE = ("harbour", "production")
CONTRACT = {"checks": [{"path": "/about", "state": "/health", "facts": {"commit": "build.commit"}}]}
STATE = {"state": "fail", "reason": "it answered 503, not 200", "path": "/health"}
PROBED = {"at": "2026-01-31T09:30:00.000Z", "state": "fail", "status": 503, "latency_ms": 12}


def sent(server: ScriptedServer) -> Any:
    """Return the document of the last request."""
    return json.loads(server.asked[-1].body)


class TestPut:
    def test_registers_a_new_one(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return MISSING if asked.method == "GET" else ScriptedReply(KNOWN, status=201)

        (workspace.folder / "contract.json").write_text(json.dumps(CONTRACT), "utf-8")
        with scripted_server(answer) as server:
            options = ("--url", "https://harbour.example.org", "--contract", "contract.json")
            result = workspace.run("target", "put", *HERE, *options, "--server", server.url)
        assert result.stdout == "target harbour/production: registered\n", result.stderr
        assert server.asked[-1].path == "/api/v1/components/harbour/targets/production"
        assert sent(server) == {
            "base_url": "https://harbour.example.org",
            "contract": CONTRACT,
            "owner": None,
            "interval": None,
            "paused": False,
        }

    def test_keeps_what_is_not_said_and_changes_what_was_read(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply(KNOWN if asked.method == "GET" else {**KNOWN, "paused": True, "version": 4})

        with scripted_server(answer) as server:
            options = ("--paused", "--url", "", "--no-contract")
            result = workspace.run("target", "put", *HERE, *options, "--server", server.url)
        assert result.stdout == "target harbour/production: changed\n"
        assert (sent(server)["interval"], sent(server)["paused"], sent(server)["base_url"]) == (
            60,
            True,
            None,
        )
        assert server.asked[-1].headers["If-Match"] == '"3"'

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ("{", "is not JSON"),
            ('{"checks": []}', "/contract/checks: write a list of 1 to 5 checks"),
            (" " * 70_000, "larger than 65,536 bytes"),
        ],
    )
    def test_refuses_a_contract_before_anything_is_sent(
        self, workspace: Workspace, content: str, why: str
    ) -> None:
        (workspace.folder / "contract.json").write_text(content, "utf-8")
        result = workspace.run("target", "put", *HERE, "--contract", "contract.json", "--server", "http://x")
        assert result.exit_code == 2
        assert why in result.stderr

    def test_takes_one_of_two_contracts(self, workspace: Workspace) -> None:
        (workspace.folder / "contract.json").write_text("{}", "utf-8")
        options = ("--contract", "contract.json", "--no-contract")
        result = workspace.run("target", "put", *HERE, *options, "--server", "http://x")
        assert (result.exit_code, "either --contract" in result.stderr) == (2, True)


class TestOthers:
    def test_are_listed(self, workspace: Workspace) -> None:
        page = {"items": [KNOWN], "next_cursor": None}
        with scripted_server(lambda asked: ScriptedReply(page)) as server:
            result = workspace.run("target", "list", "--component", "harbour", "--server", server.url)
        assert "https://harbour.example.org" in result.stdout
        assert server.asked[-1].query["component"] == "harbour"

    def test_are_shown_with_their_state(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply({"state": STATE, "items": []} if "/probes" in asked.path else KNOWN)

        with scripted_server(answer) as server:
            result = workspace.run("target", "show", *HERE, "--server", server.url)
        assert json.loads(result.stdout) == {**KNOWN, "state": STATE}

    def test_are_removed(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply({})) as server:
            result = workspace.run("target", "remove", *HERE, "--server", server.url)
        assert result.stdout == "target harbour/production: removed\n"
        assert server.asked[-1].method == "DELETE"


class TestProbe:
    def test_by_the_server_says_what_it_found(self, workspace: Workspace) -> None:
        answer = {"state": STATE, "items": [PROBED]}
        with scripted_server(lambda asked: ScriptedReply(answer)) as server:
            result = workspace.run("probe", *HERE, "--server", server.url)
        assert result.stdout == "fail: status 503 at /health, 12 ms: it answered 503, not 200\n"
        assert result.exit_code == 1
        assert server.asked[-1].path == "/api/v1/components/harbour/targets/production/probe"

    def test_of_a_paused_target_shows_what_it_found_all_the_same(self, workspace: Workspace) -> None:
        answer = {"state": None, "items": [{**PROBED, "state": "pass", "status": 200}]}
        with scripted_server(lambda asked: ScriptedReply(answer)) as server:
            result = workspace.run("probe", *HERE, "--server", server.url)
        assert (result.exit_code, "its probes are paused" in result.stdout) == (0, True)

    def test_from_here_needs_no_server(self, workspace: Workspace) -> None:
        (workspace.folder / "contract.json").write_text(json.dumps(CONTRACT), "utf-8")
        with running_service({"health": "ok", "build": {"commit": "abc"}}, path="/about") as service:
            result = workspace.run("probe", "--url", service.url, "--contract", "contract.json")
            missing = workspace.run("probe", "--url", service.url)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith("pass: status 200 at /about, ")
        assert result.stdout.endswith('  commit: "abc"\n  http.status: 200\n')
        assert (missing.exit_code, missing.stdout.startswith("unknown: status 404")) == (1, True)

    def test_from_here_reaches_no_metadata(self, workspace: Workspace) -> None:
        result = workspace.run("probe", "--url", "http://169.254.169.254")
        assert result.exit_code == 1
        assert "link-local" in result.stdout

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("harbour",),
            (*HERE, "--url", "http://x"),
            ("harbour", "--url", "http://x"),
            (*HERE, "--contract", "c"),
        ],
    )
    def test_needs_a_target_or_a_url(self, workspace: Workspace, arguments: tuple[str, ...]) -> None:
        (workspace.folder / "c").write_text("{}", "utf-8")
        assert workspace.run("probe", *arguments, "--server", "http://127.0.0.1:9").exit_code == 2
