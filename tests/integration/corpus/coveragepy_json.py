"""Agreement of coverage.py reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, refused_as_expected, same
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare lines and branches with the tool's own summary and with the plain recount."""
    if isinstance(got, Unreadable):
        return refused_as_expected(row)
    said = fields(row["recount"]) | fields(row["expected"])
    if "statements" in said and int(said["statements"]) - int(said["missed"]) != int(said["covered_lines"]):
        return False
    return (
        got.ran
        and same(got, "coverage.files", said["files"])
        and same(got, "coverage.lines_total", said.get("statements", said["num_statements"]))
        and same(got, "coverage.lines_covered", said["covered_lines"])
        and same(got, "coverage.branches_total", said.get("branches"))
        and same(got, "coverage.branches_covered", said.get("covered_branches"))
    )
