"""xUnit.net XML against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions
from tests.integration.corpus.manifest import Outcome, Row
from tests.integration.corpus.suite_trees import agree

DECISIONS = Decisions(
    not_run={"enricomi__testcase2.xml": "declares 3 tests but lists 1"},
    differs={
        "enricomi__testcase2.xml": (
            {"tests": 1, "failures": 0, "skipped": 0},
            "declared totals are not results; the peer believes them",
        ),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    return agree(DECISIONS, row, outcome)
