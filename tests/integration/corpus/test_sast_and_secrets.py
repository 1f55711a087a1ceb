"""Every real report of Semgrep and gitleaks: the expected measures, and nothing kept of a secret."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from tests.integration.corpus import gitleaks as gitleaks_corpus
from tests.integration.corpus import semgrep as semgrep_corpus
from tests.integration.corpus.json_rows import EVIDENCE, read, rows
from tests.support.reading import READERS, items
from tidegate.readers.base import Reader, Source
from tidegate.readers.findings import gitleaks, semgrep

# What gitleaks found, in each of its layouts.
_FOUND = re.compile(rb'"(?:Secret|Match|offender|line)"\s*:\s*"((?:[^"\\]|\\.)+)"')


def check(corpus: ModuleType, reader: Reader, row: dict[str, str], *, by_content: bool = True) -> None:
    """Read a file, compare it with the manifest, and hold every difference to its written reason."""
    got = read(reader, row)
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["recount"], got)
    claimed = [each.format for each in READERS if each.sniff(Source.of_path(EVIDENCE / row["path"]))]
    assert claimed == ([reader.format] if by_content else [])


@pytest.mark.parametrize("row", rows("semgrep"))
def test_semgrep(row: dict[str, str]) -> None:
    check(semgrep_corpus, semgrep.READER, row)


@pytest.mark.parametrize("row", rows("gitleaks"))
def test_gitleaks(row: dict[str, str]) -> None:
    check(gitleaks_corpus, gitleaks.READER, row, by_content="layout=null" not in row["recount"])


@pytest.mark.parametrize("row", rows("gitleaks"))
def test_gitleaks_keeps_nothing_of_what_was_found(row: dict[str, str]) -> None:
    data = (EVIDENCE / row["path"]).read_bytes()
    told = repr(items(gitleaks.READER, data))
    assert [found for found in _FOUND.findall(data) if found.decode() in told] == []
