"""The server as `tidegate serve` starts it, and the verdict that it shares with `tidegate check`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.serve import free_port, stop, wait_until_ready
from tests.support.access import let_in_at, token_in_environment
from tests.unit.cli.workspace import Workspace, usual
from tidegate.cli.client import Server

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
SUBJECT = ("--component", "api", "--revision", COMMIT, "--environment", "production")
GATE = """\
name: production
title: What may go to production
rules:
  - id: lint-clean
    title: flake8 finds nothing
    that: findings.total == 0
    needs: [lint/flake8]
    max_age: 24h
  - id: tests
    that: tests.pass_rate >= 0.9 && tests.duration < 10.0
    needs: [tests]
  - id: few-type-errors
    that: findings.total <= 1
    needs: [types]
    on: warn
"""
JUNIT = (
    '<testsuite name="s" tests="3" failures="1" time="0.75">'
    '<testcase classname="t" name="one" time="0.25"><failure message="no"/></testcase>'
    '<testcase classname="t" name="two" time="0.25"/><testcase classname="t" name="three" time="0.25"/>'
    "</testsuite>"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `tidegate serve` on SQLite; it must end by itself when it is told to."""
    folder = tmp_path_factory.mktemp("serve")
    port = free_port()
    said = folder / "server.log"
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": "",
        "AUTO_MIGRATE": "true",
        "WEB_CONCURRENCY": "1",
    }
    with said.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tidegate", "serve"],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    stack = ExitStack()
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, said)
        let_in_at(f"sqlite:///{folder}/data/tidegate.sqlite3")
        stack.enter_context(token_in_environment())
        server = Server(url)
        server.send("PUT", "gates", "production", document={"name": "production", "rules": _rules()})
        server.send("PUT", "components", "api", document={"title": "API", "owner": "core"})
        server.send("PUT", "environments", "production", document={"rank": 2, "gate": "production"})
        yield url
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, said.read_text("utf-8")
    finally:
        stack.close()
        stop(process)


def _rules() -> object:
    from tidegate.domain.gate_yaml import read_yaml

    tree = read_yaml(GATE).value
    assert isinstance(tree, dict)
    return tree["rules"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return the usual folder with tests beside, as of some minutes ago."""
    made = usual(tmp_path)
    made.write("gate.yml", GATE.replace("title: What may go to production\n", ""))
    made.write("reports/junit.xml", JUNIT)
    return made


class TestServe:
    @pytest.mark.requirement("S0-18")
    @pytest.mark.requirement("S1-23")
    @pytest.mark.requirement("S4-17")
    def test_says_what_check_says_byte_for_byte(self, address: str, workspace: Workspace) -> None:
        sent = workspace.run("submit", "--server", address, *SUBJECT, "reports", "--output", "json")
        assert sent.exit_code == 1, sent.stderr
        at = json.loads(sent.stdout)["at"]
        checked = workspace.run(
            "check", "--gate", "gate.yml", *SUBJECT, "--at", at, "reports", "--output", "json"
        )
        assert sent.stdout_bytes == checked.stdout_bytes

    def test_shows_and_proves_what_it_said(self, address: str, workspace: Workspace) -> None:
        workspace.run("submit", "--server", address, *SUBJECT, "reports")
        latest = workspace.run("verdict", "show", "latest", "--server", address, *SUBJECT)
        assert latest.exit_code == 1
        page = Server(address).get("verdicts", query={"component": "api", "revision": COMMIT})
        replayed = workspace.run("verdict", "replay", page["items"][0]["id"], "--server", address)
        assert replayed.exit_code == 0
        assert "byte for byte" in replayed.stdout

    def test_tries_a_changed_gate_on_what_was_submitted(self, address: str, workspace: Workspace) -> None:
        workspace.run("submit", "--server", address, *SUBJECT, "reports")
        workspace.write("loose.yml", GATE.replace("== 0", "<= 9").replace("0.9", "0.5"))
        strict = workspace.run("gate", "try", "gate.yml", "--server", address)
        loose = workspace.run("gate", "try", "loose.yml", "--server", address)
        assert "1 of the last 1 revisions would have been stopped." in strict.stdout
        assert "0 of the last 1 revisions would have been stopped." in loose.stdout

    def test_tells_a_refusal_in_plain_words(self, address: str, workspace: Workspace) -> None:
        options = ("--component", "nobody", "--revision", COMMIT)
        result = workspace.run("submit", "--server", address, *options, "reports")
        assert result.exit_code == 2
        assert "nobody" in result.stderr
        assert "(422)" in result.stderr

    def test_an_unreadable_report_is_taken_in_and_blocks(self, address: str, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE)
        subject = ("--component", "api", "--revision", "f" * 40, "--environment", "production")
        workspace.write("reports/junit.xml", "<testsuite")
        result = workspace.run("submit", "--server", address, *subject, "reports")
        assert result.exit_code == 1
        assert "UNREADABLE" in result.stdout
