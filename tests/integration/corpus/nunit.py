"""NUnit XML against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions
from tests.integration.corpus.manifest import Outcome, Row
from tests.integration.corpus.suite_trees import agree

_LOST = "declares 4 tests but lists"

DECISIONS = Decisions(
    refused={
        "enricomi__NUnit-issue17521.xml": "Line 33, column 16: a character that XML does not allow",
        "enricomi__NUnit-issue47367.xml": "Line 5, column 109: a character that XML does not allow",
        "enricomi__NUnit-sec1752-file.xml": "declares or uses entities",
        "enricomi__NUnit-sec1752-https.xml": "declares or uses entities",
    },
    not_run={
        "enricomi__NUnit-failure.xml": _LOST,
        "enricomi__NUnit-ignored.xml": _LOST,
        "enricomi__NUnit-simple.xml": _LOST,
        "enricomi__NUnitUnicode.xml": _LOST,
    },
    differs={
        "enricomi__NUnit-correct.xml": (
            {"errors": 4, "skipped": 5},
            "three tests that could not be called (NotRunnable) are errors, as in NUnit's exit code; the peer"
            " skips them",
        ),
        "enricomi__NUnit-issue33493.xml": (
            {"passed": 1, "skipped": 1},
            "an inconclusive test did not pass; the peer lets it",
        ),
        "enricomi__NUnit-issue6353.xml": (
            {"passed": 0, "failures": 0, "errors": 2},
            "two cases say that they were executed, and not how they ended; the peer lets one pass",
        ),
        "enricomi__NUnit-multinamespace.xml": (
            {"passed": 3, "errors": 1},
            "success='Turue' is not True; the peer lets it pass",
        ),
        "enricomi__NUnit-simple.xml": (
            {"tests": 3, "errors": 1},
            "its suites say that they failed, and no case in them did: one case was lost",
        ),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    return agree(DECISIONS, row, outcome)
