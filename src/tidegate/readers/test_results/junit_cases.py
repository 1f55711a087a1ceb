"""What one case of a JUnit report says of itself, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.domain.findings import Case
from tidegate.readers.durations import DurationSum, seconds_of
from tidegate.readers.test_results.junit_words import FAILED, OUTCOMES, SKIPPED, outcome_in_attributes
from tidegate.readers.xml import Attributes


@dataclass(slots=True)
class Trouble:
    """What one case says of itself beyond that it is there."""

    worst: int = 0
    failed_again: int = 0
    passed_late: bool = False
    detail: str = ""
    todo: bool = False  # its author says that its result does not count yet


NO_TROUBLE = Trouble()


def judge(trouble: Trouble, case: Attributes) -> tuple[int, int]:
    """Settle how a case that did not simply pass ended.

    Gives how many bad and how many skipped results its attributes tell beyond those of its elements.
    """
    bad = skipped = 0
    if not trouble.passed_late:
        trouble.worst = max(trouble.worst, trouble.failed_again)
    word, unknown = outcome_in_attributes(case)
    # What an element tells is more exact than a word that nobody knows.
    if word > trouble.worst and not (unknown and trouble.worst):
        bad = int(word > SKIPPED and trouble.worst <= SKIPPED)
        skipped = int(word == SKIPPED)
        trouble.worst, trouble.detail = word, trouble.detail or unknown
    if trouble.todo and trouble.worst == FAILED:
        trouble.worst = SKIPPED
    trouble.passed_late = trouble.passed_late and not trouble.worst
    return bad, skipped


def kept(case: Attributes, trouble: Trouble, suite: str, durations: DurationSum, most: int) -> Case:
    """Give a case as it is handed on; texts are cut after `most` characters."""
    time = case.get("time") or ""
    return Case(
        (case.get("classname") or suite)[:most],
        case.get("name", "")[:most],
        OUTCOMES[trouble.worst],
        durations.seconds_of(time) if "," in time else seconds_of(time) or 0.0,
        trouble.detail,
        trouble.passed_late,
    )
