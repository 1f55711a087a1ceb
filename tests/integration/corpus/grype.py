"""Agreement of Grype reports with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {
    "grype/defectdojo__anchore_grype_epss_problem.json": "it has no `descriptor`, and so counts as not run",
    "grype/defectdojo__check_all_fields.json": "the peer merges two matches of one CVE, here each counts",
    "grype/defectdojo__many_vulns3.json": "the peer calls 10 `Unknown` ones remarks, here they are unrated",
    "grype/defectdojo__no_vuln.json": "Grype 0.7 did not name its database, and so counts as not run",
    "grype/defectdojo__same_cve_different_paths.json": "the peer merges two copies of a package",
}
# Part of the reason: these are of versions before 0.13, or were edited by those who keep them.
NOT_RUN: dict[str, str] = {
    "grype/defectdojo__anchore_grype_epss_problem.json": "does not say that Grype wrote it",
    "grype/defectdojo__many_vulns3.json": "does not say which database",
    "grype/defectdojo__no_vuln.json": "does not say which database",
    "grype/defectdojo__same_cve_different_paths.json": "does not say which database",
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity."""
    return not isinstance(got, Unreadable) and as_the_peer_says(row, got)
