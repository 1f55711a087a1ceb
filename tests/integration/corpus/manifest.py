"""The evidence folder's manifest: where it is, its rows, and the numbers written in them."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

import pytest

from tidegate.readers.base import Limits, Reader, Reading, Source, Unreadable

Outcome: TypeAlias = "Reading | Unreadable"
_REPOSITORY = Path(__file__).parents[3]


@cache
def folder() -> Path | None:
    """Find the evidence folder: `TIDEGATE_EVIDENCE`, or `../shared/evidence` beside the checkout."""
    told = os.environ.get("TIDEGATE_EVIDENCE")
    place = Path(told) if told else _REPOSITORY.parent / "shared" / "evidence"
    return place if (place / "MANIFEST.csv").is_file() else None


@cache
def _all_rows() -> tuple[dict[str, str], ...]:
    place = folder()
    if place is None:
        return ()
    with (place / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def rows(*formats: str) -> list[dict[str, str]]:
    """Give the rows of some formats; none where the evidence folder is absent."""
    return [row for row in _all_rows() if row["format"] in formats]


def rows_or_skip(*formats: str) -> list[object]:
    """Give the rows of some formats as pytest parameters, or one that is skipped with its reason."""
    found = rows(*formats)
    if not found:
        reason = "no evidence folder: set TIDEGATE_EVIDENCE or put it at ../shared/evidence"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(row, id=row["path"]) for row in found]


def source_of(row: dict[str, str]) -> Source:
    """Open the file of a row."""
    place = folder()
    assert place is not None
    return Source.of_path(place / row["path"])


def outcome_of(reader: Reader, row: dict[str, str]) -> Outcome:
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


def numbers(text: str) -> dict[str, int]:
    """Give the `name=number` parts of a manifest cell; all other parts are passed over."""
    found = re.findall(r"(?:^|;)\s*([A-Za-z_]+)=(-?\d+)(?=;|$|\s)", text)
    return {name: int(number) for name, number in found}


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

    def agree(self, name: str, outcome: Outcome, told: dict[str, int], measured: dict[str, int]) -> bool:
        """Compare what a file gave with what the manifest tells, decisions taken into account."""
        if isinstance(outcome, Unreadable):
            return name in self.refused and self.refused[name] in str(outcome)
        if name in self.refused:
            return False
        if name in self.not_run:
            ran_as_decided = not outcome.ran and self.not_run[name] in (outcome.why_not or "")
        else:
            ran_as_decided = outcome.ran
        decided = self.differs.get(name, ({}, ""))[0]
        expected = told | decided
        return ran_as_decided and all(measured.get(key, 0) == value for key, value in expected.items())

    def names(self) -> set[str]:
        """Give every file that is named."""
        return {*self.refused, *self.not_run, *self.differs}


def short_name(row: dict[str, str]) -> str:
    """Give a file's name within its format."""
    return row["path"].partition("/")[2]
