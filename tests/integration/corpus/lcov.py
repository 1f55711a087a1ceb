"""LCOV against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Unreadable

DECISIONS = Decisions(
    refused={"jenkinsci-coverage-model__lcov-empty.info": "The report is empty"},
    differs={
        "jenkinsci-coverage-model__report.lcov": (
            {"lines_covered": 3},
            "line 20 has no hits; the peer covers it because one of its branches was taken",
        ),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    if isinstance(outcome, Unreadable):
        return DECISIONS.agree(short_name(row), outcome, {}, {})
    measured = {"files": int(outcome.measures["coverage.files"])}
    for name in ("lines", "branches", "functions"):
        measured[name] = int(outcome.measures.get(f"coverage.{name}_total", 0))
        measured[f"{name}_covered"] = int(outcome.measures.get(f"coverage.{name}_covered", 0))
    measured |= {"statements": measured["lines"], "missed": measured["lines"] - measured["lines_covered"]}
    stated = numbers(row["recount"]) | numbers(row["expected"])
    if stated.get("BRF"):  # the manifest writes 0 as well where a file declares no branch total
        measured |= {"BRF": measured["branches"], "BRH": measured["branches_covered"]}
    return DECISIONS.agree(
        short_name(row), outcome, {name: stated[name] for name in stated if name in measured}, measured
    )
