"""Agreement of Hadolint reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading

DIFFERS: dict[str, str] = {}
_SEVERITIES = {"error": "high", "warning": "medium", "style": "low", "info": "info"}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare the findings, all and by level; an entry without a level is none that Hadolint writes."""
    if not isinstance(outcome, Reading):
        return False
    recount = numbers(row["recount"])
    unrated = sum(count for level, count in recount.items() if level not in {"findings", *_SEVERITIES})
    rated = {f"findings.{name}": recount.get(level, 0) for level, name in _SEVERITIES.items()}
    return (
        total(outcome) == numbers(row["expected"])["findings"]
        and outcome.measures["findings.unrated"] == unrated
        and outcome.ran is ("None" not in recount)
        and (unrated > 0 or rated.items() <= outcome.measures.items())
    )
