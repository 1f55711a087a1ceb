"""What a repository says of the system in it: facts and findings, each with file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tidegate.domain.facts import LONGEST_VALUE, FactValue, FieldName


class RepositoryRule(StrEnum):
    """What can be wrong with a repository."""

    HEALTH_CHECK_CANNOT_FAIL = "health-check-cannot-fail"
    HEALTH_CHECK_COMMAND_MISSING = "health-check-command-missing"
    HEALTH_LITERAL = "health-literal"
    LOCK_IGNORED = "lock-ignored"
    LOCK_MISSING = "lock-missing"
    GATE_NEUTRALISED = "gate-neutralised"
    SCHEDULER_PER_WORKER = "scheduler-per-worker"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file of the repository, and the line from 1; 0 for the file as such."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        """Write it as editors open it: `Dockerfile:7`."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class RepositoryFact:
    """A value with the place that it was read from."""

    field: FieldName
    value: FactValue
    place: Place


@dataclass(frozen=True, slots=True)
class RepositoryFinding:
    """Something that is wrong, as a sentence that says what would be right."""

    rule: RepositoryRule
    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class RepositoryScan:
    """What was read from a commit; `commit` is its full hash."""

    commit: str
    facts: tuple[RepositoryFact, ...]
    findings: tuple[RepositoryFinding, ...]

    def values(self) -> dict[FieldName, FactValue]:
        """Return all of it as facts: of findings, how many there are of each rule, 0 where there is none."""
        values: dict[FieldName, FactValue] = {fact.field: fact.value for fact in self.facts}
        counts = Counter(one.rule for one in self.findings)
        return values | {f"findings.{rule}": counts[rule] for rule in RepositoryRule}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What one file says."""

    facts: tuple[RepositoryFact, ...] = ()
    findings: tuple[RepositoryFinding, ...] = ()


def joined(values: Iterable[str]) -> str:
    """Write a set as one value: sorted, each once, cut where it would be too long for a fact."""
    return ", ".join(sorted(set(values)))[:LONGEST_VALUE]


def unreadable(path: str, why: str, line: int = 0) -> ReadFile:
    """Return that a file could not be read: what was not read counts as nothing, and is said."""
    message = f"It cannot be read: {why}. What it says is not among the facts."
    return ReadFile(findings=(RepositoryFinding(RepositoryRule.UNREADABLE, Place(path, line), message),))
