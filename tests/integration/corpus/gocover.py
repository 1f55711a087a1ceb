"""Go cover profiles against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions, short_name
from tests.integration.corpus.manifest import Outcome, Row, numbers
from tidegate.readers.base import Unreadable

_TWICE = "a block that stands twice, once run and once not, is one block that ran; the peer counts it as two"

DECISIONS = Decisions(
    differs={
        "jenkinsci-coverage-model__go-coverage-atomic.out": ({"statements": 21}, _TWICE),
        "jenkinsci-coverage-model__go-relative-import.out": ({"statements": 21}, _TWICE),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided.

    Its `lines` are those from a block's first to its last, which a peer counts; ours are statements.
    """
    if isinstance(outcome, Unreadable):
        return DECISIONS.agree(short_name(row), outcome, {}, {})
    measured = {
        "files": int(outcome.measures["coverage.files"]),
        "statements": int(outcome.measures["coverage.lines_total"]),
        "statements_covered": int(outcome.measures["coverage.lines_covered"]),
    }
    stated = numbers(row["recount"]) | numbers(row["expected"])
    return DECISIONS.agree(
        short_name(row), outcome, {name: stated[name] for name in stated if name in measured}, measured
    )
