"""Agreement of CTRF reports with the manifest, and of the cases in CTRF's own conformance suite."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare what is listed, status by status."""
    if isinstance(got, Unreadable):
        return False
    said = fields(row["expected"].partition("declared:")[0])
    counts = {
        name: int(said.get(name, 0)) for name in ("tests", "passed", "failed", "skipped", "pending", "other")
    }
    return (
        got.ran
        and got.tool == said["tool"]
        and got.measures["tests.total"] == counts["tests"]
        and got.measures["tests.passed"] == counts["passed"]
        and got.measures["tests.failed"] == counts["failed"]
        and got.measures["tests.errors"] == counts["other"]
        and got.measures["tests.skipped"] == counts["skipped"] + counts["pending"]
    )
