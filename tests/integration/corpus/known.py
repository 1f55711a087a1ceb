"""What the comparisons of all formats share: every row, the readers' names, and numbers that tools wrote."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest

from tests.integration.corpus.manifest import Outcome, folder, numbers
from tidegate.readers.base import Reading

_MYPY = re.compile(r"Found (\d+) errors?")

# What a reader is called where the manifest calls its format otherwise.
_READER_NAMES = {"coveragepy-json": "coveragepy", "cyclonedx-json": "cyclonedx"}


def evidence() -> Path:
    """Give the folder of real reports, or skip the test."""
    place = folder()
    if place is None:
        pytest.skip("no evidence folder: set TIDEGATE_EVIDENCE or put it at ../shared/evidence")
    return place


@cache
def every_row(place: Path) -> tuple[dict[str, str], ...]:
    """Give the rows of all formats."""
    with (place / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def reader_name(manifest_format: str) -> str:
    """Give the name of the reader that a format of the manifest belongs to."""
    return _READER_NAMES.get(manifest_format, manifest_format)


def findings(row: dict[str, str]) -> int:
    """Give the number of findings that the manifest expects, also where it quotes mypy's last line."""
    found = _MYPY.match(row["expected"])
    return int(found[1]) if found else numbers(row["expected"])["findings"]


def total(outcome: Outcome) -> object:
    """Give the findings that were counted, or None for a report that was refused."""
    return outcome.measures.get("findings.total") if isinstance(outcome, Reading) else None
