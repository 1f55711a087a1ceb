"""Agreement of Dependency-Check's XML with the manifest."""

from __future__ import annotations

from tests.integration.corpus.dependency_rows import as_the_peer_says
from tests.integration.corpus.json_rows import Got
from tidegate.readers.base import Unreadable

_MULTIPLE = "owasp-dc-xml/defectdojo__multiple_vulnerabilities_has_multiple_findings.xml"
DIFFERS: dict[str, str] = {
    "owasp-dc-xml/defectdojo__dc_empty.xml": "a report without a dependency looked at nothing",
    _MULTIPLE: "the peer lists suppressed vulnerabilities too, and related dependencies by themselves",
}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare the findings, all and by severity."""
    return not isinstance(got, Unreadable) and as_the_peer_says(row, got)
