"""Tests of `tidegate gate`: lint, show, schema, and trials on history."""

from __future__ import annotations

import hashlib
import json

import pytest
import yaml

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.unit.cli.workspace import GATE, Workspace

WRONG = GATE.replace("findings.total == 0", "findings.totl == 0")


class TestLint:
    def test_tells_place_fault_and_fix(self, workspace: Workspace) -> None:
        workspace.write("wrong.yml", WRONG)
        result = workspace.run("gate", "lint", "wrong.yml")
        assert result.exit_code == 1
        assert result.stdout.startswith("wrong.yml:6:")
        assert "error" in result.stdout
        assert "findings.total" in result.stdout

    def test_says_so_where_there_is_nothing_to_fix(self, workspace: Workspace) -> None:
        result = workspace.run("gate", "lint", "gate.yml")
        assert (result.exit_code, result.stdout) == (0, "gate.yml: nothing to fix\n")

    def test_warnings_do_not_fail(self, workspace: Workspace) -> None:
        workspace.write("doubtful.yml", GATE.replace("    max_age: 24h\n", ""))
        result = workspace.run("gate", "lint", "doubtful.yml")
        assert result.exit_code == 0
        assert "warning" in result.stdout

    def test_finds_a_child_that_loosens_its_floor(self, workspace: Workspace) -> None:
        loose = GATE.replace("name: production", "name: loose\nextends: gate").replace("24h", "7d")
        workspace.write("loose.yml", loose)
        result = workspace.run("gate", "lint", "loose.yml")
        assert result.exit_code == 1
        assert "loose.yml:" in result.stdout

    def test_gives_programs_the_parts(self, workspace: Workspace) -> None:
        workspace.write("wrong.yml", WRONG)
        (problem,) = workspace.json("gate", "lint", "wrong.yml")["problems"]
        assert problem["file"] == "wrong.yml"
        assert problem["line"] == 6
        assert problem["level"] == "error"

    def test_annotates_on_github(self, workspace: Workspace) -> None:
        workspace.write("wrong.yml", WRONG)
        result = workspace.run("gate", "lint", "wrong.yml", "--output", "github")
        assert result.stdout.startswith("::error file=wrong.yml,line=6,col=")

    def test_a_file_that_is_not_there_is_wrong_use(self, workspace: Workspace) -> None:
        assert workspace.run("gate", "lint", "none.yml").exit_code == 2

    def test_a_file_that_is_no_text_is_wrong_use(self, workspace: Workspace) -> None:
        workspace.write("gate.bin", b"\xff\xfe\x00")
        assert workspace.run("gate", "lint", "gate.bin").exit_code == 2


class TestShow:
    def test_shows_the_rules_of_the_floor_too(self, workspace: Workspace) -> None:
        workspace.write("child.yml", "name: child\nextends: gate\nrules: []\n")
        shown = workspace.run("gate", "show", "child.yml").stdout
        assert "# on the floor sha256:" in shown
        assert [rule["id"] for rule in yaml.safe_load(shown)["rules"]] == ["lint-clean", "few-type-errors"]

    def test_what_it_shows_is_a_gate_again(self, workspace: Workspace) -> None:
        workspace.write("shown.yml", workspace.run("gate", "show", "gate.yml").stdout)
        assert workspace.run("gate", "lint", "shown.yml").exit_code == 0

    def test_as_json_it_is_what_the_digest_names(self, workspace: Workspace) -> None:
        canonical = workspace.run("gate", "show", "gate.yml", "--output", "json").stdout.rstrip("\n")
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        assert workspace.run("gate", "show", "gate.yml").stdout.startswith(f"# sha256:{digest}\n")


class TestSchema:
    def test_prints_the_schema(self, workspace: Workspace) -> None:
        schema = json.loads(workspace.run("gate", "schema").stdout)
        assert schema["$schema"].startswith("https://json-schema.org/")


class TestTry:
    TRIAL = {
        "gate": {"name": "production", "digest": "sha256:1"},
        "tried": 2,
        "stopped": 1,
        "revisions": [
            {
                "component": "api",
                "revision": "a" * 40,
                "state": "fail",
                "verdict": {"rules": [{"rule": "lint-clean", "blocks": True}]},
            },
            {"component": "api", "revision": "b" * 40, "state": "pass", "verdict": {"rules": []}},
        ],
    }

    def test_tells_which_revisions_would_have_been_stopped(self, workspace: Workspace) -> None:
        with scripted_server(lambda asked: ScriptedReply(self.TRIAL)) as server:
            arguments = (
                "gate",
                "try",
                "gate.yml",
                "--server",
                server.url,
                "--last",
                "7",
                "--component",
                "api",
            )
            result = workspace.run(*arguments)
        assert result.exit_code == 0
        assert "aaaaaaaaaaaa" in result.stdout
        assert "bbbbbbbbbbbb" not in result.stdout
        assert "1 of the last 2 revisions would have been stopped." in result.stdout
        (asked,) = server.asked
        sent = json.loads(asked.body)
        assert (asked.method, asked.path) == ("POST", "/api/v1/gate-trials")
        assert (sent["last"], sent["component"]) == (7, "api")

    def test_sends_the_gate_with_its_floor(self, workspace: Workspace) -> None:
        workspace.write("child.yml", "name: child\nextends: gate\nrules: []\n")
        with scripted_server(lambda asked: ScriptedReply(self.TRIAL)) as server:
            trial = workspace.json("gate", "try", "child.yml", "--server", server.url)
        assert trial == self.TRIAL
        assert len(json.loads(server.asked[0].body)["gate"]["rules"]) == 2

    def test_says_so_where_there_is_no_history(self, workspace: Workspace) -> None:
        def answer(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply({**self.TRIAL, "tried": 0, "stopped": 0, "revisions": []})

        with scripted_server(answer) as server:
            result = workspace.run("gate", "try", "gate.yml", "--server", server.url)
        assert "no history" in result.stdout


class TestPut:
    def test_puts_the_floor_first_and_names_it_as_the_server_knows_it(self, workspace: Workspace) -> None:
        workspace.write("below/floor.yml", GATE.replace("name: production", "name: base"))
        workspace.write(
            "gate.yml", "name: strict\nextends: below/floor.yml\nrules:\n" + GATE.split("rules:\n")[1]
        )
        version = {"number": 1, "digest": "sha256:1"}
        with scripted_server(lambda asked: ScriptedReply(version, status=201)) as server:
            result = workspace.run("gate", "put", "gate.yml", "--server", server.url)
        assert [asked.path for asked in server.asked] == ["/api/v1/gates/base", "/api/v1/gates/strict"]
        assert server.asked[1].body.startswith(b"name: strict\nextends: base\nrules:\n")
        assert "gate strict (gate.yml): version 1 is in force, sha256:1" in result.stdout

    @pytest.mark.parametrize("written", ["floor.yml", '"floor.yml"', "'floor.yml'  # the company's"])
    def test_sends_it_as_it_was_written_with_its_comments(self, workspace: Workspace, written: str) -> None:
        workspace.write("floor.yml", GATE.replace("name: production", "name: base"))
        gate = (
            f"# Ask the platform team.\nname: strict\nextends: {written}\nrules: []  # those of the floor\n"
        )
        workspace.write("gate.yml", gate)
        version = {"number": 1, "digest": "sha256:1"}
        with scripted_server(lambda asked: ScriptedReply(version, status=201)) as server:
            workspace.run("gate", "put", "gate.yml", "--server", server.url)
        sent = server.asked[1]
        assert sent.headers["Content-Type"] == "application/yaml"
        floor = '"base"' if written.startswith('"') else "base"  # quoted where it was: JSON has to be
        assert sent.body.decode() == gate.replace(written.split("  #")[0], floor)

    def test_sends_the_reason(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE)
        version = {"number": 2, "digest": "sha256:2"}
        with scripted_server(lambda asked: ScriptedReply(version, status=201)) as server:
            workspace.run("gate", "put", "gate.yml", "--server", server.url, "--reason", "More tests")
        assert [asked.query for asked in server.asked] == [{"reason": "More tests"}]

    def test_says_that_it_was_in_force_already(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE)
        with scripted_server(lambda asked: ScriptedReply({"number": 4, "digest": "sha256:4"})) as server:
            result = workspace.run("gate", "put", "gate.yml", "--server", server.url)
        assert "version 4 is in force already" in result.stdout

    def test_sends_nothing_of_a_gate_that_is_not_valid(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE.replace("findings.total == 0", "findings.tota == 0"))
        with scripted_server(lambda asked: ScriptedReply({})) as server:
            result = workspace.run("gate", "put", "gate.yml", "--server", server.url)
        assert result.exit_code == 2
        assert server.asked == []
