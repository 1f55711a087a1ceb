"""Agreement of Bandit reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, same
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity; Bandit and its peers call severities alike."""
    if isinstance(got, Unreadable):
        return False
    said = {name.lower(): value for name, value in fields(row["expected"]).items()}
    counts = ("total", said.get("findings")), *((name, said.get(name)) for name in ("high", "medium", "low"))
    return got.ran and all(same(got, f"findings.{name}", wanted) for name, wanted in counts)
