"""What `go test -json` tells of packages and tests, event by event."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tidegate.domain.findings import Case, Outcome
from tidegate.readers.base import Limits
from tidegate.readers.own_times import own_time
from tidegate.readers.test_results.tally import Tally, sound_seconds

_ENDS = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
# Actions that end nothing and tell nothing of an end.
_HARMLESS = frozenset({"start", "pause", "cont", "bench", "attr", "artifacts", "build-output"})
_IN_A_TEST = re.compile(r"\s*(\S+_test\.go:\d+: .*|panic: .*)")
_UNSAFE = re.compile(r"[^\w-]")


class Event(msgspec.Struct, gc=False, rename="pascal"):
    """One line of the report."""

    action: str
    package: str = ""
    test: str = ""
    elapsed: float | None = None
    output: str = ""
    time: str | None = None
    import_path: str = ""
    failed_build: str = ""


@dataclass(slots=True)
class _GoTest:
    """A test that runs: whether it has subtests, and whether one of them failed."""

    parent: bool = False
    failed_inside: bool = False
    detail: str = ""


@dataclass(slots=True)
class _Package:
    """A package that is being tested."""

    running: dict[str, _GoTest] = field(default_factory=dict)
    cases: int = 0
    bad: int = 0
    detail: str = ""


class GoRun:
    """Takes the events in turn; `items` holds the cases that were met since they were last taken away."""

    def __init__(self, limits: Limits, keep: bool) -> None:
        self.tally = Tally()
        self.items: list[Case] = []
        self.packages = 0
        self.made_at: datetime | None = None
        self._most = limits.max_text
        self._keep = keep
        self._open: dict[str, _Package] = {}
        self._builds: dict[str, str] = {}  # what the build of each said first
        self._failed_build = ""
        self._unknown = ""
        self._broke = 0  # packages that broke outside their tests
        self._first_broken = ""

    def take(self, event: Event, number: int) -> None:
        """Take the next event."""
        action, name = event.action, event.package
        if action == "build-fail":
            self._failed_build = self._failed_build or event.import_path or "a package"
            return
        if action == "build-output":
            self._hear_build(event)
            return
        package = self._open.get(name)
        if package is None:
            package = self._open[name] = _Package()
        if action == "output":
            if self._keep:
                self._hear(package, event)
        elif action == "run":
            self._run(name, package, event.test)
        elif action in _ENDS:
            if event.test:
                self._end_test(name, package, event)
            else:
                self._end_package(name, package, event)
        elif action not in _HARMLESS:
            self._unknown = self._unknown or f"line {number}: {_UNSAFE.sub('', action)[:40]!r}"

    def build_failed(self, package: str) -> None:
        """Count a package that Go before 1.24 names as one that was not built, in a line of plain text."""
        self._open.pop(package, None)
        self.packages += 1
        self._break(package, "It was not built or not set up.")

    def _break(self, package: str, detail: str) -> None:
        self._broke += 1
        self._first_broken = self._first_broken or package
        self._add(package, "", Outcome.ERROR, None, detail)

    def _run(self, name: str, package: _Package, test: str) -> None:
        if test in package.running:  # it was started again and never ended
            self._never_ended(name, package, test)
        package.running[test] = _GoTest()
        if (above := _above(package, test)) is not None:
            above.parent = True

    def _end_test(self, name: str, package: _Package, event: Event) -> None:
        test = package.running.pop(event.test, None) or _GoTest()
        outcome = _ENDS[event.action]
        above = _above(package, event.test)
        if above is not None:
            above.parent = True
            above.failed_inside = above.failed_inside or outcome is Outcome.FAILED
        if event.test.startswith("Benchmark") and outcome is not Outcome.FAILED:
            return
        # A test with subtests is told by them; it counts itself where it failed of its own, or was skipped.
        if test.parent and (outcome is Outcome.PASSED or (outcome is Outcome.FAILED and test.failed_inside)):
            return
        package.cases += 1
        package.bad += outcome is Outcome.FAILED
        self._add(name, event.test, outcome, event.elapsed, test.detail)

    def _never_ended(self, name: str, package: _Package, test: str) -> None:
        running = package.running.pop(test)
        if running.parent or test.startswith("Benchmark"):
            return
        package.cases += 1
        package.bad += 1
        self._add(name, test, Outcome.ERROR, None, running.detail or "It was started and never ended.")

    def _end_package(self, name: str, package: _Package, event: Event) -> None:
        for test in list(package.running):
            self._never_ended(name, package, test)
        if event.action == "fail" and not package.bad:
            detail = self._builds.get(event.failed_build, "") or package.detail
            package.cases += 1
            self._break(name, detail or "The package failed outside its tests.")
        self.packages += package.cases > 0
        del self._open[name]
        moment = own_time(event.time)
        if moment is not None:
            self.made_at = moment if self.made_at is None else min(moment, self.made_at)

    def _add(self, package: str, test: str, outcome: Outcome, seconds: float | None, detail: str) -> None:
        self.tally.add(outcome, seconds)
        if self._keep:
            said = detail[: self._most] if outcome in (Outcome.FAILED, Outcome.ERROR) else ""
            most = self._most
            self.items.append(
                Case(package[:most], (test or package)[:most], outcome, sound_seconds(seconds or 0.0), said)
            )

    def _hear(self, package: _Package, event: Event) -> None:
        if not event.test:
            text = event.output.strip()
            package.detail = text[: self._most] if text not in ("", "FAIL", "PASS") else package.detail
        elif (test := package.running.get(event.test)) is not None and not test.detail:
            found = _IN_A_TEST.match(event.output)
            test.detail = found[1][: self._most].strip() if found else ""

    def _hear_build(self, event: Event) -> None:
        text = event.output.strip()
        if self._keep and text and not text.startswith("#") and len(self._builds) < 1000:
            self._builds.setdefault(event.import_path, text[: self._most])

    def why_not(self, stray: int | None) -> str | None:
        """Say why the tests did not do their work, if so; `stray` is a line that is no event."""
        if self._open:
            name = next(iter(self._open))[:200]
            return (
                f"{len(self._open)} package(s) never ended, the first is {name!r}: the run was stopped, or"
                " the report is cut off. Run `go test -json ./...` to its end."
            )
        if self._unknown:
            return (
                f"The report has an action that is not known, in {self._unknown}: what it says of the tests"
                " cannot be told. Write it with a version of Go whose actions are known."
            )
        if self._failed_build and not self.tally.bad:
            return f"The build of {self._failed_build[:200]!r} failed, and no package says so. Repair it."
        if stray is not None and not self.tally.bad:
            return (
                f"Line {stray} is no event of `go test -json`: something else was written into the report."
                " Keep the standard output of `go test -json` alone."
            )
        if self._broke and self.tally.total == self._broke:
            return (
                f"No test ran: {self._broke} package(s) were not built or broke outside their tests, the"
                f" first is {self._first_broken[:200]!r}. Repair that and run `go test -json ./...` again."
            )
        return self.tally.why_nothing()


def _above(package: _Package, test: str) -> _GoTest | None:
    """Find the running test that a subtest belongs to; a subtest's own name may hold slashes."""
    while (slash := test.rfind("/")) > 0:
        test = test[:slash]
        if (found := package.running.get(test)) is not None:
            return found
    return None
