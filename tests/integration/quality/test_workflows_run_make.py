"""What the workflows run is what `make ci` runs: make targets that exist, all of them covered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.ci import CHECKS
from tests.integration.quality.tools import ROOT, run

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = dict(re.findall(r"^([a-z][a-z-]*):[^=\n]*?(?:## (.*))?$", MAKEFILE, re.M))
NO_CHECKS = {"setup"}  # prepares a machine
PREPARES = ["sudo", "apt-get"]  # so does this
WINDOWS = "windows"  # there is no make
# What changes the world outside: scripts with tests of their own (tests/integration/shipping).
SHIPPING = {"release-check", "publish-image", "deploy", "verify-deployment", "roll-back", "publish-release"}
OWN = "./.github/workflows/ci.yml"


def steps(workflow: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the job's name and the step of every step of a workflow."""
    for name, job in yaml.safe_load(workflow.read_text())["jobs"].items():
        for step in job.get("steps", ()):
            yield name, step


def commands(name: str = "*") -> Iterator[tuple[str, list[str]]]:
    """Yield the words of every command of the workflows, with the place where it stands."""
    for workflow in WORKFLOWS:
        for job, step in steps(workflow):
            if "run" in step and name in ("*", workflow.name):
                for line in step["run"].strip().splitlines():
                    words = shlex.split(line)
                    if words[:2] != PREPARES and job != WINDOWS:
                        yield f"{workflow.name}, {job}", words


def content(name: str) -> dict[Any, Any]:
    """Return a workflow."""
    found: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())
    return found


def triggers(name: str) -> dict[str, Any]:
    """Return what starts a workflow; YAML 1.1 reads the key `on` as true."""
    found: dict[str, Any] = content(name)[True]
    return found


def jobs(name: str = "ci.yml") -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    found: dict[str, dict[str, Any]] = content(name)["jobs"]
    return found


class TestCommands:
    @pytest.mark.parametrize(("place", "words"), list(commands()))
    def test_are_make_targets_that_exist(self, place: str, words: list[str]) -> None:
        assert words[0] == "make", place
        assert words[1] in TARGETS, place

    def test_are_all_covered_by_make_ci(self) -> None:
        here = {(check.target, *check.arguments) for check in CHECKS}
        there = {tuple(words[1:]) for _, words in commands() if words[1] not in NO_CHECKS | SHIPPING}
        assert there <= here

    def test_of_ci_leave_out_nothing_that_make_ci_runs(self) -> None:
        here = {check.target for check in CHECKS}
        assert here - {words[1] for _, words in commands("ci.yml")} == set()

    @pytest.mark.requirement("S0-14")
    def test_of_ci_build_the_image_and_try_it(self) -> None:
        assert [step["run"] for step in jobs()["image"]["steps"] if "run" in step][-1] == "make image-test"
        assert content("ci.yml")["env"]["REQUIRE_IMAGE_TEST"] == "1"

    def test_of_ci_ship_nothing(self) -> None:
        assert SHIPPING & {words[1] for _, words in commands("ci.yml")} == set()

    def test_never_let_a_check_be_left_out(self) -> None:
        required = {
            f"REQUIRE_{check.target.upper().replace('-', '_')}": "1" for check in CHECKS if check.optional
        }
        assert content("ci.yml")["env"] == required


class TestWorkflow:
    @pytest.mark.requirement("S3-7")
    @pytest.mark.requirement("S3-8")
    def test_has_the_three_stages_and_their_verdict_on_main_and_on_pull_requests(self) -> None:
        assert triggers("ci.yml") == {
            "push": {"branches": ["main"]},
            "pull_request": None,
            "workflow_call": None,
        }
        assert {"quality", "testing", "security", "verdict"} <= set(jobs())

    @pytest.mark.requirement("S3-1")
    def test_judges_the_reports_of_every_stage_also_after_one_that_failed(self) -> None:
        verdict = jobs()["verdict"]
        assert set(verdict["needs"]) == set(jobs()) - {"verdict", WINDOWS}
        assert verdict["if"] == "${{ !cancelled() }}"
        taken = next(step["with"] for step in verdict["steps"] if "download-artifact" in step.get("uses", ""))
        kept = {
            step["with"]["name"]: step["with"]["path"]
            for _, step in steps(ROOT / ".github/workflows/ci.yml")
            if "upload-artifact" in step.get("uses", "")
        }
        assert {name.partition("-")[0] for name in kept} == {taken["pattern"].partition("-")[0]}
        assert set(kept.values()) == {taken["path"]} == {".reports/"}

    def test_gives_no_secret_to_what_a_fork_can_start(self) -> None:
        for workflow in WORKFLOWS:
            assert "pull_request_target" not in workflow.read_text()
            if "pull_request" in triggers(workflow.name):
                assert "secrets" not in workflow.read_text()

    @pytest.mark.requirement("S3-3")
    def test_tests_on_every_supported_python_with_postgresql_and_redis(self) -> None:
        testing = jobs()["testing"]
        assert testing["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
        assert set(testing["services"]) == {"postgres", "redis"}

    def test_sets_windows_up_as_the_document_says_and_with_the_same_uv(self) -> None:
        _, install, test = (step["run"] for step in ({"run": ""}, *jobs()[WINDOWS]["steps"]) if "run" in step)
        text = (ROOT / "docs" / "local-setup.md").read_text().replace("\\", "/")
        assert [line for line in install.splitlines()[1:] if line not in text] == []
        version = re.search(r"^UV_VERSION := (.+)$", MAKEFILE, re.M)
        assert version is not None and f"uv=={version[1]}\n" in install
        assert test.startswith(".venv/Scripts/python -m pytest")

    def test_lets_windows_stop_nothing_while_the_documents_call_it_not_verified(self) -> None:
        documents = [
            (ROOT / name).read_text() for name in ("README.md", "docs/local-setup.md", "docs/deploy.md")
        ]
        unverified = all("Windows: not verified" in text for text in documents)
        assert jobs()[WINDOWS].get("continue-on-error", False) is unverified

    def test_grants_no_more_than_reading_and_ends_in_time(self) -> None:
        for job in jobs().values():
            assert job["permissions"] == {"contents": "read"}
            assert job["timeout-minutes"] <= 40

    def test_leaves_no_credentials_behind(self) -> None:
        for _, step in (step for workflow in WORKFLOWS for step in steps(workflow)):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.requirement("S3-5")
@pytest.mark.requirement("S3-9")
class TestRelease:
    def test_starts_with_a_production_tag_alone(self) -> None:
        assert triggers("release.yml") == {"push": {"tags": ["prod/v*"]}}

    def test_builds_only_after_every_check_and_ships_only_what_it_built(self) -> None:
        found = jobs("release.yml")
        assert found["ci"]["uses"] == OWN
        assert {name: job.get("needs") for name, job in found.items()} == {
            "check": None,
            "ci": ["check"],
            "image": ["check", "ci"],
            "deploy": ["check", "image"],
            "release": ["image", "deploy"],
        }
        order = [words[1] for _, words in commands("release.yml") if words[1] in SHIPPING]
        assert order == [
            "release-check",
            "publish-image",
            "deploy",
            "verify-deployment",
            "roll-back",
            "publish-release",
        ]

    def test_never_cancels_a_deployment(self) -> None:
        for part in (content("release.yml"), jobs("release.yml")["deploy"]):
            assert part["concurrency"]["cancel-in-progress"] is False
        assert jobs("release.yml")["deploy"]["concurrency"]["group"] == "production"

    def test_grants_each_job_what_it_does_and_nothing_above_the_jobs(self) -> None:
        assert content("release.yml")["permissions"] == {}
        read = {"contents": "read"}
        signing = {"packages": "write", "id-token": "write", "attestations": "write"}
        assert {name: job["permissions"] for name, job in jobs("release.yml").items()} == {
            "check": read,
            "ci": read,
            "image": {**read, **signing},
            "deploy": read,
            "release": {"contents": "write"},
        }

    def test_opens_the_machine_to_the_environment_production_alone(self) -> None:
        for name, job in jobs("release.yml").items():
            holds = "secrets." in str(job)
            assert holds == (job.get("environment", {}).get("name") == "production"), name

    def test_rolls_back_what_was_deployed_and_is_not_in_good_health(self) -> None:
        found = {step.get("run"): step for step in jobs("release.yml")["deploy"]["steps"]}
        # One that did not get that far was rolled back by scripts/deploy.sh: twice would be one too far.
        wanted = "${{ !success() && steps.deploy.outcome == 'success' }}"
        assert found["make roll-back"]["if"] == wanted
        assert found["make deploy"]["id"] == "deploy"


class TestMakefile:
    def test_says_of_every_target_what_it_is_for(self) -> None:
        assert [name for name, about in TARGETS.items() if not about] == []

    def test_lists_its_targets_and_those_of_every_check(self) -> None:
        printed = run(["make", "help"], ROOT).stdout
        assert [name for name in TARGETS if f"  {name} " not in printed] == []
        assert {check.target for check in CHECKS} <= set(TARGETS)

    @pytest.mark.requirement("S3-6")
    def test_installs_from_the_lock_alone(self) -> None:
        assert "$(UV) sync --frozen" in MAKEFILE
        assert "UV_PYTHON_DOWNLOADS := never" in MAKEFILE

    def test_is_what_ci_calls(self) -> None:
        script = ROOT / ".ci" / "run"
        assert "set -euo pipefail" in script.read_text()
        assert script.read_text().splitlines()[-1] == "exec make ci"
        assert script.stat().st_mode & 0o111

    def test_refuses_an_old_python_and_says_what_to_do(self, tmp_path: Path) -> None:
        old = tmp_path / "old-python"
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
        (tmp_path / "Makefile").write_text(MAKEFILE)
        done = run(["make", "setup", f"PYTHON={old}"], tmp_path)
        assert done.returncode != 0
        assert "make setup PYTHON=python3.12" in done.stdout
