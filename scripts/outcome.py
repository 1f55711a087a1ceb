"""How a check says that it could not run: one line that starts with `NOT RUN: `, and an exit code.

python -m scripts.outcome NAME WHY    for checks that are no script
"""

from __future__ import annotations

import os
import sys

NOT_RUN = "NOT RUN: "


def required(name: str) -> bool:
    """Tell whether `REQUIRE_<NAME>=1` makes a check that did not run a failure."""
    return os.environ.get(f"REQUIRE_{name.upper().replace('-', '_')}", "") == "1"


def not_run(name: str, why: str) -> int:
    """Print that a check did not run and why; return the exit code that its being required asks for."""
    print(f"{NOT_RUN}{name}: {why}", flush=True)
    return 1 if required(name) else 0


if __name__ == "__main__":
    sys.exit(not_run(*sys.argv[1:]))
