"""Every real TAP and CTRF report gives the expected measures, and CTRF's own suite is held case by case."""

from __future__ import annotations

import json
from types import ModuleType

import pytest

from tests.integration.corpus import ctrf as ctrf_corpus
from tests.integration.corpus import tap as tap_corpus
from tests.integration.corpus.json_rows import EVIDENCE, read, rows
from tests.support.reading import READERS
from tidegate.readers.base import Limits, Reader, Source, Unreadable
from tidegate.readers.detect import drain, find_reader
from tidegate.readers.test_results import ctrf, tap


def check(corpus: ModuleType, reader: Reader, row: dict[str, str]) -> None:
    """Read a file, compare it with the manifest, and see that no other reader takes it for its own."""
    got = read(reader, row)
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["expected"], got)
    claimed = [each.format for each in READERS if each.sniff(Source.of_path(EVIDENCE / row["path"]))]
    assert claimed == ([] if isinstance(got, Unreadable) else [reader.format])


@pytest.mark.parametrize("row", rows("tap"))
def test_tap(row: dict[str, str]) -> None:
    check(tap_corpus, tap.READER, row)


@pytest.mark.parametrize("row", rows("ctrf"))
def test_ctrf(row: dict[str, str]) -> None:
    check(ctrf_corpus, ctrf.READER, row)


@pytest.mark.parametrize("row", rows("ctrf-conformance"))
def test_ctrf_conformance(row: dict[str, str]) -> None:
    path = EVIDENCE / row["path"]
    with pytest.raises(Unreadable, match="CTRF's conformance suite"):
        find_reader(Source.of_path(path))
    for case in json.loads(path.read_text("utf-8"))["tests"]:
        if "data" not in case:  # an example of the specification, which is a report of its own here
            continue
        try:
            source = Source.of_bytes(json.dumps(case["data"]).encode())
            valid = drain(ctrf.READER.read(source, Limits(), False), None).ran
        except Unreadable:
            valid = False
        assert valid is case["valid"], case["description"]
