"""SPDX 3 in JSON-LD: packages, and the licences that relationships give them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, refusal, source
from tidegate.readers.supply_chain.spdx3 import READER

_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_BASE = "https://example.com/"


def info(**more: Any) -> dict[str, Any]:
    fields = {
        "type": "CreationInfo",
        "@id": "_:info",
        "specVersion": "3.0.1",
        "created": "2026-01-02T03:04:05Z",
        "createdBy": [_BASE + "me"],
    } | more
    return {key: value for key, value in fields.items() if value is not None}


def element(kind: str, id: str, /, **more: Any) -> dict[str, Any]:
    fields = {"type": kind, "spdxId": _BASE + id, "creationInfo": "_:info"} | more
    return {key: value for key, value in fields.items() if value is not None}


def package(id: str = "lib", kind: str = "software_Package", /, **more: Any) -> dict[str, Any]:
    return element(kind, id, **({"name": id} | more))


def related(kind: str, first: str, *others: Any, name: str = "r") -> dict[str, Any]:
    ends = {"from": _BASE + first, "to": [each if ":" in str(each) else _BASE + each for each in others]}
    return element("Relationship", f"{name}-{kind}-{first}", relationshipType=kind, **ends)


def graph(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"@context": _CONTEXT, "@graph": [info(), *elements]} | more


def one(*elements: dict[str, Any]) -> dict[str, Any]:
    measures = measure(READER, graph(*elements)).measures
    return {name.partition(".")[2]: value for name, value in measures.items()}


class TestMeasures:
    def test_a_document(self) -> None:
        reading = measure(
            READER,
            graph(
                element("Tool", "tool", name="syft-1.2.3"),
                element("SpdxDocument", "doc", rootElement=[_BASE + "lib"]),
                package(
                    software_packageVersion="1.0",
                    software_packageUrl="pkg:npm/lib@1.0",
                    verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": "00ff"}],
                ),
                package("model", "ai_AIPackage", software_packageVersion="latest"),
                package("data", "dataset_DatasetPackage"),
                element("software_File", "file", name="a.c"),
                related("hasDeclaredLicense", "lib", "https://spdx.org/licenses/MIT"),
            ),
        )
        assert reading.ran and reading.measures == {
            "sbom.components": 3,
            "sbom.versioned": 1,
            "sbom.identified": 1,
            "sbom.licensed": 1,
            "sbom.hashed": 1,
        }
        assert str(reading.made_at) == "2026-01-02 03:04:05+00:00"
        assert (reading.tool, reading.tool_version) == ("spdx", "")

    def test_names_the_tool_and_time_of_the_document_itself(self) -> None:
        own = info(**{"@id": "_:own", "created": "2026-02-02T00:00:00Z", "createdUsing": [_BASE + "tool"]})
        document = element("SpdxDocument", "doc", creationInfo="_:own")
        tool = element("Tool", "tool", name="syft-1.2.3")
        reading = measure(READER, graph(own, document, tool, package()))
        assert (reading.tool, reading.tool_version) == ("syft", "1.2.3")
        assert str(reading.made_at) == "2026-02-02 00:00:00+00:00"
        assert items(READER, graph(package())) == []

    @pytest.mark.parametrize(
        ("identifier", "identified"),
        [
            (("cpe23", "cpe:2.3:a:x:y"), 1),
            (("cpe22", "cpe:/a:x:y"), 1),
            (("packageUrl", "pkg:npm/a"), 1),
            (("packageUrl", "NOASSERTION"), 0),
            (("swhid", "pkg:npm/a"), 0),
        ],
    )
    def test_external_identifiers(self, identifier: tuple[str, str], identified: int) -> None:
        given = {"externalIdentifierType": identifier[0], "identifier": identifier[1]}
        assert one(package(externalIdentifier=[given]))["identified"] == identified

    @pytest.mark.parametrize(
        ("verified", "hashed"),
        [
            ({"type": "Hash", "algorithm": "sha1", "hashValue": "00"}, 1),
            ({"type": "Hash", "algorithm": "sha1", "hashValue": "NONE"}, 0),
            ({"type": "Hash", "algorithm": "sha1"}, 0),
            ({"type": "PackageVerificationCode", "algorithm": "sha1", "hashValue": "00"}, 0),
        ],
    )
    def test_digests(self, verified: dict[str, str], hashed: int) -> None:
        assert one(package(verifiedUsing=[verified]))["hashed"] == hashed

    @pytest.mark.parametrize("version", [None, "", "NOASSERTION", "latest", "UNKNOWN", "*", ">=1"])
    def test_what_names_no_version_is_none(self, version: str | None) -> None:
        assert one(package(software_packageVersion=version))["versioned"] == 0

    def test_no_package_means_not_run(self) -> None:
        reading = measure(READER, graph(element("SpdxDocument", "doc")))
        assert not reading.ran and reading.measures == {}


def expression(name: str, text: str | None) -> dict[str, Any]:
    return element("simplelicensing_LicenseExpression", name, simplelicensing_licenseExpression=text)


def licence_set(name: str, *members: str) -> dict[str, Any]:
    kind = "expandedlicensing_ConjunctiveLicenseSet"
    return element(kind, name, expandedlicensing_member=[_BASE + member for member in members])


class TestLicences:
    @pytest.mark.parametrize(
        ("licence", "licensed"),
        [
            (expression("l", "MIT OR Apache-2.0"), 1),
            (expression("l", "NOASSERTION"), 0),
            (expression("l", None), 0),
            (element("expandedlicensing_ListedLicense", "l", name="MIT"), 1),
            (element("expandedlicensing_CustomLicense", "l"), 1),
            (element("simplelicensing_SimpleLicensingText", "l"), 1),
            (element("expandedlicensing_NoAssertionLicense", "l"), 0),
            (element("expandedlicensing_NewKind", "l"), 0),
            (element("software_File", "l"), 0),
            (licence_set("l"), 0),
            (licence_set("l", "l"), 1),
            (licence_set("l", "elsewhere"), 0),
        ],
    )
    def test_are_described_in_the_graph(self, licence: dict[str, Any], licensed: int) -> None:
        assert one(related("hasDeclaredLicense", "lib", "l"), licence, package())["licensed"] == licensed

    def test_of_a_set_each_must_name_one(self) -> None:
        named, unnamed = expression("a", "MIT"), expression("b", "NONE")
        declared = related("hasDeclaredLicense", "lib", "l")
        assert one(declared, licence_set("l", "a"), named, package())["licensed"] == 1
        assert one(declared, licence_set("l", "a", "b"), named, unnamed, package())["licensed"] == 0

    @pytest.mark.parametrize(
        ("name", "licensed"),
        [
            ("https://spdx.org/licenses/MIT", 1),
            ("http://spdx.org/licenses/MIT.html", 1),
            ("https://spdx.org/licenses/NOASSERTION", 0),
            ("https://spdx.org/rdf/3.0.1/terms/Licensing/NoAssertion", 0),
            ("https://example.com/unknown", 0),
        ],
    )
    def test_are_listed_by_spdx(self, name: str, licensed: int) -> None:
        assert one(related("hasConcludedLicense", "lib", name), package())["licensed"] == licensed

    @pytest.mark.parametrize("none", ["https://spdx.org/rdf/3.0.1/terms/Licensing/None", "x:NoneElement"])
    def test_one_concluded_to_be_none_outweighs_a_declared_one(self, none: str) -> None:
        declared = related("hasDeclaredLicense", "lib", "https://spdx.org/licenses/MIT")
        assert one(declared, package())["licensed"] == 1
        assert one(declared, related("hasConcludedLicense", "lib", none), package())["licensed"] == 0

    def test_of_what_is_no_package_do_not_count(self) -> None:
        declared = related("hasDeclaredLicense", "file", "https://spdx.org/licenses/MIT")
        assert one(declared, element("software_File", "file"), package())["licensed"] == 0

    def test_may_be_written_out_in_place(self) -> None:
        inner = {"spdxId": "https://spdx.org/licenses/MIT"}
        relation = related("hasDeclaredLicense", "lib", "x:y") | {"to": inner}
        assert one(relation, package())["licensed"] == 1


class TestRefuses:
    @pytest.mark.parametrize(
        ("elements", "what"),
        [
            ((package(spdxId=None),), "`$.@graph[1]`: an element has no `spdxId`"),
            ((package(), package()), "stands for two elements"),
            ((package(creationInfo=None),), "has no `creationInfo`"),
            ((package(creationInfo="_:other"),), "'_:other' is referred to and not listed"),
            ((package(name=None),), "has no name"),
            ((package(name=" "),), "has no name"),
            ((package(verifiedUsing=[{"type": "Hash", "algorithm": "foo"}]),), "'foo' is no algorithm"),
            ((package(verifiedUsing=[{"type": "Hash"}]),), "'None' is no algorithm"),
            ((related("likes", "a", "b"),), "'likes' is no type of relationship"),
            ((element("Relationship", "r"),), "'None' is no type of relationship"),
            ((related("contains", "a"),), "lacks one of its ends"),
            ((related("contains", "a", "_:b"),), "'_:b' is referred to and not listed"),
            (
                (element("Relationship", "r", relationshipType="contains", to=["a:b"]),),
                "lacks one of its ends",
            ),
            (({"spdxId": "a:b"},), "missing required field `type`"),
            ((info(**{"@id": "_:b", "specVersion": "2.3"}),), "'2.3', read are 3.0"),
            ((info(**{"@id": "_:b", "specVersion": None}),), "read are 3.0"),
            ((info(**{"@id": "_:b", "created": None}),), "has no `created`"),
        ],
    )
    def test_what_the_standard_does_not_allow(self, elements: Any, what: str) -> None:
        assert what in refusal(READER, graph(*elements))

    @pytest.mark.parametrize(
        ("report", "what"),
        [
            ({"@graph": []}, "`@context` is none of SPDX 3"),
            ({"@context": "https://example.com", "@graph": []}, "`@context` is none of SPDX 3"),
            ({"@context": _CONTEXT}, "has no `@graph`"),
            ({"@context": [{}, _CONTEXT], "@graph": []}, "which version of SPDX"),
        ],
    )
    def test_what_is_no_such_document(self, report: Any, what: str) -> None:
        assert what in refusal(READER, report)

    def test_what_may_lie_in_another_document_is_not_asked_for(self) -> None:
        assert measure(READER, graph(package(), related("dependsOn", "lib", "elsewhere"))).ran


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(graph()))
        assert READER.sniff(source({"@context": _CONTEXT}))
        assert READER.sniff(source({"@context": [_CONTEXT], "@graph": [{"spdxId": "a"}]}))
        others: tuple[Any, ...] = (
            [],
            {},
            {"@graph": [{"spdxId": "a"}]},
            {"@context": "https://openvex.dev/ns"},
        )
        for other in others:
            assert not READER.sniff(source(other))


class TestTheRoot:
    """Tools write what they were run on as a package, whether they found anything in it or not."""

    ROOT = element("SpdxDocument", "doc", rootElement=[_BASE + "bom"])
    BOM = element("software_Sbom", "bom", rootElement=[_BASE + "lib"])

    def test_alone_means_not_run(self) -> None:
        unclear = related("dependsOn", "lib", "https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement")
        for more in ((), (element("software_File", "file", name="a.c"),), (unclear,)):
            reading = measure(READER, graph(self.ROOT, self.BOM, package(), *more))
            assert not reading.ran and reading.measures == {}
            assert "no package but the one that it describes" in (reading.why_not or "")

    @pytest.mark.parametrize("kind", ["contains", "dependsOn"])
    @pytest.mark.parametrize(
        "none", ["https://spdx.org/rdf/3.0.1/terms/Core/NoneElement", "spdx:Core/NoneElement"]
    )
    def test_that_says_that_it_has_no_parts_is_believed(self, kind: str, none: str) -> None:
        assert measure(READER, graph(self.ROOT, self.BOM, package(), related(kind, "lib", none))).ran

    def test_counts_beside_another_package(self) -> None:
        reading = measure(READER, graph(self.ROOT, self.BOM, package(), package("rope")))
        assert reading.ran and reading.measures["sbom.components"] == 2
