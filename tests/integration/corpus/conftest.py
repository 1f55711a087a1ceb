"""Reads every real report once, and prints how many of each format agree with what is known of them."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from tests.integration.corpus.known import every_row, evidence, reader_name
from tests.integration.corpus.manifest import Outcome, source_of
from tidegate.readers.base import Limits, Unreadable
from tidegate.readers.detect import read_report
from tidegate.readers.registry import READERS

Comparison: TypeAlias = "Callable[[dict[str, str], Outcome], bool]"

_TABLE = pytest.StashKey[list[str]]()


@dataclass(frozen=True, slots=True)
class Read:
    """One real report, what became of it, and how long that took in seconds.

    `named` is the refusal of its own format's reader, where the content was told to be of no format.
    """

    row: dict[str, str]
    outcome: Outcome
    named: Unreadable | None
    seconds: float

    @property
    def agrees(self) -> bool | None:
        """Tell whether the outcome is the expected one; None where nobody compares this format yet."""
        compare = comparison(self.row["format"])
        if compare is None:
            return None
        return compare(self.row, self.outcome) or (self.named is not None and compare(self.row, self.named))


def comparison(format: str) -> Comparison | None:
    """Find the comparison of a format: `agreement` in the module of its name, or of its reader's, here."""
    for name in (format, reader_name(format)):
        module = f"tests.integration.corpus.{name.replace('-', '_')}"
        if importlib.util.find_spec(module) is not None:
            compare: Comparison = importlib.import_module(module).agreement
            return compare
    return None


@pytest.fixture(scope="session")
def corpus() -> list[Read]:
    """Read every report of the manifest by its content alone, as `tidegate check` does."""
    return [_read(row) for row in every_row(evidence())]


def _read(row: dict[str, str]) -> Read:
    started = time.perf_counter()
    outcome = _outcome(row)
    seconds = time.perf_counter() - started
    named: Outcome | None = None
    name = reader_name(row["format"])
    if isinstance(outcome, Unreadable) and name in {reader.format for reader in READERS}:
        named = _outcome(row, name)
    # Only a refusal counts for it: what is read by name alone does not agree by its content.
    return Read(row, outcome, named if isinstance(named, Unreadable) else None, seconds)


def _outcome(row: dict[str, str], format: str | None = None) -> Outcome:
    try:
        return read_report(source_of(row), Limits(), format, on_item=lambda item: None)
    except Unreadable as error:
        return error


@pytest.fixture
def show_table(request: pytest.FixtureRequest) -> Callable[[list[str]], None]:
    """Have lines printed at the end of the test run."""

    def show(lines: list[str]) -> None:
        request.config.stash[_TABLE] = lines

    return show


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of agreement."""
    if lines := config.stash.get(_TABLE, None):
        terminalreporter.section("real reports: agreement per format")
        for line in lines:
            terminalreporter.write_line(line)
