"""Where the real reports are, what their manifest says of each, and how its numbers are read."""

from __future__ import annotations

import csv
import os
import re
from functools import cache
from pathlib import Path
from typing import TypeAlias

from tidegate.readers.base import Reading, Unreadable

Row: TypeAlias = "dict[str, str]"
Outcome: TypeAlias = "Reading | Unreadable"

_CHECKOUT = Path(__file__).parents[3]
_MYPY = re.compile(r"Found (\d+) errors?")

# What a reader is called where the manifest calls its format otherwise.
_READER_NAMES = {
    "coveragepy-json": "coveragepy",
    "cyclonedx-json": "cyclonedx",
    "owasp-dc-json": "dependency-check-json",
    "owasp-dc-xml": "dependency-check-xml",
}


def evidence_folder() -> Path:
    """Say where the reports are expected: TIDEGATE_EVIDENCE, else ../shared/evidence beside the checkout."""
    named = os.environ.get("TIDEGATE_EVIDENCE")
    return Path(named) if named else _CHECKOUT.parent / "shared" / "evidence"


@cache
def rows() -> tuple[Row, ...]:
    """Give every row of the manifest."""
    with (evidence_folder() / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def reader_name(manifest_format: str) -> str:
    """Give the name of the reader that a format of the manifest belongs to."""
    return _READER_NAMES.get(manifest_format, manifest_format)


def numbers(text: str) -> dict[str, int]:
    """Read `findings=19;E=14` (columns `expected` and `recount`), or mypy's last line as `findings`.

    What is no whole number is left out; nested totals (`declared:fatal:0,error:9`) are, too.
    """
    if found := _MYPY.match(text):
        return {"findings": int(found[1])}
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): int(value) for name, _, value in pairs if value.strip().lstrip("-").isdigit()}


def total(outcome: Outcome) -> object:
    """Give the findings that were counted, or None for a report that was refused."""
    return outcome.measures.get("findings.total") if isinstance(outcome, Reading) else None
