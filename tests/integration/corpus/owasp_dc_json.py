"""Agreement of Dependency-Check's JSON with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity."""
    return not isinstance(got, Unreadable) and as_the_peer_says(row, got)
