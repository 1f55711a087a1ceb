"""What the workflows run is what `make ci` runs: make targets that exist, all of them covered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.check_workflows import steps, workflow_files
from scripts.ci import CHECKS
from tests.integration.quality.tools import ROOT, run

WORKFLOWS = workflow_files(ROOT)
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = dict(re.findall(r"^([a-z][a-z-]*):[^=\n]*?(?:## (.*))?$", MAKEFILE, re.M))
NO_CHECKS = {"setup"}  # prepares a machine
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r"# v\d+\.\d+\.\d+$")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield the words of every command of every workflow, with the place where it stands."""
    for workflow in WORKFLOWS:
        for job, step in steps(workflow):
            if "run" in step:
                for line in step["run"].strip().splitlines():
                    yield f"{workflow.name}, {job}", shlex.split(line)


def jobs() -> dict[str, dict[str, Any]]:
    """Return the jobs of the main workflow."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    return found


class TestCommands:
    @pytest.mark.parametrize(("place", "words"), list(commands()))
    def test_are_make_targets_that_exist(self, place: str, words: list[str]) -> None:
        assert words[0] == "make", place
        assert words[1] in TARGETS, place

    def test_are_all_covered_by_make_ci(self) -> None:
        here = {(check.target, *check.arguments) for check in CHECKS}
        there = {tuple(words[1:]) for _, words in commands() if words[1] not in NO_CHECKS}
        assert there <= here

    def test_leave_out_nothing_that_make_ci_runs_but_what_has_no_wheel(self) -> None:
        here = {check.target for check in CHECKS}
        assert here - {words[1] for _, words in commands()} == {"actionlint"}

    def test_never_let_a_check_be_left_out_where_it_can_be_required(self) -> None:
        text = (ROOT / ".github/workflows/ci.yml").read_text()
        assert 'REQUIRE_AUDIT: "1"' in text
        assert 'REQUIRE_LOCK: "1"' in text


class TestWorkflow:
    @pytest.mark.requirement("S3-7")
    @pytest.mark.requirement("S3-8")
    def test_has_the_three_stages_on_main_and_on_pull_requests(self) -> None:
        # YAML 1.1 reads the key `on` as true.
        content = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
        assert content[True] == {"push": {"branches": ["main"]}, "pull_request": None}
        assert set(content["jobs"]) == {"quality", "testing", "security"}

    @pytest.mark.requirement("S3-3")
    def test_tests_on_every_supported_python_with_postgresql_and_redis(self) -> None:
        testing = jobs()["testing"]
        assert testing["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
        assert set(testing["services"]) == {"postgres", "redis"}

    def test_grants_no_more_than_reading_and_ends_in_time(self) -> None:
        for job in jobs().values():
            assert job["permissions"] == {"contents": "read"}
            assert job["timeout-minutes"] <= 40

    def test_pins_actions_by_commit_and_names_their_version(self) -> None:
        for workflow in WORKFLOWS:
            for line in workflow.read_text().splitlines():
                if "uses:" in line:
                    assert PINNED.search(line), line
                    assert VERSION.search(line), line

    def test_leaves_no_credentials_behind(self) -> None:
        for _, step in steps(ROOT / ".github/workflows/ci.yml"):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


class TestMakefile:
    def test_says_of_every_target_what_it_is_for(self) -> None:
        assert [name for name, about in TARGETS.items() if not about] == []

    def test_lists_its_targets(self) -> None:
        printed = run(["make", "help"], ROOT).stdout
        assert [name for name in TARGETS if f"  {name} " not in printed] == []

    def test_knows_every_check(self) -> None:
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
