"""What is known of the real flake8 reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading

# Reports whose findings count, but whose tool did not do its work, and what is said about that.
_DID_NOT_RUN = {
    # A comment of the fixture's author stands before the findings.
    "flake8/jenkinsci-analysis-model__analysis-model-flake8-txt.txt": "is not flake8's",
    # One file could not be parsed (E999).
    "flake8/reviewdog-errorformat__errorformat-flake8.txt": "E9xx",
}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare with the peers' number of findings."""
    if not isinstance(outcome, Reading) or total(outcome) != numbers(row["expected"])["findings"]:
        return False
    expected = _DID_NOT_RUN.get(row["path"])
    if expected is None:
        return outcome.ran
    return not outcome.ran and expected in (outcome.why_not or "")
