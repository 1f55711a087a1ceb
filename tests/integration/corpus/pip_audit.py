"""Agreement of pip-audit reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, same
from tidegate.readers.base import Unreadable

_EMPTY = "the peer takes a report without any dependency for a clean one; here it counts as not run"
_UNRATED = "the peer calls every vulnerability medium; the report gives no severity, so none is given here"
DIFFERS = {
    "pip-audit/defectdojo__empty.json": _EMPTY,
    "pip-audit/defectdojo__empty_new.json": _EMPTY,
    "pip-audit/defectdojo__many_vulns.json": _UNRATED,
    "pip-audit/defectdojo__many_vulns_new.json": _UNRATED,
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare findings, their severities, and the dependencies of the plain recount."""
    if isinstance(got, Unreadable):
        return False
    said, counted = fields(row["expected"]), fields(row["recount"])
    return (
        got.ran
        and same(got, "findings.total", said["findings"])
        and same(got, "findings.medium", said.get("Medium"))
        and all(same(got, f"dependencies.{name}", counted[field]) for name, field in NAMES.items())
    )


NAMES = {"total": "dependencies", "skipped": "skipped", "vulnerable": "vulnerable"}
