"""`make verify-deployment`: does the release that was deployed answer, and is it the one that was meant?

Waits, within a bound, until one check finds it all at once: /readyz and /health say yes, and /status names
the released version and commit. Needs Python alone, so that a deployment need not wait for an installation.

Exit codes: 0 it does, 1 it did not within the time, 2 wrong use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

ONE_REQUEST = 10.0  # seconds
PAUSE = 1.0  # seconds between two checks
_MOST_BYTES = 1024 * 1024


class NotYet(Exception):
    """What a check found that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the release is to answer, and what it is."""

    url: str
    version: str
    commit: str


def check(expected: Expected, timeout: float) -> None:
    """Check once; raises `NotYet` with the first thing that is not as it should be."""
    for path in ("/readyz", "/health"):
        status, answer = _ask(f"{expected.url}{path}", timeout)
        if status != 200 or answer.get("status") != "pass":
            raise NotYet(f"{path} answers {status}: {_failing(answer)}")
    _, answer = _ask(f"{expected.url}/status", timeout)
    for name, due in (("version", expected.version), ("commit", expected.commit)):
        if answer.get(name) != due:
            raise NotYet(
                f"/status tells {name} {answer.get(name)!r} and not {due!r}: another release answers"
            )


def _ask(url: str, timeout: float) -> tuple[int, dict[str, Any]]:
    try:
        try:
            with urlopen(url, timeout=timeout) as response:  # nosec B310  # http and https alone: see main
                status, body = response.status, response.read(_MOST_BYTES)
        except HTTPError as refused:
            with refused:
                status, body = refused.code, refused.read(_MOST_BYTES)
    except (OSError, HTTPException) as error:
        raise NotYet(f"{url} does not answer: {getattr(error, 'reason', None) or error}") from error
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return status, answer if isinstance(answer, dict) else {}


def _failing(answer: dict[str, Any]) -> str:
    checks = answer.get("checks")
    failing = [
        f"{name}: {entry.get('output', 'fails')}"
        for name, entries in (checks if isinstance(checks, dict) else {}).items()
        for entry in entries
        if entry.get("status") == "fail"
    ]
    return "; ".join(failing) or f"status {answer.get('status')!r}"


def wait(
    expected: Expected,
    within: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Check until everything is as it should be; returns nothing, or what was wrong when time was up."""
    until = now() + within
    last = ""
    while True:
        try:
            check(expected, min(ONE_REQUEST, max(until - now(), 0.1)))
        except NotYet as found:
            if str(found) != last:
                print(found, flush=True)
            last = str(found)
        else:
            return ""
        if now() + PAUSE > until:
            return last
        sleep(PAUSE)


def main(arguments: Sequence[str]) -> int:
    """Wait for the release at a URL; in GitHub Actions the outcome also goes into the job's summary."""
    parser = argparse.ArgumentParser(
        description="Wait until a deployed release answers and is the right one."
    )
    parser.add_argument("url", help="where users reach it, such as https://tidegate.example.org")
    parser.add_argument("--version", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--within", type=float, default=180, metavar="SECONDS")
    options = parser.parse_args(arguments)
    if urlsplit(options.url).scheme not in ("http", "https") or not urlsplit(options.url).hostname:
        parser.error(f"{options.url!r} is not the URL of a server, such as https://tidegate.example.org")
    expected = Expected(options.url.rstrip("/"), options.version, options.commit)
    wrong = wait(expected, options.within)
    if wrong:
        message = (
            f"{expected.url} was not release {expected.version} in good health within {options.within:g} s."
        )
        message += f" Last seen: {wrong}"
    else:
        message = (
            f"{expected.url} is release {expected.version} (commit {expected.commit[:12]}), in good health."
        )
    print(message, file=sys.stderr if wrong else sys.stdout)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{'❌' if wrong else '✅'} {message}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
