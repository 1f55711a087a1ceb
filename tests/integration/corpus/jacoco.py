"""JaCoCo against the manifest: which files do not add up, and which is no report."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, pairs, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Unreadable

DECISIONS = Decisions(
    refused={
        "jenkinsci-coverage-model__coverage-model-empty.xml": "the root element is <other>, not <report>"
    },
    not_run={
        # The peer takes an empty report for 100 %.
        "madrapps-jacoco-report__empty-report.xml": "no line counter above zero",
        # The peer believes the root's counters although most of the report was cut out.
        "madrapps-jacoco-report__aggregate-report.xml": "counts 7593 of 9823 lines but its parts 10 of 28",
    },
)
_COUNTERS = {"LINE": "lines", "BRANCH": "branches", "METHOD": "functions"}


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    if isinstance(outcome, Unreadable):
        return DECISIONS.agree(short_name(row), outcome, {}, {})
    measured = {}
    for name in _COUNTERS.values():
        measured[name] = int(outcome.measures.get(f"coverage.{name}_total", 0))
        measured[f"{name}_covered"] = int(outcome.measures.get(f"coverage.{name}_covered", 0))
    stated = numbers(row["expected"])
    for counter, (covered, total) in (pairs(row["recount"]) | pairs(row["expected"])).items():
        if counter in _COUNTERS:
            stated |= {_COUNTERS[counter]: total, f"{_COUNTERS[counter]}_covered": covered}
    if "methods" in stated:
        stated["functions"] = stated["methods"]
    return DECISIONS.agree(
        short_name(row), outcome, {name: stated[name] for name in stated if name in measured}, measured
    )
