"""`make image-test`: builds the image and tries it, the stack and its deployment with a real engine.

The engine is the one that `docker` reaches: DOCKER_HOST, or the usual socket. ENGINE_ENV may name a file that
a shell reads first, for an engine that is started by something else.
"""

from __future__ import annotations

import os
import shlex
import subprocess  # nosec B404  # asks docker, and runs pytest
import sys
from collections.abc import Mapping, Sequence

from scripts.outcome import not_run

NAME = "image-test"
TESTS = "tests/integration/image"
ASK = ("docker", "version", "--format", "{{.Server.Version}}")
PATIENCE = 20  # seconds for an engine to say that it is there


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that lead to the engine."""
    file = given.get("ENGINE_ENV")
    if not file:
        return dict(given)
    script = f"source {shlex.quote(file)} >&2 && env -0"
    told = subprocess.run(  # nosec B603 B607  # a file that whoever runs this names
        ["bash", "-euc", script], env=given, check=True, capture_output=True, text=True
    )
    return dict(entry.split("=", 1) for entry in told.stdout.split("\0") if entry)


def engine(variables: Mapping[str, str]) -> tuple[bool, str]:
    """Ask the engine for its version; returns whether there is one, and what was said."""
    try:
        asked = subprocess.run(  # nosec B603  # no shell
            ASK, env=variables, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
    except FileNotFoundError:
        return False, "docker is not on this machine"
    except subprocess.TimeoutExpired:
        return False, f"no engine answers within {PATIENCE} s"
    if asked.returncode:
        return False, f"no engine answers: {' '.join(asked.stderr.split())}"
    return True, asked.stdout.strip()


def main(arguments: Sequence[str]) -> int:
    """Run the tests where an engine answers; further arguments are pytest's."""
    try:
        variables = environment(os.environ)
    except subprocess.CalledProcessError as error:
        return not_run(NAME, f"ENGINE_ENV cannot be read: {error.stderr.strip()}")
    there, said = engine(variables)
    if not there:
        return not_run(NAME, said)
    print(f"engine {said}", flush=True)
    command = [sys.executable, "-m", "pytest", "-m", "engine", TESTS, *arguments]
    return subprocess.run(command, env=variables, check=False).returncode  # nosec B603  # no shell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
