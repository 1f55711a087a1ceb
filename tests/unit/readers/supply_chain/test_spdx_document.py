"""What an SPDX 2 document means and which are refused, alike in JSON, in XML and as tags and values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.reading import items, measure, recognises, refusal
from tests.support.sbom_writing import related, spdx_document, spdx_package, spdx_tags, spdx_xml
from tidegate.readers.base import Reader, Unreadable
from tidegate.readers.supply_chain import spdx_json, spdx_tv
from tidegate.readers.supply_chain import spdx_xml as xml

Form = tuple[Reader, Callable[[dict[str, Any]], str]]
FORMS: dict[str, Form] = {
    "json": (spdx_json.READER, json.dumps),
    "xml": (xml.READER, spdx_xml),
    "tags": (spdx_tv.READER, spdx_tags),
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
_SHA1 = {"algorithm": "SHA1", "checksumValue": "0a" * 20}


def reference(kind: str, locator: str, category: str = "PACKAGE-MANAGER") -> dict[str, str]:
    return {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}


def one(form: Form, **more: Any) -> dict[str, Any]:
    """Give what is measured of a single package."""
    reader, write = form
    reading = measure(reader, write(spdx_document(spdx_package(**more))))
    assert reading.ran and reading.measures["sbom.components"] == 1
    return {name.partition(".")[2]: value for name, value in reading.measures.items()}


def said(form: Form, document: dict[str, Any]) -> str:
    reader, write = form
    return refusal(reader, write(document))


@forms
class TestMeasures:
    def test_a_document(self, form: Form) -> None:
        reader, write = form
        first = spdx_package(
            "first",
            versionInfo="1.0",
            licenseDeclared="MIT OR Apache-2.0",
            checksums=[_SHA1],
            externalRefs=[reference("purl", "pkg:npm/first@1.0")],
            primaryPackagePurpose="LIBRARY",
            annotations=[{"annotationType": "REVIEW"}],
        )
        file = {"SPDXID": "SPDXRef-file", "fileName": "./a.c", "checksums": [_SHA1]}
        document = spdx_document(
            first, spdx_package("second"), files=[file], snippets=[{"SPDXID": "SPDXRef-s"}]
        )
        report = write(document)
        assert recognises(reader, report) and items(reader, report) == []
        reading = measure(reader, report)
        assert reading.measures == {
            "sbom.components": 2,
            "sbom.versioned": 1,
            "sbom.identified": 1,
            "sbom.licensed": 1,
            "sbom.hashed": 1,
        }
        assert (reading.tool, reading.tool_version, reading.ran) == ("syft", "1.2.3", True)
        assert str(reading.made_at) == "2026-01-02 03:04:05+00:00"

    @pytest.mark.parametrize("version", ["", " ", "NOASSERTION", "latest", "UNKNOWN", "*", ">=1", "${v}"])
    def test_what_names_no_version_is_none(self, form: Form, version: str) -> None:
        assert one(form, versionInfo=version)["versioned"] == 0

    @pytest.mark.parametrize(
        ("concluded", "declared", "licensed"),
        [
            ("MIT", "NOASSERTION", 1),
            ("NOASSERTION", "MIT", 1),
            ("NOASSERTION", "NOASSERTION", 0),
            ("NOASSERTION", "NONE", 0),
            ("NONE", "MIT", 0),
            ("none", "MIT", 0),
            ("MIT", "NONE", 1),
            ("MIT AND NOASSERTION", "NOASSERTION", 0),
            ("LicenseRef-ours", None, 1),
            (None, None, 0),
            ("", "UNKNOWN", 0),
        ],
    )
    def test_a_licence_is_concluded_or_declared(
        self, form: Form, concluded: str | None, declared: str | None, licensed: int
    ) -> None:
        assert one(form, licenseConcluded=concluded, licenseDeclared=declared)["licensed"] == licensed

    @pytest.mark.parametrize(
        ("given", "identified"),
        [
            (reference("purl", "pkg:npm/a@1", "PACKAGE_MANAGER"), 1),
            (reference("cpe23Type", "cpe:2.3:a:x:y:*:*:*:*:*:*:*:*", "SECURITY"), 1),
            (reference("cpe22Type", "cpe:/a:x:y", "SECURITY"), 1),
            (reference("http://spdx.org/rdf/references/cpe23Type", "cpe:2.3:a:x:y", "SECURITY"), 1),
            (reference("purl", "NOASSERTION"), 0),
            (reference("cpe23Type", "pkg:npm/a@1", "SECURITY"), 0),
            (reference("url", "https://example.com", "SECURITY"), 0),
            (reference("swh", "swh:1:cnt:0", "PERSISTENT-ID"), 0),
            (reference("LocationRef-x", "pkg:npm/a@1", "OTHER"), 0),
        ],
    )
    def test_a_package_url_or_cpe_identifies(
        self, form: Form, given: dict[str, str], identified: int
    ) -> None:
        assert one(form, externalRefs=[given])["identified"] == identified

    @pytest.mark.parametrize(
        ("algorithm", "digits"), [("SHA3-256", 64), ("BLAKE2b-384", 96), ("MD5", 32), ("BLAKE3", 64)]
    )
    def test_a_digest_of_any_algorithm_counts(self, form: Form, algorithm: str, digits: int) -> None:
        given = {"algorithm": algorithm, "checksumValue": "F" * digits}
        assert one(form, checksums=[given])["hashed"] == 1
        assert one(form)["hashed"] == 0

    @pytest.mark.parametrize(
        ("creator", "tool"),
        [
            ("Tool: trivy-0.45.1", ("trivy", "0.45.1")),
            ("Tool: sbom-tool", ("sbom-tool", "")),
            ("Tool: Microsoft.SBOMTool-2.2.3", ("Microsoft.SBOMTool", "2.2.3")),
            ("Tool: syft-[not provided]", ("syft", "not provided")),
            ("Organization: Example ()", ("spdx", "")),
            ("Person: someone", ("spdx", "")),
        ],
    )
    def test_names_the_generator(self, form: Form, creator: str, tool: tuple[str, str]) -> None:
        reader, write = form
        info = {"created": "2026-01-02T03:04:05Z", "creators": ["Person: a", creator]}
        reading = measure(reader, write(spdx_document(spdx_package(), creationInfo=info)))
        assert (reading.tool, reading.tool_version) == tool

    def test_no_package_means_not_run(self, form: Form) -> None:
        reader, write = form
        reading = measure(reader, write(spdx_document()))
        assert not reading.ran and reading.measures == {}
        assert "lists no package" in (reading.why_not or "")

    @pytest.mark.parametrize("more", [{}, {"files": [{"SPDXID": "SPDXRef-file", "fileName": "./a.c"}]}])
    def test_what_is_described_alone_means_not_run(self, form: Form, more: dict[str, Any]) -> None:
        # Tools write what they were run on as a package, whether they found anything in it or not.
        reader, write = form
        described = related("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-app")
        unclear = related("SPDXRef-app", "DEPENDS_ON", "NOASSERTION")
        document = spdx_document(spdx_package("app"), relationships=[unclear, described], **more)
        reading = measure(reader, write(document))
        assert not reading.ran and reading.measures == {}
        assert "no package but the one that it describes ('SPDXRef-app')" in (reading.why_not or "")
        document["relationships"].append(related("SPDXRef-app", "CONTAINS", "NONE"))
        assert measure(reader, write(document)).ran

    def test_a_single_package_need_not_be_described(self, form: Form) -> None:
        reader, write = form
        reading = measure(reader, write(spdx_document(spdx_package(), relationships=[])))
        assert reading.measures["sbom.components"] == 1
        assert reading.ran is (form is not FORMS["tags"])  # which have no end: it may be a beginning
        assert reading.ran or "may have been cut off" in (reading.why_not or "")

    def test_what_describes_may_say_so_from_its_own_side(self, form: Form) -> None:
        reader, write = form
        described = [related("SPDXRef-a", "DESCRIBED_BY", "SPDXRef-DOCUMENT")]
        document = spdx_document(spdx_package("a"), spdx_package("b"), relationships=described)
        assert measure(reader, write(document)).ran

    def test_an_element_of_another_document_may_be_referred_to(self, form: Form) -> None:
        reader, write = form
        document = spdx_document(
            spdx_package("a"),
            externalDocumentRefs=[{"externalDocumentId": "DocumentRef-x"}],
            relationships=[
                related("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a"),
                related("SPDXRef-a", "COPY_OF", "DocumentRef-x:SPDXRef-b"),
                related("SPDXRef-a", "DEPENDS_ON", "NOASSERTION"),
                related("SPDXRef-a", "DEPENDS_ON", "NONE"),
            ],
        )
        assert measure(reader, write(document)).ran


_A = spdx_package("a")
_FILE = {"SPDXID": "SPDXRef-file", "fileName": "./a.c"}


def info(**more: Any) -> dict[str, Any]:
    fields = {"created": "2026-01-02T03:04:05Z", "creators": ["Tool: syft-1.2.3"]} | more
    return {key: value for key, value in fields.items() if value is not None}


@forms
class TestRefuses:
    @pytest.mark.parametrize(
        ("document", "what"),
        [
            (spdx_document(_A, spdxVersion="SPDX-2.1"), "'SPDX-2.1', read are"),
            (spdx_document(_A, spdxVersion="SPDX-3.0"), "'SPDX-3.0', read are"),
            (spdx_document(_A, dataLicense="MIT"), "data licence is 'MIT'"),
            (spdx_document(_A, dataLicense=None), "missing required field `dataLicense`"),
            (spdx_document(_A, SPDXID="SPDXRef-doc", relationships=[]), "own identifier is 'SPDXRef-doc'"),
            (spdx_document(_A, name=None), "missing required field `name`"),
            (spdx_document(_A, name=" "), "expected `str` matching regex"),
            (spdx_document(_A, documentNamespace=None), "missing required field `documentNamespace`"),
            (spdx_document(_A, documentNamespace="https://example.com/#a"), "namespace is no URI"),
            (spdx_document(_A, documentNamespace="here"), "namespace is no URI"),
            (spdx_document(_A, creationInfo=info(created="yesterday")), "'yesterday', no such time"),
            (spdx_document(_A, creationInfo=info(created=None)), "missing required field `created`"),
            (spdx_document(_A, creationInfo=info(creators=["syft"])), "'syft' is no creator"),
            (spdx_document(_A, creationInfo=info(creators=["Tool: "])), "is no creator"),
        ],
    )
    def test_a_document_that_is_none(self, form: Form, document: dict[str, Any], what: str) -> None:
        assert what in said(form, document)

    @pytest.mark.parametrize(
        ("package", "what"),
        [
            (spdx_package("a", downloadLocation=None), "missing required field `downloadLocation`"),
            (spdx_package("a", downloadLocation=""), "expected `str` matching regex"),
            (spdx_package("a", SPDXID=None), "missing required field `SPDXID`"),
            (spdx_package("a", SPDXID="a"), "'a' is no identifier of an element"),
            (spdx_package("a", primaryPackagePurpose="FUN"), "'FUN' is no purpose"),
            (
                spdx_package("a", checksums=[{"algorithm": "FOO", "checksumValue": "00"}]),
                "'FOO' is no algorithm",
            ),
            (spdx_package("a", checksums=[_SHA1 | {"checksumValue": "00"}]), "'00' is no SHA1 digest"),
            (spdx_package("a", checksums=[_SHA1 | {"checksumValue": "z" * 40}]), "is no SHA1 digest"),
            (spdx_package("a", externalRefs=[reference("purl", "pkg:a/b", "FOO")]), "'FOO' is no category"),
        ],
    )
    def test_a_package_that_is_none(self, form: Form, package: dict[str, Any], what: str) -> None:
        assert what in said(form, spdx_document(package, relationships=[]))

    @pytest.mark.parametrize(
        ("relationship", "what"),
        [
            (related("SPDXRef-a", "LIKES", "SPDXRef-a"), "'LIKES' is no type of relationship"),
            (related("SPDXRef-a", "CONTAINS", "SPDXRef-b"), "'SPDXRef-b' is referred to and not listed"),
            (related("SPDXRef-b", "CONTAINS", "SPDXRef-a"), "'SPDXRef-b' is referred to and not listed"),
            (related("NONE", "CONTAINS", "SPDXRef-a"), "'NONE' is referred to"),
            (related("SPDXRef-a", "COPY_OF", "DocumentRef-x:SPDXRef-b"), "is referred to and not listed"),
        ],
    )
    def test_a_relationship_that_is_none(self, form: Form, relationship: dict[str, str], what: str) -> None:
        described = related("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a")
        assert what in said(form, spdx_document(_A, relationships=[described, relationship]))

    @pytest.mark.parametrize(
        "document",
        [
            spdx_document(_A, _A),
            spdx_document(_A, files=[_FILE | {"SPDXID": "SPDXRef-a"}]),
            spdx_document(_A, snippets=[{"SPDXID": "SPDXRef-a"}]),
            spdx_document(spdx_package("DOCUMENT"), relationships=[]),
        ],
    )
    def test_two_elements_of_one_name(self, form: Form, document: dict[str, Any]) -> None:
        assert "stands for two elements" in said(form, document)

    @pytest.mark.parametrize(
        "document",
        [
            spdx_document(_A, spdx_package("b"), relationships=[]),
            spdx_document(_A, files=[_FILE], relationships=[]),
            spdx_document(
                _A,
                spdx_package("b"),
                relationships=[related("SPDXRef-a", "DESCRIBES", "SPDXRef-b")],
            ),
        ],
    )
    def test_several_elements_of_which_none_is_described(self, form: Form, document: dict[str, Any]) -> None:
        assert "no relationship says what the document describes" in said(form, document).replace("No", "no")

    @pytest.mark.parametrize("field", ["licenseConcluded", "licenseDeclared", "copyrightText"])
    def test_a_package_without_what_2_2_asks_for(self, form: Form, field: str) -> None:
        package = spdx_package("a", **{field: None})
        assert "which SPDX 2.2 requires" in said(form, spdx_document(package, spdxVersion="SPDX-2.2"))
        reader, write = form
        assert measure(reader, write(spdx_document(package, spdxVersion="SPDX-2.3"))).ran

    def test_a_file_without_a_name(self, form: Form) -> None:
        document = spdx_document(_A, files=[{"SPDXID": "SPDXRef-file", "fileName": ""}])
        assert "expected `str` matching regex" in said(form, document)

    def test_with_a_sentence_that_says_how_to_mend_it(self, form: Form) -> None:
        message = said(form, spdx_document(_A, dataLicense="MIT"))
        assert "Write it again with " in message and message.endswith(".")


@forms
def test_cut_off_between_its_packages_is_refused(form: Form) -> None:
    reader, write = form
    report = write(spdx_document(*(spdx_package(name) for name in ("a", "b", "c"))))
    cut = report[: report.rindex("SPDXRef-c") - 30]
    with pytest.raises(Unreadable):
        measure(reader, cut)
