"""Agreement of reports of npm's audit with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got, fields, same
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {
    "npm-audit/defectdojo__issue_10801.json": (
        "it was edited: its totals name a high problem and its list a moderate one, so it counts as not run"
    ),
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings; where the peer cannot read the version, with the recount."""
    if isinstance(got, Unreadable):
        return False
    if row["expected"].startswith("PARSER_RAISES"):
        return got.ran and same(got, "findings.total", fields(row["recount"])["vulnerable_packages"])
    return as_the_peer_says(row, got)
