"""Agreement of Safety reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, refused_as_expected, same
from tidegate.readers.base import Unreadable

DIFFERS = {
    "safety/pyupio-safety__report_with_recommended_fix.json": (
        "it declares 2 packages and lists 3: dependencies.total is what is listed"
    ),
    "safety/svange-tagmania__safety-report.json": (
        "a script's stand-in for a report that was not made: it carries an error and counts as not run"
    ),
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare findings, ignored ones and packages; a report of a run that failed agrees with nobody."""
    if isinstance(got, Unreadable):
        return refused_as_expected(row)
    said = fields(row["expected"])
    return (
        got.ran
        and same(got, "findings.total", said.get("findings"))
        and same(got, "findings.suppressed", said.get("ignored"))
        and same(got, "dependencies.total", said.get("packages"))
    )
