"""Each real report is read by its format's reader, or refused by its format's true name."""

from __future__ import annotations

import pytest

from tests.integration.corpus.conftest import Read
from tidegate.readers.base import Unreadable

NAMES = {
    "cdevents": "CDEvents event",
    "github-webhook": "GitHub webhook payload",
    "gocover": "Go coverage",
    "grype": "Grype JSON",
    "npm-audit": "npm audit JSON",
    "owasp-dc-json": "OWASP Dependency-Check",
    "owasp-dc-xml": "OWASP Dependency-Check",
    "spdx-rdf": "SPDX RDF",
    "trivy": "Trivy JSON",
}
"""What a format is called that is not read yet. A reader for it takes its line away."""

_SHOWS_NOTHING = {
    "trivy/defectdojo__legacy_no_vuln.json": "(null)",
}
"""Files in which nothing can be seen, and what is said of them instead."""


@pytest.mark.parametrize("format", NAMES)
def test_reports_that_are_not_read_yet_are_called_by_their_names(corpus: list[Read], format: str) -> None:
    found = [read for read in corpus if read.row["format"] == format]
    assert found
    for read in found:
        assert isinstance(read.outcome, Unreadable), read.row["path"]
        wanted = _SHOWS_NOTHING.get(read.row["path"], NAMES[format])
        assert wanted in str(read.outcome), (read.row["path"], str(read.outcome))
