"""What is known of the real pylint text reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading

_DID_NOT_RUN = {
    "pylint-text/jenkinsci-analysis-model__pyLint.txt": "is missing",
    "pylint-text/jenkinsci-analysis-model__pylint-absolute-paths.txt": "is missing",
    # A module was not found (F0001).
    "pylint-text/jenkinsci-analysis-model__pylint_parseable.txt": "fatal",
}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare with the peers' number of messages, those of unknown categories included."""
    if not isinstance(outcome, Reading) or total(outcome) != numbers(row["expected"])["findings"]:
        return False
    expected = _DID_NOT_RUN.get(row["path"])
    if expected is None:
        return outcome.ran
    return not outcome.ran and expected in (outcome.why_not or "")
