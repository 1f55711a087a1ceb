"""What is known of the real ruff reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare with the number that `ruff --statistics` gives for the same run."""
    if "UNPARSEABLE" in row["flags"]:  # a warning stands before the JSON, and it holds statistics alone
        return not isinstance(outcome, Reading) and "not JSON" in str(outcome)
    return (
        isinstance(outcome, Reading)
        and outcome.ran
        and total(outcome) == numbers(row["expected"])["findings"]
    )
