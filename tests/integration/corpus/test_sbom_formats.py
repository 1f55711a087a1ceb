"""Every bill of materials in the evidence: the expected components, or a refusal that is named."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.integration.corpus import cyclonedx_xml as cyclonedx_corpus
from tests.integration.corpus import spdx_json as spdx_json_corpus
from tests.integration.corpus import spdx_tv as spdx_tv_corpus
from tests.integration.corpus import spdx_xml as spdx_xml_corpus
from tests.integration.corpus.json_rows import EVIDENCE, Got, rows
from tests.support.reading import read_whole
from tidegate.readers.base import Limits, Reading, Source, Unreadable


def check(corpus: ModuleType, row: dict[str, str]) -> Got:
    """Read a file by its content, compare it with the manifest, and hold each difference to its reason."""
    got: Got
    try:
        got = read_whole(Source.of_path(EVIDENCE / row["path"]), Limits(), on_item=lambda item: None)
        assert got.format == row["format"]
    except Unreadable as refusal:
        got = refusal
    assert corpus.agreement(row, got) is (row["path"] not in corpus.DIFFERS), (row["expected"], got)
    return got


REFUSED = {
    "component-type-1.4": "<component> (`type`)",
    "component-type-1.6": "<component> (`type`)",
    "dependency-1.6": "<dependency> is not",
    "hash-alg-1.6": "<component> (`hashes[0].alg`)",
    "serialnumber-1.6": "<bom> is not",
}


@pytest.mark.parametrize("row", rows("cyclonedx-xml"))
def test_cyclonedx_xml(row: dict[str, str]) -> None:
    got = check(cyclonedx_corpus, row)
    name = row["path"].partition("__invalid-")[2].removesuffix(".xml")
    assert isinstance(got, Unreadable) is (name in REFUSED)
    assert REFUSED.get(name, "") in str(got)


@pytest.mark.parametrize("row", rows("spdx-json"))
def test_spdx_json(row: dict[str, str]) -> None:
    assert isinstance(check(spdx_json_corpus, row), Reading)


@pytest.mark.parametrize("row", rows("spdx-xml"))
def test_spdx_xml(row: dict[str, str]) -> None:
    assert isinstance(check(spdx_xml_corpus, row), Reading)


@pytest.mark.parametrize("row", rows("spdx-tv"))
def test_spdx_tag_value(row: dict[str, str]) -> None:
    assert isinstance(check(spdx_tv_corpus, row), Reading)
