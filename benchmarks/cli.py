"""How long `tidegate check` takes as a whole process, and how much memory, on five ordinary reports.

The peer is the least that any such command costs in Python: a process that imports json and ElementTree, and
one that says hello by click, their times added. All three take turns; times are medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess  # nosec B404  # starts this very interpreter
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.readers_xml import write_junit
from benchmarks.table import Row
from tidegate.readers.registry import FORMATS

ROUNDS = 15
MOST_TIMES = 4.0
MOST_MIB = 60.0
MOST_FOR_FORMATS = 1.05

_GATE = Path(__file__).resolve().parent.parent / "gates" / "production.yml"
_CHECK = "from tidegate.cli import main; main()"
_FIRST_SIXTEEN = """
from tidegate.readers import registry

known = (
    "junit cobertura jacoco coveragepy sarif bandit pylint-json ruff-json mypy-json safety pip-audit"
    " cyclonedx lcov pylint-text mypy-text flake8"
).split()
registry.REGISTRY = tuple(row for row in registry.REGISTRY if row.format in known)
registry.FORMATS = tuple(known)
from tidegate.cli import main
main()
"""
_PARSERS = "import json, xml.etree.ElementTree"
_HELLO = """
import click

@click.command()
@click.option("--name", default="world")
def hello(name):
    click.echo(f"Hello {name}")

hello()
"""
# Not getrusage: its peak is handed down from the process that started this one.
_MEMORY = """
import atexit, sys
from pathlib import Path

def tell():
    status = Path("/proc/self/status").read_text()
    print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), file=sys.stderr)

atexit.register(tell)
from tidegate.cli import main
main()
"""


def write_reports(folder: Path) -> None:
    """Write what a pipeline of an ordinary component leaves: tests, coverage, lint, types, security."""
    write_junit(folder / "junit.xml", 500)
    files = {f"src/part_{n}.py": _covered(n) for n in range(60)}
    totals = {"covered_lines": 60 * 95, "num_statements": 60 * 100, "percent_covered": 95.0}
    coverage = {"meta": {"format": 3, "version": "7.13.0"}, "files": files, "totals": totals}
    (folder / "coverage.json").write_text(json.dumps(coverage), "utf-8")
    lint = "".join(f"src/part_{n}.py:{n + 1}:111: E501 line too long (112 > 110)\n" for n in range(40))
    (folder / "flake8.txt").write_text(lint, "utf-8")
    (folder / "mypy.txt").write_text("Success: no issues found in 60 source files\n", "utf-8")
    metrics = {"_totals": {"loc": 6000, "nosec": 0}}
    bandit = {"errors": [], "generated_at": "2026-11-21T02:26:48Z", "metrics": metrics, "results": []}
    (folder / "bandit.json").write_text(json.dumps(bandit), "utf-8")


def _covered(number: int) -> dict[str, object]:
    summary = {"covered_lines": 95, "num_statements": 100, "percent_covered": 95.0, "missing_lines": 5}
    executed = [line for line in range(1, 101) if line % 20 != number % 20]
    return {"executed_lines": executed, "missing_lines": [], "summary": summary}


def check_time() -> Row:
    """Measure the whole process against the two that it cannot be cheaper than."""
    with tempfile.TemporaryDirectory(prefix="tidegate-") as name:
        write_reports(Path(name))
        arguments = ("check", "--gate", str(_GATE), ".")
        ours: list[float] = []
        least: list[float] = []
        for _ in range(ROUNDS):
            ours.append(_seconds(name, "-c", _CHECK, *arguments))
            least.append(_seconds(name, "-c", _PARSERS) + _seconds(name, "-c", _HELLO))
    taken, peer = statistics.median(ours) * 1000, statistics.median(least) * 1000
    ratio = taken / peer
    peer_name = "json and ElementTree, plus a click hello"
    limit = f"<= {MOST_TIMES:g}x"
    return Row("check of five reports", taken, "ms", peer_name, peer, ratio, limit, ratio <= MOST_TIMES)


def check_memory() -> Row:
    """Measure the peak memory of the same process."""
    with tempfile.TemporaryDirectory(prefix="tidegate-") as name:
        write_reports(Path(name))
        peaks = []
        for _ in range(5):
            done = _run(name, "-c", _MEMORY, "check", "--gate", str(_GATE), ".")
            peaks.append(int(done.stderr.split()[-1]) / 1024)
    peak = statistics.median(peaks)
    limit = f"<= {MOST_MIB:g} MiB"
    return Row("memory of the same", peak, "MiB", "limit", MOST_MIB, peak / MOST_MIB, limit, peak <= MOST_MIB)


def check_formats() -> Row:
    """Measure the process that knows every format against one that knows the first sixteen alone."""
    with tempfile.TemporaryDirectory(prefix="tidegate-") as name:
        write_reports(Path(name))
        arguments = ("check", "--gate", str(_GATE), ".")
        every: list[float] = []
        some: list[float] = []
        for _ in range(ROUNDS):
            every.append(_seconds(name, "-c", _CHECK, *arguments))
            some.append(_seconds(name, "-c", _FIRST_SIXTEEN, *arguments))
    taken, peer = statistics.median(every) * 1000, statistics.median(some) * 1000
    ratio = taken / peer
    what = f"check with {len(FORMATS)} formats"
    limit = f"<= {MOST_FOR_FORMATS:g}x"
    return Row(what, taken, "ms", "with the first 16", peer, ratio, limit, ratio <= MOST_FOR_FORMATS)


def _seconds(folder: str, *arguments: str) -> float:
    start = time.perf_counter()
    _run(folder, *arguments)
    return time.perf_counter() - start


def _run(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # As installed: with byte code at hand, and without what makes every start slower under measurement.
    wanted = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COVERAGE"))}
    done = subprocess.run(  # nosec B603  # this interpreter, fixed arguments
        [sys.executable, *arguments],
        cwd=folder,
        env=wanted,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # A verdict that is no pass is as good an end as one that is.
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return done


ROWS = (check_time, check_memory, check_formats)
"""The functions that `make bench` calls, one row each."""
