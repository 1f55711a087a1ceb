"""What docs and action show of pipelines works: read from there, and run against a real server."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tests.integration.quality.tools import BIN, ROOT
from tests.support.access import HEADERS
from tests.support.api import COMMIT, GATE, junit
from tests.support.federation import GITHUB, PUBLISHER
from tests.support.issuer import HERE, Issuer, issuer_process
from tests.support.process import served
from tidegate.cli.client import Server
from tidegate.domain.publishers import PROVIDERS, Provider

ACTION = ROOT / ".github" / "actions" / "tidegate"
PAGE = (ROOT / "docs" / "zero-secrets.md").read_text("utf-8")
WORKFLOWS = [
    yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]


def run_action(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the action's script as a runner does: with its inputs as variables, and without any token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIDEGATE", "GITHUB"))}
    inputs = {"INPUT_REVISION": COMMIT, "INPUT_ENVIRONMENT": "", "INPUT_VERSION": ""}
    given = {**kept, "PATH": f"{BIN}{os.pathsep}{kept['PATH']}", **inputs, **variables}
    command = ["bash", str(ACTION / "submit.sh")]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=120)


class TestAction:
    @pytest.fixture
    def issuer(self) -> Iterator[Issuer]:
        with issuer_process() as running:
            yield running

    def test_submits_reports_of_a_job_that_has_no_secret(self, tmp_path: Path, issuer: Issuer) -> None:
        asked: list[str] = []
        variables = {"OUTGOING_ALLOW": HERE, "OIDC_AUDIENCE": "tidegate"}

        def identity(request: ReceivedRequest) -> ScriptedReply:
            """Stand for the service of GitHub that signs identity tokens of jobs."""
            asked.append(request.query["audience"])
            claims = issuer.claims(datetime.now(UTC), aud=request.query["audience"], jti=os.urandom(8).hex())
            return ScriptedReply({"value": issuer.token({**claims, **GITHUB})})

        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / "junit.xml").write_bytes(junit())
        with served(tmp_path, **variables) as server, scripted_server(identity) as github:
            admin = Server(server.url, token=HEADERS["Authorization"].removeprefix("Bearer "))
            admin.send("PUT", "components", "harbour", document={"title": "Harbour", "owner": "port"})
            admin.send("PUT", "gates", "production", document=GATE)
            guarded = {"rank": 3, "gate": "production"}
            admin.send("PUT", "environments", "production", document=guarded)
            admin.send("POST", "publishers", document={**PUBLISHER, "issuer": issuer.url})
            job = {
                "GITHUB_ACTIONS": "true",
                "TIDEGATE_CONFIG_DIR": str(tmp_path / "config"),
                "TIDEGATE_AUDIENCE": "tidegate",
                "TIDEGATE_URL": server.url,
                "TIDEGATE_COMPONENT": "harbour",
                "INPUT_ENVIRONMENT": "production",
                "INPUT_REPORTS": "\n  reports  \n",
            }
            lacking = run_action(tmp_path, **job)
            may = {
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{github.url}/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner",
            }
            done = run_action(tmp_path, **job, **may)

        assert (lacking.returncode, "id-token: write" in lacking.stderr) == (2, True), lacking.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        assert asked == ["tidegate"]
        assert "tdg_" not in done.stdout + done.stderr + server.said.read_text()

    def test_without_the_command_says_so(self, tmp_path: Path) -> None:
        done = run_action(tmp_path, PATH="/usr/bin:/bin", INPUT_REPORTS="reports")
        assert (done.returncode, "tidegate is not installed" in done.stderr) == (2, True)

    def test_puts_nothing_of_a_workflow_into_its_script(self) -> None:
        action = yaml.safe_load((ACTION / "action.yml").read_text("utf-8"))
        (step,) = action["runs"]["steps"]
        assert "${{" not in step["run"]
        given = set(step["env"].values())
        assert given == {f"${{{{ inputs.{name} }}}}" for name in action["inputs"]}
        read = set(re.findall(r"INPUT_\w+", (ACTION / "submit.sh").read_text("utf-8")))
        assert read == {name for name in step["env"] if name.startswith("INPUT_")}


class TestPage:
    def test_shows_a_workflow_of_github_that_may_ask_for_an_identity(self) -> None:
        (job,) = WORKFLOWS[0]["jobs"].values()
        assert job["permissions"]["id-token"] == "write"
        assert job["env"] == {"TIDEGATE_URL": "https://tidegate.example.org"}
        assert any(step.get("run", "").startswith("tidegate submit --component") for step in job["steps"])

    def test_shows_the_action_with_inputs_that_it_has(self) -> None:
        (step,) = WORKFLOWS[1]
        action = yaml.safe_load((ROOT / step["uses"] / "action.yml").read_text("utf-8"))
        required = {name for name, given in action["inputs"].items() if given["required"]}
        assert required <= set(step["with"]) <= set(action["inputs"])

    def test_shows_a_job_of_gitlab_whose_token_is_for_the_server(self) -> None:
        (job,) = WORKFLOWS[2].values()
        assert job["id_tokens"]["TIDEGATE_ID_TOKEN"]["aud"] == job["variables"]["TIDEGATE_URL"]

    @pytest.mark.parametrize("provider", [Provider.GITHUB, Provider.GITLAB])
    def test_lists_the_claims_that_publishers_name(self, provider: Provider) -> None:
        rule = PROVIDERS[provider]
        cells = [", ".join(f"`{name}`" for name in names) for names in (rule.required, rule.optional)]
        assert f"| {provider} | {cells[0]} | {cells[1]} |" in PAGE
