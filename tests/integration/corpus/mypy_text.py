"""What is known of the real mypy text reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading

# These hold no summary line: mypy may have been cut off.
_WITHOUT_SUMMARY = {
    "mypy-text/jenkinsci-analysis-model__analysis-model-mypy.txt": 5,
    # The peer counts the note and the lines `warning:` and `info:` too, which mypy never writes.
    "mypy-text/reviewdog-errorformat__errorformat-mypy.txt": 1,
}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare with the tool's own last line, or with the plain number of errors."""
    if not isinstance(outcome, Reading):
        return False
    if row["path"] in _WITHOUT_SUMMARY:
        missing = not outcome.ran and "is missing" in (outcome.why_not or "")
        return missing and total(outcome) == _WITHOUT_SUMMARY[row["path"]]
    return outcome.ran and total(outcome) == numbers(row["expected"])["findings"]
