"""Agreement of Grype reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {
    "grype/defectdojo__check_all_fields.json": "the peer merges two matches of one CVE, here each counts",
    "grype/defectdojo__many_vulns3.json": "the peer calls 10 `Unknown` ones remarks, here they are unrated",
    "grype/defectdojo__same_cve_different_paths.json": "the peer merges two copies of a package",
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity."""
    return not isinstance(got, Unreadable) and as_the_peer_says(row, got)
