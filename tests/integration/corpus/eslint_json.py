"""Agreement of ESLint reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers, total
from tidegate.readers.base import Reading

DIFFERS: dict[str, str] = {}
_UNNAMED = "an empty JSON list"


def agreement(row: Row, outcome: Outcome) -> bool:
    """Compare the findings; a report whose own counts do not fit its messages must not count as run.

    A recount passes over messages without a severity; peers count them, and so does the reader.
    """
    recount, expected = numbers(row["recount"]), numbers(row["expected"])
    if not isinstance(outcome, Reading):
        return not recount["files"] and _UNNAMED in str(outcome)
    measures = outcome.measures
    unrated = int(measures["findings.unrated"])
    wanted = expected["findings"] + (unrated if row["expected_via"] == "recount" else 0)
    sound = (recount["errors"], recount["warnings"]) == (
        recount["declared_errors"],
        recount["declared_warnings"],
    ) and not recount["fatal"]
    rated = {"high": recount["errors"], "medium": recount["warnings"]}
    return (
        total(outcome) == wanted
        and outcome.ran is (sound and not unrated and recount["files"] > 0)
        and (unrated > 0 or all(measures[f"findings.{name}"] == count for name, count in rated.items()))
    )
