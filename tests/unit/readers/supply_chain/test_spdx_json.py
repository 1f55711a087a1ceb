"""SPDX 2 in JSON: what only this form has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, refusal, source
from tests.support.sbom_writing import related, spdx_document, spdx_package
from tidegate.readers.supply_chain.spdx_json import READER


class TestDescribes:
    def test_may_stand_apart_from_the_relationships(self) -> None:
        document = spdx_document(
            spdx_package("a"), spdx_package("b"), relationships=None, documentDescribes=["SPDXRef-a"]
        )
        assert measure(READER, document).ran

    def test_must_name_what_is_listed(self) -> None:
        assert "'SPDXRef-x'" in refusal(
            READER, spdx_document(spdx_package("a"), documentDescribes=["SPDXRef-x"])
        )

    def test_so_must_the_files_of_a_package(self) -> None:
        package = spdx_package("a", hasFiles=["SPDXRef-f"])
        assert "'SPDXRef-f'" in refusal(READER, spdx_document(package))
        file = {"SPDXID": "SPDXRef-f", "fileName": "f"}
        assert measure(READER, spdx_document(package, files=[file])).ran


class TestRefuses:
    @pytest.mark.parametrize(
        ("document", "place"),
        [
            (spdx_document(spdx_package(), spdx_package("b", SPDXID=1)), "`$.packages[1].SPDXID`"),
            (spdx_document(spdx_package(), spdx_package("b", SPDXID="b")), "`$.packages[1]`: 'b'"),
            (
                spdx_document(spdx_package(annotations=[{"annotationType": "X"}])),
                "`$.packages[0].annotations[0]",
            ),
            (spdx_document(spdx_package(), files=[{}]), "`$.files[0]`"),
            (spdx_document(spdx_package(), snippets=[{}]), "`$.snippets[0]`"),
            (spdx_document(spdx_package(), relationships=[{}]), "`$.relationships[0]`"),
            (
                spdx_document(spdx_package(), relationships=[related("SPDXRef-lib", "X", "SPDXRef-lib")]),
                "`$.relationships[0]`: 'X'",
            ),
            (spdx_document(packages={}), "`$.packages`"),
            (spdx_document(creationInfo={"created": "x", "creators": "y"}), "`$.creationInfo.creators`"),
            (spdx_document(externalDocumentRefs=[{}]), "`$.externalDocumentRefs[0]`"),
            ({"spdxVersion": "SPDX-2.3"}, "missing required field"),
        ],
    )
    def test_with_the_place(self, document: Any, place: str) -> None:
        assert place in refusal(READER, document)

    def test_no_creator(self) -> None:
        creation = {"created": "2026-01-02T03:04:05Z", "creators": []}
        assert "No creator" in refusal(READER, spdx_document(spdx_package(), creationInfo=creation))

    def test_what_github_wraps_it_in_with_the_command_that_does_not(self) -> None:
        wrapped = {"sbom": spdx_document(spdx_package())}
        assert READER.sniff(source(wrapped))
        assert "--jq .sbom" in refusal(READER, wrapped)


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(spdx_document()))
        assert READER.sniff(source({"SPDXID": "SPDXRef-DOCUMENT"}))
        for other in ([], {}, {"bomFormat": "CycloneDX"}, {"sbom": {}}, {"@graph": [], "SPDXID": "a"}):
            assert not READER.sniff(source(other))
