"""Reads every real report once, and prints how many of each format agree with what is known of them."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.integration.corpus.manifest import Outcome, Row, evidence_folder, rows
from tests.support import tables
from tests.support.reading import READERS, read_whole
from tidegate.readers.base import Limits, Source, Unreadable

OWN = Path(__file__).parents[2] / "corpus"


@dataclass(frozen=True, slots=True)
class Read:
    """One real report, what became of it, and how long that took in seconds."""

    row: Row
    outcome: Outcome
    seconds: float

    @property
    def agrees(self) -> bool | None:
        """Tell whether the outcome is the expected one; None where nobody compares this format yet."""
        compare = comparison(self.row["format"])
        return None if compare is None else compare(self.row, self.outcome)


def comparison(format: str) -> Callable[[Row, Outcome], bool] | None:
    """Find the comparison of a format: `agreement` in the module of its name here."""
    name = f"tests.integration.corpus.{format.replace('-', '_')}"
    if importlib.util.find_spec(name) is None:
        return None
    compare: Callable[[Row, Outcome], bool] = importlib.import_module(name).agreement
    return compare


@pytest.fixture(scope="session")
def corpus() -> list[Read]:
    """Read every report of the manifest by its content alone, as `tidegate check` does."""
    folder = evidence_folder()
    if not (folder / "MANIFEST.csv").is_file():
        pytest.skip(
            f"the real reports are not here: {folder / 'MANIFEST.csv'} is missing (TIDEGATE_EVIDENCE)"
        )
    return [_read(evidence_folder(), row) for row in rows()]


def own_reports(format: str) -> list[Path]:
    """Name the reports of our own in a format, without the pages that say what is expected of them."""
    return [
        path
        for path in sorted((OWN / format).glob("*.*"))
        if path.name not in ("README.md", "expectations.yml")
    ]


@pytest.fixture(scope="session")
def every_report(request: pytest.FixtureRequest) -> list[Read]:
    """Read the reports of our own, and those of the manifest where they are here."""
    paths = [path.relative_to(OWN) for reader in READERS for path in own_reports(reader.format)]
    own = [_read(OWN, {"path": str(path), "format": path.parts[0]}) for path in paths]
    real = (evidence_folder() / "MANIFEST.csv").is_file()
    return own + (request.getfixturevalue("corpus") if real else [])


def _read(folder: Path, row: Row) -> Read:
    source = Source.of_path(folder / row["path"])
    started = time.perf_counter()
    outcome: Outcome
    try:
        outcome = read_whole(source, Limits(), on_item=lambda item: None)
    except Unreadable as error:
        outcome = error
    return Read(row, outcome, time.perf_counter() - started)


@pytest.fixture
def show_table(request: pytest.FixtureRequest) -> Callable[[list[str]], None]:
    """Have the table of agreement printed at the end of the test run."""
    return partial(tables.show, request.config, "real reports: agreement per format")
