"""Agreement of SPDX 2 with the manifest, in each of its forms."""

from __future__ import annotations

from tests.integration.corpus.json_rows import Got, fields
from tidegate.readers.base import Unreadable

DIFFERS: dict[str, str] = {}


def agreement(row: dict[str, str], got: Got) -> bool:
    """Compare whether the document is valid, and its packages; files are no component."""
    said = fields(row["expected"])
    if isinstance(got, Unreadable):
        return said.get("validation_messages", "0") != "0" or row["expected"].startswith("PARSE_ERROR")
    return got.ran and got.measures["sbom.components"] == int(said["packages"])
