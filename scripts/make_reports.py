"""Write real reports of a Python project: pytest with coverage, flake8, mypy and bandit."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess  # nosec B404  # runs tools of the lock
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Codes with which a tool says that it did its work, with and without findings.
DID_ITS_WORK = (0, 1)
LIMIT = 120  # seconds for one tool


@dataclass(frozen=True, slots=True)
class SampleTool:
    """One tool: how it is called in the project, and the report that its standard output is, if it is one."""

    name: str
    arguments: tuple[str, ...]
    stdout: str = ""


class ToolFailed(Exception):
    """A tool did not do its work, so that there is no report of it."""


def tools(out: Path) -> tuple[SampleTool, ...]:
    """Name the tools in the order of running."""
    return (
        SampleTool(
            "coverage",
            ("run", "--branch", "--source=src", "-m", "pytest", "-q", "-p", "no:cacheprovider")
            + (f"--junit-xml={out / 'junit.xml'}",),
        ),
        # One format alone: reports in different files count together, and this run is to count once.
        SampleTool("coverage", ("xml", "-q", "-o", str(out / "coverage.xml"))),
        # --benchmark: flake8 alone writes nothing when it finds nothing, and nothing proves nothing.
        SampleTool("flake8", ("--benchmark", "--count", "src", "tests"), "flake8.txt"),
        SampleTool("mypy", ("--strict", "--cache-dir", os.devnull, "src"), "mypy.txt"),
        SampleTool("bandit", ("-q", "-r", "src", "-f", "json", "-o", str(out / "bandit.json"))),
    )


def run(tool: SampleTool, project: Path, out: Path) -> int:
    """Run a tool in the project; raises `ToolFailed` unless it says that it did its work."""
    environment = {
        **os.environ,
        "COVERAGE_FILE": str(out / ".coverage"),
        "PYTHONPATH": str(project / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_COLOR": "1",
    }
    for inherited in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTEST_ADDOPTS", "FORCE_COLOR"):
        environment.pop(inherited, None)
    if importlib.util.find_spec(tool.name) is None:
        # Python itself would end with 1, as a tool does that has findings.
        raise ToolFailed(
            f"{tool.name} is not installed for {sys.executable}: make setup, then .venv/bin/python"
        )
    done = subprocess.run(  # nosec B603  # no shell, tools of the lock
        [sys.executable, "-m", tool.name, *tool.arguments],
        cwd=project,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    if done.returncode not in DID_ITS_WORK:
        raise ToolFailed(f"{tool.name} ended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    if tool.stdout:
        (out / tool.stdout).write_text(done.stdout, "utf-8")
    return done.returncode


def make(project: Path, out: Path) -> list[Path]:
    """Run every tool on a project with `src/` and `tests/`; return the reports."""
    project, out = project.resolve(), out.resolve()
    if not (project / "src").is_dir():
        raise ToolFailed(f"{project} has no folder src")
    out.mkdir(parents=True, exist_ok=True)
    for tool in tools(out):
        run(tool, project, out)
    (out / ".coverage").unlink(missing_ok=True)
    return sorted(path for path in out.iterdir() if path.is_file())


def main(arguments: Sequence[str]) -> int:
    """Write the reports of PROJECT into OUT and name them."""
    parser = argparse.ArgumentParser(
        description="Run pytest, coverage, flake8, mypy and bandit on a project."
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    try:
        for report in make(options.project, options.out):
            print(report)
    except ToolFailed as failed:
        print(failed, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
