"""What is known of the real mypy JSON reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare with the last line that mypy wrote in its text about the same run."""
    return (
        isinstance(outcome, Reading)
        and outcome.ran
        and total(outcome) == numbers(row["expected"])["findings"]
    )
