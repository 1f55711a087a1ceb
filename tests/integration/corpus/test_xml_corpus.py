"""Every real JUnit, Cobertura, JaCoCo and LCOV report gives the expected measures or is refused by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.corpus import cobertura, jacoco, junit, lcov
from tests.integration.corpus.decisions import (
    Decisions,
    outcome_of,
    rows_or_own,
    rows_or_skip,
    short_name,
    source_of,
)
from tests.integration.corpus.manifest import Outcome, Row, evidence_folder, rows
from tidegate.domain.findings import Case, Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Unreadable
from tidegate.readers.coverage import cobertura as cobertura_reader
from tidegate.readers.coverage import jacoco as jacoco_reader
from tidegate.readers.coverage import lcov as lcov_reader
from tidegate.readers.test_results import junit as junit_reader

FORMATS: dict[str, tuple[Reader, Callable[[Row, Outcome], bool], Decisions]] = {
    "junit": (junit_reader.READER, junit.agreement, junit.DECISIONS),
    "cobertura": (cobertura_reader.READER, cobertura.agreement, cobertura.DECISIONS),
    "jacoco": (jacoco_reader.READER, jacoco.agreement, jacoco.DECISIONS),
    "lcov": (lcov_reader.READER, lcov.agreement, lcov.DECISIONS),
}
READERS = [reader for reader, _, _ in FORMATS.values()]
XML_READERS = READERS[:3]
NO_ROOT_OF_ITS_FORMAT = {"the root element is", "is empty", "this is not XML", "entities"}


class TestEveryFileOfTheseFormats:
    @pytest.mark.parametrize("row", rows_or_skip(*FORMATS))
    def test_gives_what_the_manifest_expects_or_what_was_decided(self, row: Row) -> None:
        reader, agreement, _ = FORMATS[row["format"]]
        outcome = outcome_of(reader, row)
        assert agreement(row, outcome), f"{outcome!r}\nexpected {row['expected']}\nrecount {row['recount']}"

    @pytest.mark.parametrize("row", rows_or_own(*FORMATS))
    def test_is_claimed_by_its_own_reader_alone(self, row: Row) -> None:
        reader, _, decisions = FORMATS[row["format"]]
        claimed = [other.format for other in READERS if other.sniff(source_of(row))]
        refusal = decisions.refused.get(short_name(row), "")
        unclaimed = any(reason in refusal for reason in NO_ROOT_OF_ITS_FORMAT)
        assert claimed == ([] if unclaimed else [reader.format])

    @pytest.mark.parametrize("row", rows_or_own(*FORMATS))
    def test_yields_as_many_cases_as_it_counts(self, row: Row) -> None:
        reader, _, _ = FORMATS[row["format"]]
        outcome = outcome_of(reader, row)
        if isinstance(outcome, Unreadable):
            with pytest.raises(Unreadable):
                list(reader.read(source_of(row), Limits(), True))
            return
        found = list(reader.read(source_of(row), Limits(), True))
        expected = Case if outcome.kind is Kind.TESTS else Finding
        assert all(isinstance(item, expected) for item in found)
        assert len(found) == outcome.measures.get("tests.total", outcome.measures.get("findings.total", 0))


@pytest.mark.parametrize("row", rows_or_skip("nunit", "trx", "xunitnet", "owasp-dc-xml"))
class TestEveryOtherDialectOfXml:
    def test_is_claimed_by_none(self, row: Row) -> None:
        assert [reader.format for reader in READERS if reader.sniff(source_of(row))] == []

    @pytest.mark.parametrize("reader", XML_READERS, ids=lambda reader: reader.format)
    def test_is_refused_when_named_as_ours(self, reader: Reader, row: Row) -> None:
        assert isinstance(outcome_of(reader, row), Unreadable)


@pytest.mark.parametrize("row", rows_or_skip("pathological-xml"))
@pytest.mark.parametrize("reader", XML_READERS, ids=lambda reader: reader.format)
class TestEveryPathologicalFile:
    def test_is_claimed_by_none_and_refused_with_its_reason(self, reader: Reader, row: Row) -> None:
        assert not reader.sniff(source_of(row))
        outcome = outcome_of(reader, row)
        assert isinstance(outcome, Unreadable)
        reason = "declares or uses entities" if "ENTITY" in row["flags"] else "the root element is"
        assert reason in str(outcome)


@pytest.mark.skipif(
    not (evidence_folder() / "MANIFEST.csv").is_file(),
    reason=f"the real reports are not here: {evidence_folder()} is missing (TIDEGATE_EVIDENCE)",
)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_decision_names_a_file_that_is_there(format_: str) -> None:
    assert FORMATS[format_][2].names() <= {short_name(row) for row in rows() if row["format"] == format_}
