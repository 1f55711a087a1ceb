"""Compares test results other than JUnit's with the manifest: the numbers of cases by how they ended."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Unreadable

# The peers' numbers of suites are left out: they count those with cases, one a file, or an assembly's.
_MEASURES = {
    "tests": "tests.total",
    "passed": "tests.passed",
    "failures": "tests.failed",
    "errors": "tests.errors",
    "skipped": "tests.skipped",
}


def agree(decisions: Decisions, row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    if isinstance(outcome, Unreadable):
        return decisions.agree(short_name(row), outcome, {}, {})
    measured = {name: int(outcome.measures[measure]) for name, measure in _MEASURES.items()}
    stated = {name: value for name, value in numbers(row["expected"]).items() if name in measured}
    return decisions.agree(short_name(row), outcome, stated, measured)
