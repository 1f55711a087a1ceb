"""What is known of the real Semgrep reports."""

from __future__ import annotations

from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Reading

DIFFERS: dict[str, str] = {}
NOT_RUN = {
    "semgrep/defectdojo__empty.json": "does not say which files",
    "semgrep/defectdojo__high-medium-low-severities.json": "scanned no file",
}
"""Reports that show, by what `why_not` says, that Semgrep did not do its work."""

_RATINGS = {"high": ("ERROR", "HIGH"), "medium": ("WARNING", "MEDIUM"), "low": ("INFO", "LOW")}


def agreement(row: Row, got: Outcome) -> bool:
    """Compare with the plain recount, all and by severity; DefectDojo makes one of repeated findings."""
    if not isinstance(got, Reading):
        return False
    counted = numbers(row["recount"])
    rated = all(
        got.measures.get(f"findings.{name}") == sum(counted.get(word, 0) for word in words)
        for name, words in _RATINGS.items()
    )
    reason = NOT_RUN.get(row["path"])
    ran = got.ran if reason is None else not got.ran and reason in (got.why_not or "")
    return ran and rated and got.measures["findings.total"] == counted["findings"]
