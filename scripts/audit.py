"""`make audit`: known vulnerabilities of what is locked, by pip-audit and Safety.

Tidegate reads what they report: a dependency that could not be audited is NOT RUN, and never clean.
"""

from __future__ import annotations

import argparse
import json
import subprocess  # nosec B404  # runs tools of the lock
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.evidence import REPORTS, begin
from scripts.git import GitRepository
from scripts.outcome import not_run
from tidegate.domain.findings import Case, Finding
from tidegate.readers.base import Limits, Source, Unreadable
from tidegate.readers.detect import drain, find_reader, start

LIMIT = 120  # seconds for one tool; a database that does not answer by then is out of reach
TOOLS = {
    "pip-audit": (
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
        "--requirement",
        "{}",
        "--output",
    ),
    "safety": ("check", "--file", "{}", "--save-json"),
}
EVIDENCE = "pip-audit"
"""The tool whose report is evidence: two would count every vulnerability twice."""


def audit(command: Sequence[str], report: Path) -> tuple[list[str], str]:
    """Run a tool; return the vulnerabilities that it reports, and why this is no audit of everything."""
    try:
        done = subprocess.run(  # nosec B603  # no shell, tools of the lock
            command, check=False, capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return [], f"no answer within {LIMIT} s"
    found: list[str] = []

    def keep(item: Finding | Case) -> None:
        if isinstance(item, Finding) and not item.suppressed:
            found.append(item.message)

    try:
        source = Source.of_path(report)
        reading = drain(start(find_reader(source, report.stem), source, Limits(), items=True), keep)
    except Unreadable as unreadable:
        return [], str(unreadable)
    except FileNotFoundError:
        printed = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        return [], (printed or ["it wrote no report"])[-1]
    if reading.measures.get("dependencies.skipped"):
        count = reading.measures["dependencies.skipped"]
        return found, f"{count} dependencies could not be audited{first_reason(report)}"
    return found, reading.why_not or ""


def first_reason(report: Path) -> str:
    """Return what pip-audit says of the first dependency that it could not audit, to stand behind that."""
    try:
        dependencies = json.loads(report.read_text("utf-8"))["dependencies"]
        reasons = [one["skip_reason"] for one in dependencies if "skip_reason" in one]
    except (ValueError, KeyError, TypeError):
        return ""  # another tool's report
    return f"; the first: {reasons[0]}" if reasons else ""


def main(arguments: Sequence[str], tools: Path, folder: Path = REPORTS) -> int:
    """Ask every tool; fail on a vulnerability, and on a tool that did not run where the audit is required."""
    parser = argparse.ArgumentParser(description="Audit the packages of a requirements file.")
    parser.add_argument("requirements")
    options = parser.parse_args(arguments)
    codes = []
    begin(folder, [f"{EVIDENCE}.json"], GitRepository(Path.cwd()))
    with tempfile.TemporaryDirectory(prefix="tidegate-audit-") as made:
        for name, words in TOOLS.items():
            report = Path(made) / f"{name}.json"
            given = [word.format(options.requirements) for word in words]
            found, why_not = audit([str(tools / name), *given, str(report)], report)
            for vulnerability in found:
                print(f"{name}: {vulnerability}", file=sys.stderr)
            if why_not:
                codes.append(not_run("audit", f"{name}: {why_not}"))
            elif name == EVIDENCE:
                (folder / report.name).write_bytes(report.read_bytes())
            codes.append(1 if found else 0)
            if not found and not why_not:
                print(f"{name}: no known vulnerability")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(sys.executable).parent))
