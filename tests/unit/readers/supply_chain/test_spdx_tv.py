"""SPDX 2 as tags and values: what only this form has."""

from __future__ import annotations

import pytest

from tests.support.reading import measure, refusal, source
from tests.support.sbom_writing import spdx_document, spdx_package, spdx_tags
from tidegate.readers.base import Limits
from tidegate.readers.supply_chain.spdx_tv import READER

REPORT = spdx_tags(spdx_document(spdx_package(versionInfo="1.0", licenseDeclared="MIT")))


class TestReads:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("PackageVersion: 1.0", "PackageVersion: <text>1.0</text>"),
            ("PackageVersion: 1.0", "PackageVersion:1.0"),
            ("PackageVersion: 1.0", "  PackageVersion: \t1.0  "),
            ("PackageVersion: 1.0", "PackageVersion: <text>\n1.0\n</text>"),
            ("PackageVersion: 1.0", "# PackageVersion: 2\n\nPackageVersion: 1.0"),
            (
                "PackageVersion: 1.0",
                "PackageVersion: 1.0\nPackageComment: <text>\nPackageName: x\n\n#\n</text>",
            ),
            ("PackageVersion: 1.0", "PackageVersion: 1.0\nAnnotator: Person: a\nAnnotationType: OTHER"),
            ("PackageVersion: 1.0", "PackageVersion: 1.0\nPackageComment: <text></text>"),
            (
                "Relationship: ",
                "LicenseID: LicenseRef-1\nExtractedText: <text>a: b\nc</text>\nRelationship: ",
            ),
        ],
    )
    def test_values_however_they_are_written(self, before: str, after: str) -> None:
        assert before in REPORT
        changed = measure(READER, REPORT.replace(before, after, 1))
        assert changed.ran and changed.measures == measure(READER, REPORT).measures

    def test_lines_that_end_as_in_windows_after_a_byte_order_mark(self) -> None:
        report = b"\xef\xbb\xbf" + REPORT.replace("\n", "\r\n").encode()
        assert READER.sniff(source(report)) and measure(READER, report).ran

    def test_a_text_of_any_length(self) -> None:
        long = "PackageComment: <text>" + "long\n" * 10_000 + "</text>\nPackageVersion: 1.0"
        assert measure(READER, REPORT.replace("PackageVersion: 1.0", long), Limits(max_text=100)).ran


class TestTheEnd:
    """The format has none, so what may be the beginning of a longer document is not believed."""

    @pytest.mark.parametrize(
        "after",
        [
            "Relationship: SPDXRef-lib CONTAINS NONE",
            "LicenseID: LicenseRef-1\nExtractedText: x",
            "Annotator: Person: a",
            "SnippetSPDXID: SPDXRef-s",
        ],
    )
    def test_is_believed_after_what_follows_packages(self, after: str) -> None:
        document = spdx_tags(spdx_document(spdx_package("app"), spdx_package()))
        moved = document.replace("Creator:", document.splitlines()[-1] + "\nCreator:")
        cut = "\n".join(moved.splitlines()[:-1]) + "\n"
        reading = measure(READER, cut)
        assert not reading.ran and "Nothing follows the last package" in (reading.why_not or "")
        assert reading.measures["sbom.components"] == 2
        assert measure(READER, cut + after).ran

    def test_is_not_believed_after_a_file(self) -> None:
        assert not measure(READER, REPORT + "FileName: a\nSPDXID: SPDXRef-f\n").ran


class TestRefuses:
    @pytest.mark.parametrize(
        ("before", "after", "what"),
        [
            ("PackageVersion: 1.0", "PackageVersion 1.0", "no tag with a value"),
            ("PackageVersion: 1.0", "PackageVersions: 1.0", "the tag 'PackageVersions' is none"),
            ("PackageVersion: 1.0", "PackageVersion: 1\nPackageVersion: 2", "stands twice in one element"),
            ("PackageVersion: 1.0", "PackageVersion: <text>1.0", "the text that begins here does not end"),
            ("PackageVersion: 1.0", "PackageChecksum: SHA1", "no algorithm and digest"),
            ("PackageVersion: 1.0", "ExternalRef: OTHER purl", "no category, type and locator"),
            ("PackageVersion: 1.0", "AnnotationType: BAD", "no type of annotation"),
            ("PackageVersion: 1.0", "FileChecksum: SHA1: 00", "stands outside of what it belongs to"),
            ("PackageName: lib", "", "the tag SPDXID stands twice"),
            ("DataLicense: CC0-1.0", "DataLicense: CC0-1.0\nPackageVersion: 1", "outside of what it belongs"),
            ("Created: ", "Created: 2026-01-02T03:04:05Z\nCreated: ", "stands twice"),
            (
                "Relationship: ",
                "LicenseID: LicenseRef-1\nSPDXID: SPDXRef-1\nRelationship: ",
                "SPDXID stands outside",
            ),
            ("DESCRIBES ", "", "is no relationship"),
            ("DataLicense: CC0-1.0\n", "", "line 16: the document before this line"),
            ("Creator: Tool: syft-1.2.3\n", "", "no creator"),
            ("\nRelationship: ", "\n\0Relationship: ", "NUL byte"),
        ],
    )
    def test_what_is_no_such_document(self, before: str, after: str, what: str) -> None:
        assert before in REPORT
        assert what in refusal(READER, REPORT.replace(before, after, 1))

    def test_an_empty_file(self) -> None:
        assert "empty" in refusal(READER, "\n")


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(REPORT))
        assert READER.sniff(source("# made by hand\n\nSPDXVersion: SPDX-2.3\n"))
        for other in (
            "SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n",
            "a SPDXVersion: SPDX-2.3",
            "{}",
            "",
        ):
            assert not READER.sniff(source(other))
