"""One reader under libFuzzer, which looks for input that reaches new lines of it: a process of its own.

`python -m tests.fuzz.target FORMAT FOLDER ARGUMENT...`: FOLDER holds the reports to begin with, the arguments
are libFuzzer's. Whatever is fed to the reader, it gives a possible reading or refuses; all else ends the
process.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import atheris

from tidegate.readers.registry import REGISTRY


def main(arguments: Sequence[str]) -> None:
    """Fuzz a reader until libFuzzer's limits are reached; does not return."""
    format, *rest = arguments
    (row,) = [row for row in REGISTRY if row.format == format]
    with atheris.instrument_imports(include=["tidegate.readers"]):
        importlib.import_module(f"tidegate.readers.{row.module}")
    checks = importlib.import_module("tests.integration.readers.checks")

    def feed(data: bytes) -> None:
        checks.recognised(data)
        checks.outcome(data, format)

    atheris.Setup([sys.argv[0], *rest], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
