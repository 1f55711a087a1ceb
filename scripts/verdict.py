"""`make verdict`: Tidegate judges Tidegate by gates/production.yml, on the reports of its own checks."""

from __future__ import annotations

import argparse
import os
import subprocess  # nosec B404  # runs this repository's own command
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.evidence import REPORTS, made_from, reports
from scripts.git import GitFailed, GitRepository

GATE = Path("gates/production.yml")
COMPONENT, ENVIRONMENT = "tidegate", "production"
LIMIT = 120  # seconds


class NoVerdict(Exception):
    """Why these reports cannot be judged, and what to do."""


def refuse_strangers(folder: Path, tree: str) -> None:
    """Raise `NoVerdict` unless there are reports and each was made from this very tree."""
    found = list(reports(folder))
    if not found:
        raise NoVerdict(f"There is no report in {folder}. Make them: make evidence")
    strangers = [report for report in found if made_from(report) != tree]
    if strangers:
        lines = (
            f"  {one.relative_to(folder)}: made from {made_from(one)[:12] or 'unknown sources'}"
            for one in strangers
        )
        listed = "\n".join(lines)
        raise NoVerdict(f"These reports are not of the sources here ({tree[:12]}):\n{listed}\nmake evidence")


def check(root: Path, folder: Path, gate: Path, summary: str | None = None) -> int:
    """Run `tidegate check` over a folder of reports; returns its exit code, 0 for pass alone."""
    commit = GitRepository(root).answers("rev-parse", "HEAD") or "unknown"
    command = [sys.executable, "-m", "tidegate", "check", "--gate", str(gate), str(folder)]
    command += ["--component", COMPONENT, "--environment", ENVIRONMENT, "--revision", commit]
    if summary:
        command += ["--output", "markdown", "--output-file", summary]
    done = subprocess.run(command, cwd=root, check=False, timeout=LIMIT)  # nosec B603  # no shell
    return done.returncode


def judge(root: Path, folder: Path, gate: Path = GATE, summary: str | None = None) -> int:
    """Judge the reports of these sources; raises `NoVerdict` where they are of others."""
    try:
        tree = GitRepository(root).tree()
    except GitFailed as failed:
        raise NoVerdict(f"Nobody can tell which sources these are: {failed}") from failed
    refuse_strangers(folder, tree)
    return check(root, folder, gate, summary)


def main(arguments: Sequence[str]) -> int:
    """Judge what .reports/ holds; in GitHub Actions the verdict also goes into the job's summary."""
    parser = argparse.ArgumentParser(description="Ask Tidegate whether these sources may ship.")
    parser.add_argument("--reports", type=Path, default=REPORTS)
    parser.add_argument("--gate", type=Path, default=GATE)
    options = parser.parse_args(arguments)
    try:
        code = judge(Path.cwd(), options.reports, options.gate, os.environ.get("GITHUB_STEP_SUMMARY"))
    except NoVerdict as refused:
        print(f"No verdict, so nothing may ship. {refused}", file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
