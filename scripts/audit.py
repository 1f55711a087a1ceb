"""`make audit`: known holes in what is locked (pip-audit, safety); what could not be looked up is NOT RUN."""

from __future__ import annotations

import json
import subprocess  # nosec B404  # runs tools of the lock
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.evidence import REPORTS, begin
from scripts.git import Repository
from scripts.outcome import not_run

LIMIT = 120  # seconds for one tool; a database that does not answer by then is out of reach
EVIDENCE = "pip-audit.json"
OWN = "tidegate"  # is on no index, so nobody can know holes in it


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool answered: the holes it names, or why its answer does not count as an audit."""

    holes: tuple[str, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """What running a tool gave; `code` is nothing when it was stopped for time."""

    code: int | None
    out: str
    err: str


Runner = Callable[[Sequence[str]], Printed]


def run(command: Sequence[str]) -> Printed:
    """Run a tool to its end or for `LIMIT` seconds."""
    try:
        done = subprocess.run(  # nosec B603  # no shell, tools of the lock
            command, check=False, capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return Printed(None, "", f"no answer within {LIMIT} s")
    return Printed(done.returncode, done.stdout, done.stderr)


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def read_pip_audit(printed: Printed) -> Said:
    """Read pip-audit's JSON; one package that it could not look up makes the audit incomplete."""
    try:
        listed = json.loads(printed.out)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return Said(why_not=last_line(printed.err))
    skipped = [entry["name"] for entry in listed if "skip_reason" in entry and entry["name"] != OWN]
    holes = tuple(
        f"{entry['name']} {entry['version']}: {hole['id']}"
        for entry in listed
        for hole in entry.get("vulns", ())
    )
    if skipped or not listed:
        why = f"{len(skipped)} of {len(listed)} packages are unknown to its database, such as {skipped[:1]}"
        return Said(holes, why)
    return Said(holes)


def read_safety(printed: Printed) -> Said:
    """Read Safety's JSON; a traceback or a page of text in its place is no audit."""
    start = printed.out.find("{")
    try:
        report = json.loads(printed.out[start:]) if start >= 0 else None
    except json.JSONDecodeError:
        report = None
    if not isinstance(report, dict) or not isinstance(report.get("vulnerabilities"), list):
        return Said(why_not=last_line(printed.err))
    holes = tuple(
        f"{hole.get('package_name')} {hole.get('analyzed_version')}: {hole.get('vulnerability_id')}"
        for hole in report["vulnerabilities"]
    )
    scanned = report.get("scanned_packages")
    return Said(holes, "" if scanned else "it scanned no package")


def tools(bin_folder: Path) -> tuple[tuple[str, tuple[str, ...], Callable[[Printed], Said]], ...]:
    """Name the tools, how each is called and how its answer is read."""
    pip_audit = (str(bin_folder / "pip-audit"), "--local", "--progress-spinner=off", "--format=json")
    safety = (str(bin_folder / "safety"), "check", "--json")
    return (("pip-audit", pip_audit, read_pip_audit), ("safety", safety, read_safety))


def main(runner: Runner = run, bin_folder: Path | None = None, folder: Path = REPORTS) -> int:
    """Ask every tool; fail on a hole, and on a tool that did not run where the audit is required."""
    codes = []
    begin(folder, [EVIDENCE], Repository(Path.cwd()))
    for name, command, read in tools(bin_folder or Path(sys.executable).parent):
        printed = runner(command)
        said = read(printed)
        # One tool's report is evidence: two would count every hole twice.
        if name == "pip-audit" and not said.why_not:
            (folder / EVIDENCE).write_text(printed.out, "utf-8")
        for hole in said.holes:
            print(f"{name}: {hole}", file=sys.stderr)
        if said.holes:
            codes.append(1)
        elif said.why_not:
            codes.append(not_run("audit", f"{name}: {said.why_not}"))
        else:
            print(f"{name}: no known hole")
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
