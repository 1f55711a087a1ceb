"""Reports of this repository's own checks: kept in .reports/, with the tree of sources they were made from.

python -m scripts.evidence flake8            run a check, show what it says, keep its report
python -m scripts.evidence begin junit.xml   forget a report; what is written there next is of these sources
"""

from __future__ import annotations

import subprocess  # nosec B404  # runs tools of the lock
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.git import GitFailed, GitRepository

REPORTS = Path(".reports")
SEALS = ".made-from"
"""The folder beside reports that holds, under the same name, the tree that each was made from."""


@dataclass(frozen=True, slots=True)
class ReportingTool:
    """A check whose report counts: how it is called, and the report that it writes or prints."""

    arguments: tuple[str, ...]
    report: str
    prints: bool = True


TOOLS = {
    # --benchmark: flake8 alone writes nothing when it finds nothing, and nothing proves nothing.
    "flake8": ReportingTool(("--benchmark", "--count"), "flake8.txt"),
    "mypy": ReportingTool((), "mypy.txt"),
    "bandit": ReportingTool(
        ("--quiet", "--configfile", "pyproject.toml", "--recursive", "src", "scripts", "--format", "json")
        + ("--output", str(REPORTS / "bandit.json")),
        "bandit.json",
        prints=False,
    ),
}


def begin(folder: Path, names: Sequence[str], sources: GitRepository) -> None:
    """Forget the reports of these names and note the tree that the next ones are made from.

    Noted before the tool runs: sources that change meanwhile make the report one of other sources.
    """
    (folder / SEALS).mkdir(parents=True, exist_ok=True)
    try:
        tree = sources.tree()
    except GitFailed:
        tree = ""  # a check also runs in a copy without history; its report proves nothing then
    for name in names:
        (folder / name).unlink(missing_ok=True)
        (folder / SEALS / name).write_text(f"{tree}\n", "utf-8")


def reports(folder: Path) -> Iterator[Path]:
    """Yield the reports of a folder and of the folders in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def made_from(report: Path) -> str:
    """Return the tree that a report was made from; empty where nobody noted it."""
    seal = report.parent / SEALS / report.name
    return seal.read_text("utf-8").strip() if seal.is_file() else ""


def run(name: str, root: Path) -> int:
    """Run a check in the repository, show what it says and keep it; returns the tool's exit code."""
    tool = TOOLS[name]
    begin(root / REPORTS, [tool.report], GitRepository(root))
    done = subprocess.run(  # nosec B603  # no shell, tools of the lock
        [sys.executable, "-m", name, *tool.arguments],
        cwd=root,
        check=False,
        stdout=subprocess.PIPE if tool.prints else None,
        text=True,
    )
    report = root / REPORTS / tool.report
    if tool.prints:
        report.write_text(done.stdout, "utf-8")
        print(done.stdout, end="", flush=True)
    elif done.returncode == 1:
        _show(report)
    return done.returncode


def _show(report: Path) -> None:
    """Show the findings of a report that no person can read."""
    subprocess.run(  # nosec B603  # no shell, our own command
        [sys.executable, "-m", "tidegate", "read", "--all", str(report)], check=False
    )


def main(arguments: Sequence[str]) -> int:
    """Run a check, or begin reports that other commands write."""
    if len(arguments) == 1 and arguments[0] in TOOLS:
        return run(arguments[0], Path.cwd())
    if len(arguments) > 1 and arguments[0] == "begin":
        begin(REPORTS, arguments[1:], GitRepository(Path.cwd()))
        return 0
    print(f"usage: python -m scripts.evidence {'|'.join(TOOLS)} | begin REPORT...", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
