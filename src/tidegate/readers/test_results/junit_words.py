"""The attributes and elements by which JUnit's many writers say how a case ended; no other passes."""

from __future__ import annotations

import re

from tidegate.domain.findings import Outcome
from tidegate.readers.xml import Attributes, declared, printable

SKIPPED, FAILED, ERROR = 1, 2, 3  # worst last
OUTCOMES = (Outcome.PASSED, Outcome.SKIPPED, Outcome.FAILED, Outcome.ERROR)

# Attributes in which a case may tell its outcome. Google Test and its kin write `status` and `result`,
# Ginkgo, Pester, behave and CTest `status`, Qt Test `result`.
OUTCOME_ATTRIBUTES = ("status", "result", "outcome")
# Attributes of other dialects that say no more than yes or no, and what "no" means.
_YES_OR_NO = {"success": FAILED, "executed": SKIPPED}
TELLING = frozenset({*OUTCOME_ATTRIBUTES, *_YES_OR_NO})
_NO = frozenset({"false", "no", "0"})
UNIX_ZERO = ("1970-01-01T", "1969-12-31T")
"""How the zero of Unix time begins, in any time zone: a clock that was never set."""

PASSED_WORDS = frozenset({"passed", "pass", "success", "successful", "succeeded", "ok", "run", "completed"})
_WORDS = dict.fromkeys(
    ("skipped", "skip", "disabled", "ignored", "notrun", "suppressed", "pending", "todo", "excluded")
    + ("filtered", "xfail", "expectedfailure"),
    SKIPPED,
)
_WORDS |= dict.fromkeys(("failed", "fail", "failure", "xpass", "unexpectedsuccess"), FAILED)
_WORDS |= dict.fromkeys(
    ("error", "errored", "broken", "crash", "crashed", "timeout", "timedout", "aborted", "interrupted")
    + ("panicked", "killed"),
    ERROR,
)
_BETWEEN = re.compile(r"[\s_-]+")

# Elements of a case that say nothing of its outcome.
HARMLESS = frozenset(
    "system-out system-err properties property attachments attachment description documentation link links"
    " url tags tag metadata requirements passed success".split()
)
_SKIPPED_ELEMENTS = frozenset({"skip", "ignored", "disabled", "pending", "todo", "notrun"})
# Elements beside the cases that a suite's outcome may hang on, whatever their writer means by them.
_SPOILS_A_SUITE = re.compile(
    r"(?i)fail|error|warn|crash|abort|exception|fatal|time-?out|test-?(?:case|suite)s?$|^(?:test|case)s?$"
)

# What the counts of a suite mean. Names of one group count the same cases, the groups of bad cases differ.
_COUNTS = dict.fromkeys(("failures", "failed", "failure"), "failed")
_COUNTS |= dict.fromkeys(("errors", "error", "errored"), "errors")
_COUNTS |= {
    name: name
    for name in ("warnings", "crashed", "crashes", "broken", "aborted", "interrupted", "panicked", "invalid")
    + ("timeouts", "timedout", "timed-out", "untested", "undefined", "unknown")
}
_NOT_RUN = "not run"
_COUNTS |= dict.fromkeys(
    ("skipped", "skips", "skip", "disabled", "ignored", "notrun", "not-run", "not_run", "notRun", "pending")
    + ("todo", "inconclusive", "incomplete", "excluded", "blocked"),
    _NOT_RUN,
)


def broke_off(case: Attributes) -> bool:
    """Tell whether pytest was interrupted in this test, or left by `pytest.exit`: a case is named last."""
    return len(case) == 1 and "time" in case


def tells_outcome(case: Attributes) -> bool:
    """Tell whether a case with `TELLING` attributes does not say in the commonest words that it passed."""
    status = case.get("status", "run")
    if status in PASSED_WORDS and case.get("result", "completed") == "completed":
        return _never_began(case) or not TELLING.isdisjoint(case.keys() - {"status", "result"})
    return True


def _never_began(case: Attributes) -> bool:
    """Tell whether Google Test, up to 1.11, calls a case completed that a broken `Environment` kept back."""
    return case.get("result") == "completed" and case.get("timestamp", "").startswith(UNIX_ZERO)


def _never_ended(case: Attributes) -> str:
    """Say of a case that no result was written for why it is there; empty where it has one."""
    if broke_off(case):
        return "it has no name: its test never ended, as when a run is interrupted"
    return "it never began, as after a failed set-up" if _never_began(case) else ""


def outcome_in_attributes(case: Attributes) -> tuple[int, str]:
    """Give the worst outcome in a case's attributes, 0 for passed, and what is said where it is unknown."""
    unknown = _never_ended(case)
    worst = ERROR if unknown else 0
    for name in OUTCOME_ATTRIBUTES:
        word = _BETWEEN.sub("", case.get(name, "").strip().lower())
        if not word or word in PASSED_WORDS:
            continue
        if word not in _WORDS:
            unknown = unknown or f"{name}={printable(case[name])!r} is no known way to pass"
        worst = max(worst, _WORDS.get(word, ERROR))
    for name, meaning in _YES_OR_NO.items():
        if case.get(name, "").strip().lower() in _NO:
            worst = max(worst, meaning)
    return worst, unknown


def outcome_of_element(name: str) -> int:
    """Give the outcome that an element inside a case means: 0 where it is harmless, error where unknown."""
    if name in HARMLESS:
        return 0
    return SKIPPED if name in _SKIPPED_ELEMENTS else ERROR


def spoils_suite(name: str) -> bool:
    """Tell whether an element beside the cases of a suite may say that something went wrong."""
    return _SPOILS_A_SUITE.search(name) is not None


def declared_outcomes(attributes: Attributes) -> tuple[int | None, int | None]:
    """Give the cases that a suite declares as bad and as not run; None where it declares none.

    Bad are failed, broken, warned and the like, added up; of the counts of cases not run, which overlap, the
    largest is taken.
    """
    largest: dict[str, int] = {}
    for name in attributes:
        group = _COUNTS.get(name)
        if group is not None and (count := declared(attributes, name)) is not None:
            largest[group] = max(count, largest.get(group, 0))
    not_run = largest.pop(_NOT_RUN, None)
    return sum(largest.values()) if largest else None, not_run
