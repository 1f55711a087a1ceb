"""`make ci`: runs every check to the end, whatever failed before it, and says in a table what held."""

from __future__ import annotations

import os
import re
import signal
import subprocess  # nosec B404  # runs this repository's own make targets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from scripts.outcome import NOT_RUN, required

CLOSING = re.compile(r"^=* ?((?:\d+ [a-z]+,? ?)+) in [\d.]+s.*$")
CODES = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Check:
    """One make target. `optional`: that it could not run is said, and stops nothing unless required."""

    target: str
    arguments: tuple[str, ...] = ()
    optional: bool = False
    proves_tests: bool = False  # passes only if pytest's closing line was seen
    limit: int = 600  # seconds; a check without an end has failed


# The order is the order of running: what is quick and often red comes first.
CHECKS = (
    Check("format-check"),
    Check("lint"),
    Check("contracts"),
    Check("migrations-lint"),
    Check("types"),
    Check("security"),
    Check("workflows"),
    Check("actionlint", optional=True),
    Check("manifests", optional=True),
    Check("deployment", optional=True),
    Check("lock"),
    Check("generated"),
    Check("coverage", proves_tests=True, limit=2700),
    Check("drills", proves_tests=True, limit=1800),
    Check("migrations", proves_tests=True),
    Check("openapi"),
    Check("api-clients", optional=True),
    Check("attestations", optional=True, proves_tests=True),
    Check("schemathesis", proves_tests=True, limit=1200),
    Check("docs", proves_tests=True),
    Check("demo", ("ARGS=--exit",)),
    Check("image-test", optional=True, proves_tests=True, limit=1200),
    Check("audit", optional=True, limit=300),
    Check("sbom"),
    # Last: it judges the reports that the checks above have left.
    Check("verdict"),
)


# Together they run every test once; the other targets that run some name a part of it.
ALL_TESTS = ("coverage", "drills", "schemathesis")


class CheckState(Enum):
    """What can be said of a check afterwards."""

    PASS = "PASS"  # nosec B105  # a state, not a password
    FAIL = "FAIL"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True, slots=True)
class Ran:
    """What running a command gave; the code is `None` when it was stopped for time."""

    code: int | None
    lines: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The row of one check in the table."""

    check: Check
    state: CheckState
    why: str
    seconds: float
    closing: str = ""

    @property
    def blocks(self) -> bool:
        """Say whether the whole run is red because of this check."""
        if self.state is CheckState.NOT_RUN:
            return not self.check.optional or required(self.check.target)
        return self.state is CheckState.FAIL


Runner = Callable[[Sequence[str], int], Ran]


def closing_line(lines: Sequence[str]) -> str:
    """Return the last `N passed, N failed` that pytest printed, without the time, or nothing."""
    found = ""
    for line in lines:
        match = CLOSING.match(CODES.sub("", line).strip())
        if match and re.search(r"\b(passed|failed|error|errors)\b", match[1]):
            found = match[1].strip()
    return found


def judge(check: Check, ran: Ran) -> CheckResult:
    """Say what a run means; whatever does not clearly say that it passed has not passed."""
    closing = closing_line(ran.lines) if check.proves_tests else ""
    reasons = [line.removeprefix(NOT_RUN).strip() for line in ran.lines if line.startswith(NOT_RUN)]
    if ran.code is None:
        return CheckResult(check, CheckState.FAIL, f"no end within {check.limit} s", ran.seconds, closing)
    # An optional check that fails although it need not run has found something beside what did not run.
    if ran.code != 0 and (not reasons or (check.optional and not required(check.target))):
        return CheckResult(check, CheckState.FAIL, closing or f"exit code {ran.code}", ran.seconds, closing)
    if reasons:
        return CheckResult(check, CheckState.NOT_RUN, "; ".join(reasons), ran.seconds, closing)
    if check.proves_tests and not closing:
        return CheckResult(check, CheckState.FAIL, "pytest's closing line is missing", ran.seconds)
    return CheckResult(check, CheckState.PASS, closing, ran.seconds, closing)


def run(command: Sequence[str], limit: int) -> Ran:
    """Run a command in a process group of its own, show and keep its output, stop it after `limit` s."""
    start = time.monotonic()
    late = threading.Event()
    process = subprocess.Popen(  # nosec B603  # no shell, targets of our own
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # The tests take a missing PostgreSQL for a failure where CI is said.
        env={**os.environ, "CI": "true"},
        start_new_session=True,
    )

    def stop() -> None:
        late.set()
        stop_group(process)

    timer = threading.Timer(limit, stop)
    timer.start()
    lines: list[str] = []
    with process:
        try:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                lines.append(line.rstrip("\n"))
            code = process.wait()
        finally:
            timer.cancel()
            if process.poll() is None:
                stop_group(process)
    return Ran(None if late.is_set() else code, tuple(lines), time.monotonic() - start)


def stop_group(process: subprocess.Popen[str]) -> None:
    """End a check with everything that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.poll()


def run_all(checks: Sequence[Check], runner: Runner) -> list[CheckResult]:
    """Run every check, also after one that failed."""
    outcomes = []
    for check in checks:
        print(f"\n=== make {check.target} ===", flush=True)
        ran = runner(("make", check.target, *check.arguments), check.limit)
        outcomes.append(judge(check, ran))
    return outcomes


def together(closings: Sequence[str]) -> str:
    """Add up what several runs of pytest said at their ends, as in `12 passed, 0 failed, 1 skipped`."""
    counts = Counter({word: 0 for word in ("passed", "failed")})
    for count, word in re.findall(r"(\d+) ([a-z]+)", ", ".join(closings)):
        counts[word] += int(count)
    del counts["deselected"]
    return ", ".join(f"{count} {word}" for word, count in counts.items()) if any(counts.values()) else ""


def table(outcomes: Sequence[CheckResult]) -> str:
    """Lay the outcomes out: check, state, seconds, why."""
    wide = max(len("check"), *(len(outcome.check.target) for outcome in outcomes))
    lines = [f"{'check':<{wide}}  {'state':<7}  {'seconds':>7}  why"]
    for outcome in outcomes:
        why = outcome.why
        if outcome.state is CheckState.NOT_RUN and not outcome.blocks:
            why += " (not required here)"
        row = f"{outcome.check.target:<{wide}}  {outcome.state.value:<7}  {outcome.seconds:>7.1f}  {why}"
        lines.append(row.rstrip())
    return "\n".join(lines)


def main(checks: Sequence[Check] = CHECKS, runner: Runner = run) -> int:
    """Run the checks, print the table, return 0 only if every required check ran and passed."""
    outcomes = run_all(checks, runner)
    print(f"\n{table(outcomes)}\n")
    blocking = [outcome.check.target for outcome in outcomes if outcome.blocks]
    left_out = [o.check.target for o in outcomes if o.state is CheckState.NOT_RUN and not o.blocks]
    if left_out:
        print(f"NOT RUN, not required here: {', '.join(left_out)}")
    print(f"Red: {', '.join(blocking)}" if blocking else "Every required check passed.")
    closings = [outcome.closing for outcome in outcomes if outcome.check.target in ALL_TESTS]
    print(together(closings) or "no tests ran", flush=True)
    return 1 if blocking or not outcomes else 0


if __name__ == "__main__":
    # Who ends the run ends the check that is running: it has a process group of its own.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sys.exit(main())
