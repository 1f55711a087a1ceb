"""Every reader fuzzed for so many seconds, and its reports cut so many times: `python -m tests.fuzz`."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.truncations import reports_of
from tidegate.readers.registry import FORMATS

FOUND = Path(".reports/fuzz")
MOST_MIB = 1024
SLOWEST = 10  # seconds that one input may take, instrumented
GRACE = 60


def fuzz(format: str, seconds: int, found: Path = FOUND) -> str | None:
    """Fuzz one reader; gives what went wrong, and leaves the input that did it in `found`."""
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tidegate-fuzz-") as folder:
        for number, data in enumerate(reports_of(format).values()):
            Path(folder, str(number)).write_bytes(data)
        limits = [
            f"-max_total_time={seconds}",
            f"-rss_limit_mb={MOST_MIB}",
            f"-timeout={SLOWEST}",
            f"-artifact_prefix={found}/{format}-",
            "-max_len=65536",
            "-print_final_stats=1",
        ]
        return _run("target", format, folder, *limits, timeout=seconds + GRACE)


def cut(format: str, count: int) -> str | None:
    """Cut reports of a format at random bytes; gives the cut that was believed."""
    return _run("truncations", format, str(count), timeout=1800)


def _run(module: str, *arguments: str, timeout: int) -> str | None:
    command = [sys.executable, "-m", f"tests.fuzz.{module}", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return f"did not end within {timeout} seconds"
    if done.returncode == 0:
        return None
    return "\n".join((done.stdout + done.stderr).splitlines()[-25:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the formats that are named, or all; 0 where none of them fell, 2 where nothing could be tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="the formats to fuzz; all without any")
    parser.add_argument("--seconds", type=int, default=60, help="for each format, by libFuzzer (default 60)")
    parser.add_argument("--cuts", type=int, default=10_000, help="random cuts of each format's reports")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.formats) - set(FORMATS))
    if unknown:
        parser.error(f"no such format: {', '.join(unknown)}; there are {', '.join(FORMATS)}")
    if importlib.util.find_spec("atheris") is None:
        print("NOT RUN: atheris is not installed: `make fuzz` brings it where it is built for this Python")
        return 2
    fell = []
    for format in options.formats or FORMATS:
        for what, wrong in (
            (f"{options.cuts} cuts", cut(format, options.cuts)),
            (f"{options.seconds} s of fuzzing", fuzz(format, options.seconds)),
        ):
            print(f"{'ok  ' if wrong is None else 'FELL'} {format}: {what}", flush=True)
            if wrong is not None:
                fell.append(format)
                print(wrong, flush=True)
    return 1 if fell else 0


if __name__ == "__main__":
    sys.exit(main())
