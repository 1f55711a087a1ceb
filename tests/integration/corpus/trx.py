"""TRX against the manifest: where our counts differ from a peer's, which files, and why."""

from __future__ import annotations

from tests.integration.corpus.decisions import Decisions
from tests.integration.corpus.manifest import Outcome, Row
from tests.integration.corpus.suite_trees import agree

_HOST_DIED = "enricomi__yami_YAMILEX_2015-10-24_04_18_59.trx"

DECISIONS = Decisions(
    not_run={_HOST_DIED: "reports an error outside of its tests: El proceso del host de pruebas terminó"},
    differs={
        _HOST_DIED: (
            {"errors": 2, "skipped": 19},
            "a test that was aborted and one that could not be run are errors; the peer skips them",
        ),
    },
)


def agreement(row: Row, outcome: Outcome) -> bool:
    """Tell whether what was read of a file is what the manifest expects or what was decided."""
    return agree(DECISIONS, row, outcome)
