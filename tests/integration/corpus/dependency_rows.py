"""What the comparisons of scanners of packages share: totals and severities as a peer tells them."""

from __future__ import annotations

from tests.integration.corpus.json_rows import fields, same
from tests.integration.corpus.manifest import Row
from tidegate.readers.base import Reading

_SEVERITIES = ("Critical", "High", "Medium", "Low", "Info")


def as_the_peer_says(row: Row, got: Reading) -> bool:
    """Compare the findings, all and by severity, with what the peer's own test expects."""
    said = fields(row["expected"])
    if not any(name in said for name in _SEVERITIES):
        return got.ran and same(got, "findings.total", said.get("findings"))
    rated = all(same(got, f"findings.{name.lower()}", said.get(name, "0")) for name in _SEVERITIES)
    return got.ran and same(got, "findings.total", said["findings"]) and rated


def as_counted(row: Row, got: Reading, names: dict[str, str]) -> bool:
    """Compare measures with the plain recount; `names` are the recount's, by ours."""
    counted = fields(row["recount"])
    return all(same(got, measure, counted.get(name, "0")) for measure, name in names.items())
