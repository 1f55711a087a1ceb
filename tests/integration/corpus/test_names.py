"""Each real report is read by its format's reader, or refused by its format's true name."""

from __future__ import annotations

import pytest

from tests.integration.corpus.conftest import Read
from tidegate.readers.base import Unreadable

NAMES = {
    "cdevents": "CDEvents event",
    "ctrf": "CTRF JSON",
    "github-webhook": "GitHub webhook payload",
    "spdx-rdf": "SPDX RDF",
    "tap": "TAP",
}
"""What a format is called that is not read yet. A reader for it takes its line away."""

_SHOWS_NOTHING = {
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
