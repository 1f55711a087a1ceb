"""Parity of two large tables: a million rows of ten columns, 1 % of them different, beside datacompy.

Both are processes of their own that begin with the files and end with the number of rows that differ.
`BENCH_ROWS` says how many rows there are.
"""

from __future__ import annotations

import os
import random
import re
import subprocess  # nosec B404  # starts this very interpreter
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import scratch
from benchmarks.table import Row

COUNT = int(os.environ.get("BENCH_ROWS", "1000000"))
_COLUMNS = 10
_DIFFERENT = 0.01
_ROUNDS = 3
_PEER = """
import sys
import datacompy
import pandas
left, right = (pandas.read_csv(path, dtype=str) for path in sys.argv[1:])
compared = datacompy.PandasCompare(left, right, join_columns=["component", "environment"])
print(len(compared.all_mismatch()))
"""


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    mebibytes: float
    different: int


def against_datacompy() -> list[Row]:
    """Measure time and peak memory of a comparison, the two of them in turns."""
    with scratch() as folder:
        paths = folder / "declared.csv", folder / "observed.csv"
        different = _write(*paths)
        files = tuple(map(str, paths))
        ours: list[_Run] = []
        theirs: list[_Run] = []
        for _ in range(_ROUNDS):
            ours.append(_run(("-m", "tidegate", "parity", *files), r"(\d+) mismatch", expected=1))
            theirs.append(_run(("-c", _PEER, *files), r"^(\d+)$", expected=0))
    found = {one.different for one in (*ours, *theirs)}
    if found != {different}:
        raise RuntimeError(f"{different} rows differ, and {found} were found")
    seconds = min(one.seconds for one in ours), min(one.seconds for one in theirs)
    memory = max(one.mebibytes for one in ours), max(one.mebibytes for one in theirs)
    ratios = seconds[1] / seconds[0], memory[0] / memory[1]
    what = f"parity of {COUNT:,} rows against as many"
    return [
        Row(what, seconds[0], "s", "datacompy on pandas", seconds[1], ratios[0], ">= 5x", ratios[0] >= 5),
        Row(
            f"{what}, peak", memory[0], "MiB", "datacompy on pandas", memory[1], ratios[1], "<= 0.5x",
            ratios[1] <= 0.5,
        ),
    ]  # fmt: skip


def _write(declared: Path, observed: Path) -> int:
    """Write two tables in order; returns how many of their rows differ, each in one cell."""
    pick = random.Random(1)  # nosec B311  # the same values in each run
    heading = ",".join(["component", "environment", *(f"field{at}" for at in range(_COLUMNS))])
    different = 0
    with declared.open("w", newline="") as left, observed.open("w", newline="") as right:
        print(heading, file=left)
        print(heading, file=right)
        for number in range(COUNT):
            cells = [f"component-{number // 2:07}", ("production", "staging")[number % 2]]
            cells += [f"v{pick.randrange(10**6)}" for _ in range(_COLUMNS)]
            print(",".join(cells), file=left)
            if pick.random() < _DIFFERENT:
                different += 1
                cells[2 + pick.randrange(_COLUMNS)] = "changed"
            print(",".join(cells), file=right)
    return different


def _run(arguments: tuple[str, ...], pattern: str, *, expected: int) -> _Run:
    begun = time.perf_counter()
    process = subprocess.Popen(  # nosec B603  # this interpreter, fixed arguments
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    output = process.stdout.read() if process.stdout is not None else ""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    found = re.findall(pattern, output, re.MULTILINE)
    if process.returncode != expected or not found:
        raise RuntimeError(f"exit code {process.returncode}: {output[-500:]}")
    return _Run(seconds, used.ru_maxrss / 1024, int(found[-1]))


ROWS = (against_datacompy,)
"""The functions that `make bench` calls."""
