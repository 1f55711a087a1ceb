"""SPDX 2 in XML: what only this form has."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, refusal, source
from tests.support.sbom_writing import spdx_document, spdx_package, spdx_xml
from tidegate.readers.supply_chain.spdx_xml import READER


class TestReads:
    def test_what_the_document_describes_apart_from_relationships(self) -> None:
        document = spdx_document(
            spdx_package("a"), spdx_package("b"), relationships=[], documentDescribes=["SPDXRef-a"]
        )
        assert measure(READER, spdx_xml(document)).ran

    def test_names_of_elements_that_do_not_matter_at_their_place(self) -> None:
        licence = "<hasExtractedLicensingInfos><name>x</name><SPDXID>y</SPDXID></hasExtractedLicensingInfos>"
        report = spdx_xml(spdx_document(spdx_package())).replace("</Document>", licence + "</Document>")
        assert measure(READER, report).measures["sbom.components"] == 1


class TestRefuses:
    @pytest.mark.parametrize(
        ("before", "after", "what"),
        [
            (
                "<versionInfo>1</versionInfo>",
                "<versionInfo>1</versionInfo>" * 2,
                "stands twice in <packages>",
            ),
            ("<SPDXID>SPDXRef-lib</SPDXID>", "", "<packages> is not what the format asks for"),
            ("<Document>", "<Other>", "not <Document>"),
            ("</Document>", "", "ends before it is complete"),
            ("</relationships>", "</relationships><relationships/>", "<relationships> is not what"),
            ("<relationshipType>DESCRIBES", "<relationshipType>SHOWS", "'SHOWS' is no type"),
            ("<SPDXID>SPDXRef-DOCUMENT</SPDXID>", "", "<Document> is not what the format asks for"),
            ("<creators>Tool: syft-1.2.3</creators>", "", "missing required field `creators`"),
        ],
    )
    def test_what_is_no_such_document(self, before: str, after: str, what: str) -> None:
        report = spdx_xml(spdx_document(spdx_package(versionInfo="1")))
        assert before in report
        assert what in refusal(READER, report.replace(before, after, 1))

    def test_files_of_a_package_that_are_not_listed(self) -> None:
        report = spdx_xml(spdx_document(spdx_package(hasFiles=["SPDXRef-f"])))
        assert "'SPDXRef-f' is referred to and not listed" in refusal(READER, report)


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(spdx_xml(spdx_document())))
        for other in ("<Document/>", "<Document><a/></Document>", "<bom/>", "{}", ""):
            assert not READER.sniff(source(other))
