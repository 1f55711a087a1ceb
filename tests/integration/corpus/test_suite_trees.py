"""Every real report in TRX, NUnit and xUnit.net XML gives the expected counts or is refused by its reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.corpus import nunit, trx, xunitnet
from tests.integration.corpus.decisions import (
    Decisions,
    outcome_of,
    rows_or_own,
    rows_or_skip,
    short_name,
    source_of,
)
from tests.integration.corpus.manifest import Outcome, Row, evidence_folder, rows
from tests.support.reading import READERS
from tidegate.domain.findings import Case
from tidegate.readers.base import Limits, Reader, Unreadable

FORMATS: dict[str, tuple[Callable[[Row, Outcome], bool], Decisions]] = {
    "trx": (trx.agreement, trx.DECISIONS),
    "nunit": (nunit.agreement, nunit.DECISIONS),
    "xunitnet": (xunitnet.agreement, xunitnet.DECISIONS),
}


def reader_of(row: Row) -> Reader:
    return next(reader for reader in READERS if reader.format == row["format"])


@pytest.mark.parametrize("row", rows_or_skip(*FORMATS))
def test_gives_what_the_manifest_expects_or_what_was_decided(row: Row) -> None:
    outcome = outcome_of(reader_of(row), row)
    agreement, _ = FORMATS[row["format"]]
    assert agreement(row, outcome), f"{outcome!r}\nexpected {row['expected']}\nrecount {row['recount']}"


@pytest.mark.parametrize("row", rows_or_own(*FORMATS))
def test_is_claimed_by_its_own_reader_alone(row: Row) -> None:
    claimed = [other.format for other in READERS if other.sniff(source_of(row))]
    assert claimed == [row["format"]]


@pytest.mark.parametrize("row", rows_or_own(*FORMATS))
def test_yields_as_many_cases_as_it_counts(row: Row) -> None:
    reader = reader_of(row)
    outcome = outcome_of(reader, row)
    if isinstance(outcome, Unreadable):
        with pytest.raises(Unreadable):
            list(reader.read(source_of(row), Limits(), True))
        return
    found = list(reader.read(source_of(row), Limits(), True))
    assert all(isinstance(item, Case) for item in found)
    assert len(found) == outcome.measures["tests.total"]


@pytest.mark.skipif(
    not (evidence_folder() / "MANIFEST.csv").is_file(),
    reason=f"the real reports are not here: {evidence_folder()} is missing (TIDEGATE_EVIDENCE)",
)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_decision_names_a_file_that_is_there(format_: str) -> None:
    assert FORMATS[format_][1].names() <= {short_name(row) for row in rows() if row["format"] == format_}
