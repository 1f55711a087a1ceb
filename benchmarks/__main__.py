"""`python -m benchmarks`: measure every row, print one table, and fail where a target is not met."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import os
import pkgutil
import platform
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.table import Row

Measurement: TypeAlias = "Callable[[], Row | list[Row]]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one measurement: its row, or the reason why there is none, which is a failure too."""

    module: str
    name: str
    row: Row | None = None
    not_run: str | None = None

    @property
    def met(self) -> bool:
        """Tell whether the target is met; what was not measured meets nothing."""
        return self.row is not None and self.row.met


def collect() -> list[tuple[str, Measurement]]:
    """Return every function in the `ROWS` of every module here, with the module's name."""
    found: list[tuple[str, Measurement]] = []
    for module in sorted(each.name for each in pkgutil.iter_modules(benchmarks.__path__)):
        if module.startswith("_"):
            continue
        rows = getattr(importlib.import_module(f"benchmarks.{module}"), "ROWS", ())
        found.extend((module, measure) for measure in rows)
    return found


def chosen(found: Iterable[tuple[str, Measurement]], only: Sequence[str]) -> list[tuple[str, Measurement]]:
    """Keep what is named in part: `server`, or `server.submissions`; everything where nothing is named."""
    return [
        (module, measure)
        for module, measure in found
        if not only or any(word in f"{module}.{measure.__name__}" for word in only)
    ]


def measured(module: str, measure: Measurement) -> list[Outcome]:
    """Run one measurement. A boundary: whatever goes wrong in it is reported and hides no other."""
    try:
        rows = measure()
    except Exception as error:  # a boundary, see above
        traceback.print_exc()
        return [Outcome(module, measure.__name__, not_run=f"{type(error).__name__}: {error}")]
    return [Outcome(module, row.name, row) for row in (rows if isinstance(rows, list) else [rows])]


def machine() -> dict[str, object]:
    """Say what the numbers were measured on, and how busy it was."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(each, 2) for each in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def table(outcomes: Iterable[Outcome]) -> Table:
    """Lay the outcomes out, one line each."""
    made = Table(title="Speed against peers, as ratios measured in one run")
    for heading in ("what", "measured", "peer", "its value", "ratio", "target", "met"):
        made.add_column(heading, justify="right" if heading in ("measured", "its value", "ratio") else "left")
    for outcome in outcomes:
        row = outcome.row
        if row is None:
            made.add_row(f"{outcome.module}.{outcome.name}", "NOT RUN", outcome.not_run, "", "", "", "no")
            continue
        values = (f"{_number(row.measured)} {row.unit}", row.peer, f"{_number(row.peer_value)} {row.unit}")
        made.add_row(row.name, *values, f"{row.ratio:.2f}", row.target, "yes" if row.met else "NO")
    return made


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main(arguments: Sequence[str] | None = None, found: list[tuple[str, Measurement]] | None = None) -> int:
    """Measure, print, write what `--output` names; 0 where every target is met, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="part of MODULE.FUNCTION")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the results as JSON")
    asked = parser.parse_args(arguments)
    wanted = chosen(collect() if found is None else found, asked.only)
    if not wanted:
        print(f"There is no measurement named like {', '.join(asked.only)}.", file=sys.stderr)
        return 2
    before = machine()
    outcomes: list[Outcome] = []
    for module, measure in wanted:
        print(f"measuring {module}.{measure.__name__} ...", file=sys.stderr, flush=True)
        outcomes.extend(measured(module, measure))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table(outcomes))
    console.print(f"Measured on {before}; load at the end {machine()['load']}.", highlight=False)
    missed = [outcome for outcome in outcomes if not outcome.met]
    console.print(f"{len(outcomes) - len(missed)} of {len(outcomes)} targets are met.")
    if asked.output is not None:
        results = [{**dataclasses.asdict(outcome), "met": outcome.met} for outcome in outcomes]
        document = {"machine": before, "results": results}
        asked.output.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    # Whoever ends it ends what it started as well: servers are stopped, databases dropped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
