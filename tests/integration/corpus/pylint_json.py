"""What is known of the real pylint JSON reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Reading


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare the number of messages and their categories with a plain recount."""
    if not isinstance(outcome, Reading) or not outcome.ran:
        return False
    known = numbers(row["recount"])
    return dict(outcome.measures) == {
        "findings.total": known["findings"],
        "findings.critical": known.get("fatal", 0),
        "findings.high": known.get("error", 0),
        "findings.medium": known.get("warning", 0),
        "findings.low": known.get("refactor", 0) + known.get("convention", 0),
        "findings.info": known.get("info", 0),
        "findings.unrated": 0,
    }
