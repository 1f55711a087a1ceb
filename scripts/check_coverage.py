"""The coverage gate: lines and branches, each for itself, at least `fail_under` of pyproject.toml."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path


def share(covered: int, total: int) -> float | None:
    """Return a percentage, or nothing where there was nothing to cover."""
    return 100 * covered / total if total else None


def problems(report: Path, least: float) -> list[str]:
    """List what is below the gate in a JSON report of coverage.py; what was not measured is below it."""
    totals = json.loads(report.read_text())["totals"]
    found = []
    for what, covered, total in (
        ("lines", totals["covered_lines"], totals["num_statements"]),
        ("branches", totals.get("covered_branches", 0), totals.get("num_branches", 0)),
    ):
        percent = share(covered, total)
        if percent is None:
            found.append(f"{what}: nothing was measured")
        elif percent < least:
            found.append(f"{what}: {percent:.2f} % covered, at least {least:g} % asked")
        else:
            print(f"{what}: {percent:.2f} % covered ({covered} of {total})")
    return found


def main(arguments: Sequence[str]) -> int:
    """Judge the report that is named, by the gate in `pyproject.toml` or in a file named after it."""
    configuration = Path(arguments[1] if len(arguments) > 1 else "pyproject.toml")
    least = tomllib.loads(configuration.read_text())["tool"]["coverage"]["report"]["fail_under"]
    found = problems(Path(arguments[0]), float(least))
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
