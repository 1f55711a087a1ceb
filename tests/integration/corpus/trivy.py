"""Agreement of Trivy reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

_CLUSTER = "a report of a cluster is of no one component and is refused by name"
DIFFERS: dict[str, str] = {
    "trivy/defectdojo__issue_10991.json": _CLUSTER,
    "trivy/defectdojo__kubernetes.json": _CLUSTER,
    "trivy/defectdojo__legacy_no_vuln.json": "`null` shows nothing: the peer takes it for a clean run",
    "trivy/defectdojo__license_scheme.json": "licences are left out, and nothing else was looked for",
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity; the recount's words stand for those of the one legacy"
    " list."""
    if isinstance(got, Unreadable):
        return False
    if row["expected"].startswith("schema=legacy list"):
        listed = got.measures["findings.total"], got.measures["findings.unrated"]
        return got.ran and "vulnerabilities=7;" in row["expected"] and listed == (7, 1)
    return as_the_peer_says(row, got)
