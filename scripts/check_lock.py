"""`make lock`: does uv.lock still follow from pyproject.toml? Without an index this cannot be said."""

from __future__ import annotations

import argparse
import re
import subprocess  # nosec B404  # runs the uv of .tools
import sys
from collections.abc import Sequence

from scripts.outcome import not_run

UNREACHABLE = re.compile(
    r"dns error|failed to lookup|error sending request|connection refused|connect error|timed? ?out"
    r"|network connectivity is disabled|failed to fetch|could not connect",
    re.IGNORECASE,
)


def main(arguments: Sequence[str]) -> int:
    """Run `uv lock --check`; tell an index out of reach (NOT RUN) from a lock that is out of date."""
    parser = argparse.ArgumentParser(description="Check uv.lock against pyproject.toml.")
    parser.add_argument("--uv", default=".tools/bin/uv")
    parser.add_argument("--project", default=".")
    options = parser.parse_args(arguments)
    command = [options.uv, "lock", "--check", "--project", options.project]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # nosec B603  # no shell
    said = done.stdout + done.stderr
    print(said, end="")
    if done.returncode == 0:
        return 0
    if UNREACHABLE.search(said):
        return not_run("lock", "the package index cannot be reached")
    print("uv.lock does not follow from pyproject.toml; write it again with `uv lock`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
