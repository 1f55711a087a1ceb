"""Per-file decisions: where our reading of a real report differs from the manifest, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.corpus.conftest import own_reports
from tests.integration.corpus.manifest import Outcome, Row, evidence_folder, rows
from tidegate.readers.base import Limits, Reader, Reading, Source, Unreadable

# What detection says of a report without a root or a first line of its own.
_UNRECOGNISED = "the format cannot be recognised from the content"


def rows_or_skip(*formats: str) -> list[object]:
    """Give the rows of some formats as pytest parameters, or one that is skipped with its reason."""
    folder = evidence_folder()
    if not (folder / "MANIFEST.csv").is_file():
        reason = f"the real reports are not here: {folder / 'MANIFEST.csv'} is missing (TIDEGATE_EVIDENCE)"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(row, id=row["path"]) for row in rows() if row["format"] in formats]


def rows_or_own(*formats: str) -> list[object]:
    """Give reports of our own as rows, and after them the rows of these formats where they are here."""
    paths = [path for format in formats for path in own_reports(format)]
    # One that is empty is of no format.
    own = [{"path": str(path), "format": path.parent.name} for path in paths if path.stat().st_size]
    real = rows_or_skip(*formats) if (evidence_folder() / "MANIFEST.csv").is_file() else []
    return [*(pytest.param(row, id=f"own/{row['format']}/{Path(row['path']).name}") for row in own), *real]


def source_of(row: Row) -> Source:
    """Open the file of a row; one of our own has its whole path."""
    return Source.of_path(evidence_folder() / row["path"])


def outcome_of(reader: Reader, row: Row) -> Outcome:
    """Read the file of a row: to its reading or to the error."""
    stream = reader.read(source_of(row), Limits(), False)
    try:
        while True:
            next(stream)
    except StopIteration as stop:
        reading = stop.value
        assert isinstance(reading, Reading)
        return reading
    except Unreadable as unreadable:
        return unreadable


def pairs(text: str) -> dict[str, tuple[int, int]]:
    """Give the `NAME=covered/total` parts of a manifest cell."""
    found = re.findall(r"(?:^|;)\s*([A-Z]+)=(\d+)/(\d+)", text)
    return {name: (int(covered), int(total)) for name, covered, total in found}


@dataclass(frozen=True, slots=True)
class Decisions:
    """Where one format's reader differs from the manifest on purpose, by the file's name.

    `refused` gives a part of the error's text, `not_run` a part of `why_not`; `differs` gives the numbers
    that are decided otherwise, and the reason. Every file that is not named must be read, must have run,
    and must have every number that the manifest tells.
    """

    refused: dict[str, str] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    differs: dict[str, tuple[dict[str, int], str]] = field(default_factory=dict)

    def agree(self, name: str, outcome: Outcome, stated: dict[str, int], measured: dict[str, int]) -> bool:
        """Compare what a file gave with what the manifest tells, decisions taken into account."""
        if isinstance(outcome, Unreadable):
            return name in self.refused and (
                self.refused[name] in str(outcome) or _UNRECOGNISED in str(outcome)
            )
        if name in self.refused:
            return False
        if name in self.not_run:
            ran_as_decided = not outcome.ran and self.not_run[name] in (outcome.why_not or "")
        else:
            ran_as_decided = outcome.ran
        decided = self.differs.get(name, ({}, ""))[0]
        expected = stated | decided
        return ran_as_decided and all(measured.get(key, 0) == value for key, value in expected.items())

    def names(self) -> set[str]:
        """Give every file that is named."""
        return {*self.refused, *self.not_run, *self.differs}


def short_name(row: Row) -> str:
    """Give a file's name within its format."""
    return row["path"].partition("/")[2]
