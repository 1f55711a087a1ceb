"""Runs a script or a folder of tests that may not be there yet: what is absent is NOT RUN, never passed."""

from __future__ import annotations

import subprocess  # nosec B404  # runs this repository's own scripts
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.outcome import NOT_RUN


def main(arguments: Sequence[str]) -> int:
    """Run `PATH [ARGUMENT...]`: a folder with pytest, a script with this Python."""
    path, *rest = arguments
    if not Path(path).exists():
        print(f"{NOT_RUN}{path} is not there yet", flush=True)
        return 1
    if Path(path).is_dir():
        command = [sys.executable, "-m", "pytest", path, *rest]
    else:
        module = ".".join(Path(path).with_suffix("").parts).removesuffix(".__main__")
        command = [sys.executable, "-m", module, *rest]
    return subprocess.run(command, check=False).returncode  # nosec B603  # no shell, names of our own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
