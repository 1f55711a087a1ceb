"""The formats that Tidegate reads, in the order in which a report is tried against them."""

from __future__ import annotations

from tidegate.readers import flake8, mypy_text, pylint_text
from tidegate.readers.base import Reader

# One line a reader. Text formats come last: they are told by their lines, the others by their structure.
READERS: tuple[Reader, ...] = (
    flake8.READER,
    pylint_text.READER,
    mypy_text.READER,
)
