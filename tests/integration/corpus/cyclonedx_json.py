"""Agreement of CycloneDX reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields, refused_as_expected, same
from tidegate.readers.base import Unreadable

DIFFERS = {
    "cyclonedx-json/cyclonedx-specification__invalid-license-id-1.6.json": (
        "the schema refuses a licence id that is not on the SPDX list of its day; it is counted as given here"
    ),
    "cyclonedx-json/cyclonedx-specification__valid-metadata-tool-1.6.json": (
        "valid, but an inventory without any component counts as not run"
    ),
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare validity, components, vulnerabilities and their severities."""
    if isinstance(got, Unreadable):
        return refused_as_expected(row)
    said, counted = fields(row["expected"]), fields(row["recount"])
    listed = int(counted["vulnerabilities"])
    found = int(got.measures.get("findings.total", 0)) + int(got.measures.get("findings.suppressed", 0))
    return (
        not refused_as_expected(row)
        and got.ran
        and found == listed
        and (counted["components"] == "0" or same(got, "sbom.components", counted["components"]))
        and same(got, "findings.total", said.get("findings") if listed else None)  # no list tells of none
        and all(
            same(got, f"findings.{each}", said.get(each.title())) for each in ("critical", "high", "medium")
        )
    )
