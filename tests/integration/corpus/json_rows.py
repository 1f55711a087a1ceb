"""Manifest rows as test parameters, and what the comparisons of the JSON formats share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.corpus.manifest import Outcome, Row, evidence_folder
from tests.integration.corpus.manifest import rows as manifest_rows
from tidegate.readers.base import Limits, Reader, Reading, Source, Unreadable

Got = Outcome
EVIDENCE = evidence_folder()


def rows(name: str) -> list[object]:
    """Give pytest parameters, one a manifest row of a format; one that skips where the folder is absent."""
    if not (EVIDENCE / "MANIFEST.csv").is_file():
        why = f"the real reports are not here: {EVIDENCE / 'MANIFEST.csv'} is missing (TIDEGATE_EVIDENCE)"
        return [pytest.param({}, marks=pytest.mark.skip(reason=why), id="no-evidence")]
    return [pytest.param(row, id=Path(row["path"]).name) for row in manifest_rows() if row["format"] == name]


def read(reader: Reader, row: Row) -> Got:
    """Read a file of the corpus to its end, with its findings; a refusal is a result too."""
    stream = reader.read(Source.of_path(EVIDENCE / row["path"]), Limits(), True)
    try:
        while True:
            next(stream)
    except StopIteration as end:
        reading: Reading = end.value
        return reading
    except Unreadable as refusal:
        return refusal


def fields(text: str) -> dict[str, str]:
    """Split `a=1;b=2` into names and values."""
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def refused_as_expected(row: Row) -> bool:
    """Tell whether the peer could not read the file either."""
    return row["expected"].startswith(("PARSE_ERROR", "schema INVALID")) or "FALSE" in row["expected"]


def same(got: Reading, measure: str, wanted: str | None) -> bool:
    """Compare one measure with a number of the manifest; what the manifest does not say agrees."""
    return wanted is None or got.measures.get(measure) == int(wanted)
