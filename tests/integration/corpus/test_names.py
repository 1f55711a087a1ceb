"""Each real report is read by its format's reader, or refused by its format's true name."""

from __future__ import annotations

import pytest

from tests.integration.corpus.conftest import Read
from tidegate.readers.base import Unreadable

NAMES = {
    "cdevents": "CDEvents event",
    "github-webhook": "GitHub webhook payload",
    "spdx-rdf": "SPDX RDF",
}
"""What a format is called that is not read yet. A reader for it takes its line away."""


@pytest.mark.parametrize("format", NAMES)
def test_reports_that_are_not_read_yet_are_called_by_their_names(corpus: list[Read], format: str) -> None:
    found = [read for read in corpus if read.row["format"] == format]
    assert found
    for read in found:
        assert isinstance(read.outcome, Unreadable), read.row["path"]
        assert NAMES[format] in str(read.outcome), (read.row["path"], str(read.outcome))
