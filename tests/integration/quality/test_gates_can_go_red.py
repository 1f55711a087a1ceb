"""Every gate of CI goes red on what it is there to stop: the real tools, configured as here."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import actionlint, check_coverage, check_lock, check_workflows
from scripts.outcome import NOT_RUN
from tests.integration.quality.tools import BIN, ROOT, configured, run, tool, write

UV = ROOT / ".tools" / "bin" / "uv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository with this one's configuration."""
    return configured(tmp_path)


def assert_red(done: subprocess.CompletedProcess[str], said: str) -> None:
    """Assert that a tool failed, and for the reason that the test is about."""
    assert done.returncode != 0, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.requirement("S3-2")
class TestQuality:
    def test_black(self, folder: Path) -> None:
        write(folder, {"a.py": "x = {  'a':1 }\n"})
        assert_red(tool("black", "--check", ".", folder=folder), "would reformat")

    def test_isort(self, folder: Path) -> None:
        write(folder, {"a.py": "import sys\nimport os\n"})
        assert_red(tool("isort", "--check-only", ".", folder=folder), "incorrectly sorted")

    def test_flake8(self, folder: Path) -> None:
        write(folder, {"a.py": "import os\n"})
        assert_red(tool("flake8", folder=folder), "F401")

    def test_flake8_on_a_long_line(self, folder: Path) -> None:
        write(folder, {"a.py": f"x = '{'y' * 110}'\n"})
        assert_red(tool("flake8", folder=folder), "E501")

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("def f(x):\n    return x\n", "no-untyped-def"),
            ("x: int = 'a'\n", "assignment"),
            ("x = 1  # type: ignore\n", "unused-ignore"),
        ],
    )
    def test_mypy(self, folder: Path, source: str, said: str) -> None:
        write(folder, {"src/a.py": source})
        assert_red(tool("mypy", "--cache-dir=/dev/null", "src/a.py", folder=folder), said)

    def test_yamllint(self, folder: Path) -> None:
        write(folder, {"a.yml": "a: 1\na: 2\n"})
        done = tool("yamllint", "--strict", "--config-file", ".yamllint.yml", ".", folder=folder)
        assert_red(done, "duplication of key")

    def test_generated_pages(self, folder: Path) -> None:
        for name in ("scripts", "tests/support", "src", "docs"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        write(folder, {"docs/conformance.md": "# Everything is done\n"})
        done = run([BIN / "python", "-m", "scripts.write_conformance", "--check"], folder)
        assert_red(done, "Fix them with")

    @pytest.mark.skipif(not UV.exists(), reason="uv is not in .tools, where `make setup` puts it")
    def test_lock(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        shutil.copyfile(ROOT / "uv.lock", folder / "uv.lock")
        project = folder / "pyproject.toml"
        project.write_text(re.sub(r'^version = ".*"', 'version = "9.9.9"', project.read_text(), flags=re.M))
        write(folder, {"README.md": "a\n", "src/tidegate/__init__.py": ""})
        assert check_lock.main(["--uv", str(UV), "--project", str(folder)]) == 1
        assert "does not follow from pyproject.toml" in capfd.readouterr().err


WORKFLOW = """\
name: A
on: [push]
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


@pytest.mark.requirement("S3-1")
class TestWorkflows:
    def lint(self, folder: Path, workflow: str, capfd: pytest.CaptureFixture[str]) -> tuple[bool, str]:
        """Lint a repository with this one workflow."""
        write(folder, {".github/workflows/a.yml": workflow})
        content = check_workflows.lint(folder, BIN)
        printed = capfd.readouterr()
        return content, printed.out + printed.err

    @pytest.mark.parametrize(
        ("find", "replace", "said"),
        [
            ("steps:", "stairs:", "check-jsonschema: not clean"),
            ("name: One\n", "name:   One\n", "yamllint: not clean"),
            ("run: make lint", "run: echo ${{ github.head_ref }}", "zizmor: not clean"),
            ("run: make lint", "run: make lint", ""),
            ("run: make lint", "uses: actions/checkout@v4", "unpinned-uses"),
            ("permissions: {}\n", "permissions: write-all\n", "excessive-permissions"),
            ("run: make lint", "run: rm -r $HOME/$1", "SC2086"),
        ],
        ids=["schema", "yaml", "injection", "none", "pinning", "permissions", "shell"],
    )
    def test_a_workflow(
        self, folder: Path, capfd: pytest.CaptureFixture[str], find: str, replace: str, said: str
    ) -> None:
        # Concurrency and the like are wishes of zizmor's pedantic persona; the plain workflow has them.
        plain = WORKFLOW.replace(
            "on: [push]\n", "on: [push]\nconcurrency: {group: a, cancel-in-progress: true}\n"
        )
        content, printed = self.lint(folder, plain.replace(find, replace), capfd)
        assert content is not bool(said), printed
        assert said in printed

    def test_a_script(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        write(folder, {".ci/run": "#!/usr/bin/env bash\ncd $1\n"})
        content, printed = self.lint(folder, WORKFLOW, capfd)
        assert not content
        assert "SC2164" in printed

    @pytest.mark.parametrize(
        ("find", "replace", "said"),
        [
            ("run: make lint", "run: echo ${{ nope.a }}", 'undefined variable "nope"'),
            ("run: make lint", "run: echo ${{ steps.late.outputs.a }}", 'property "late" is not defined'),
            ("    name: One\n", "    name: One\n    needs: [two]\n", 'needs job "two"'),
            ("run: make lint", "run: make lint", ""),
        ],
        ids=["variable", "step", "job", "none"],
    )
    def test_actionlint(
        self, folder: Path, capfd: pytest.CaptureFixture[str], find: str, replace: str, said: str
    ) -> None:
        (folder / ".tools").symlink_to(ROOT / ".tools")
        write(folder, {".github/workflows/a.yml": WORKFLOW.replace(find, replace)})
        code = actionlint.main(folder)
        printed = capfd.readouterr().out
        if printed.startswith(NOT_RUN):
            pytest.skip(printed.strip())
        assert code == bool(said), printed
        assert said in printed


@pytest.mark.requirement("S3-4")
class TestSecurity:
    def test_bandit(self, folder: Path) -> None:
        write(folder, {"src/a.py": "import subprocess\nsubprocess.run(input(), shell=True)\n"})
        done = tool("bandit", "-q", "--configfile", "pyproject.toml", "-r", "src", folder=folder)
        assert_red(done, "B602")


@pytest.mark.requirement("S3-3")
class TestTesting:
    def run(self, folder: Path, source: str) -> subprocess.CompletedProcess[str]:
        """Run pytest, as configured here, on one test file."""
        write(folder, {"tests/test_a.py": source, "src/.keep": ""})
        return tool("pytest", "-p", "no:cacheprovider", folder=folder)

    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("def test_a():\n    assert 1 == 2\n", "1 failed"),
            ("import warnings\ndef test_a():\n    warnings.warn('old')\n", "UserWarning: old"),
            ("import pytest\n@pytest.mark.unknown\ndef test_a(): pass\n", "'unknown' not found"),
            ("import pytest\n@pytest.mark.xfail\ndef test_a(): pass\n", "XPASS(strict)"),
            ("import no_such_module\n", "1 error"),
            ("", "no tests ran"),
        ],
        ids=["failure", "warning", "mark", "xfail", "import", "nothing"],
    )
    def test_pytest(self, folder: Path, source: str, said: str) -> None:
        assert_red(self.run(folder, source), said)

    @pytest.mark.parametrize(
        ("call", "red"),
        [("f(1)\n    f(0)", []), ("f(1)", ["branches"]), ("pass", ["branches", "lines"])],
        ids=["all", "a branch left out", "lines left out"],
    )
    def test_coverage(
        self, folder: Path, capsys: pytest.CaptureFixture[str], call: str, red: list[str]
    ) -> None:
        lines = "".join(f"    x += {number}\n" for number in range(60))
        source = f"def f(x):\n    if x:\n        x += 1\n{lines}    return x\n"
        write(folder, {"src/tidegate/__init__.py": source})
        test = f"from tidegate import f\n\n\ndef test_f():\n    {call}\n"
        write(folder, {"tests/test_a.py": test})
        measured = tool("coverage", "run", "-m", "pytest", "-p", "no:cacheprovider", folder=folder)
        assert measured.returncode == 0, measured.stdout
        tool("coverage", "combine", folder=folder)
        tool("coverage", "json", "--fail-under=0", "-o", "coverage.json", folder=folder)
        code = check_coverage.main([str(folder / "coverage.json"), str(folder / "pyproject.toml")])
        below = capsys.readouterr().err
        assert code == bool(red)
        assert [what for what in ("branches", "lines") if f"{what}: " in below] == red


class TestHooks:
    @pytest.mark.parametrize(
        ("name", "text", "hook"),
        [
            ("a.py", "import sys\nimport os\n", "isort"),
            ("a.py", "x = {  'a':1 }\n", "black"),
            ("a.py", "import os\n", "flake8"),
            ("src/a.py", "x: int = 'a'\n", "mypy"),
            ("src/a.py", "import subprocess\nsubprocess.run(input(), shell=True)\n", "bandit"),
            ("src/tidegate/domain/a.py", "import flask\n", "import-linter"),
            ("a.yml", "a: 1\na: 2\n", "yamllint"),
            ("a.sh", "#!/bin/sh\ncd $1\n", "shellcheck"),
            ("docs/a.md", "x\n", "generated"),
        ],
    )
    def test_stop_a_bad_file(
        self, folder: Path, name: str, text: str, hook: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The environment's own Tidegate is the checkout's; import-linter is to see the folder's.
        monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
        rooms = ("", "domain", "readers", "kernel", "modules", "cli")
        write(folder, {f"src/tidegate/{room}/__init__.py".replace("//", "/"): "" for room in rooms})
        write(folder, {name: text, "Makefile": "generated:\n\t@echo outdated; exit 1\n"})
        (folder / ".venv").symlink_to(BIN.parent)
        write(folder, {".gitignore": ".venv\n"})
        run(["git", "init", "-q"], folder)
        run(["git", "add", "-A"], folder)
        assert_red(tool("pre-commit", "run", hook, "--all-files", folder=folder), f"hook id: {hook}")
