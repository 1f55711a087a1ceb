"""Every real report of ESLint and Hadolint gives what is known of it, and is no other reader's."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.integration.corpus import eslint_json, hadolint
from tests.integration.corpus.json_rows import EVIDENCE, read, rows
from tests.integration.corpus.manifest import Row
from tests.support.reading import READERS
from tidegate.readers.base import Reader, Reading, Source
from tidegate.readers.findings import eslint
from tidegate.readers.findings import hadolint as hadolint_reader


def check(corpus: ModuleType, reader: Reader, row: Row) -> Reading:
    """Read a file under its name, and compare it with the manifest."""
    got = read(reader, row)
    assert isinstance(got, Reading)
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["expected"], got)
    if "empty" not in row["path"]:  # `[]`: several tools write that
        claimed = [each.format for each in READERS if each.sniff(Source.of_path(EVIDENCE / row["path"]))]
        assert claimed == [reader.format]
    return got


@pytest.mark.parametrize("row", rows("eslint-json"))
def test_eslint(row: Row) -> None:
    check(eslint_json, eslint.READER, row)


@pytest.mark.parametrize("row", rows("hadolint"))
def test_hadolint(row: Row) -> None:
    check(hadolint, hadolint_reader.READER, row)
