"""CycloneDX in XML: the same meaning as in JSON, whatever the report says, and what only XML has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import items, measure, read, refusal, source
from tests.support.sbom_writing import bom_xml
from tidegate.domain.findings import Finding, Severity
from tidegate.readers.base import Limits, Source
from tidegate.readers.supply_chain.cyclonedx import READER as JSON_READER
from tidegate.readers.supply_chain.cyclonedx_xml import READER

_DIGEST = [{"alg": "SHA-256", "content": "00ff"}]


def part(name: str = "lib", **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": name} | more


def bom(*parts: dict[str, Any], version: str = "1.6", **more: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": list(parts)} | more


def vulnerability(**more: Any) -> dict[str, Any]:
    return {"id": "CVE-1", "affects": [{"ref": "a"}]} | more


BOMS = {
    "nested": bom(part("a", version="1", components=[part("b", cpe="cpe:2.3:a:x:y"), part("c")])),
    "licences": bom(
        part(licenses=[{"license": {"id": "MIT"}}]),
        part(licenses=[{"expression": "MIT OR Apache-2.0"}]),
        part(licenses=[{"license": {"name": "UNKNOWN"}}]),
        part(licenses=[{"license": {"id": "MIT"}}, {"expression": "NOASSERTION"}]),
        part(licenses=[{"license": None}]),
    ),
    "identifiers": bom(part(purl="pkg:pypi/a@1"), part(purl=" "), part(cpe="UNKNOWN"), part(purl="pkg:x")),
    "versions": bom(*(part(version=each) for each in ("1.0", "latest", "UNKNOWN", "*", "", "${v}", ">=1"))),
    "digests": bom(part(hashes=_DIGEST), part(hashes=[]), part(hashes=[{"alg": "MD5", "content": "NONE"}])),
    "tools listed": bom(part(), metadata={"tools": [{"name": "cdxgen", "version": "9"}]}),
    "tools as components": bom(
        part(), metadata={"tools": {"components": [part("syft", version="1")]}, "component": part("app")}
    ),
    "time": bom(part(), metadata={"timestamp": "2026-01-02T03:04:05Z"}),
    "nothing": bom(),
    "complete": bom(
        metadata={"component": part("app", **{"bom-ref": "app"})},
        compositions=[{"aggregate": "complete", "assemblies": ["app"]}],
    ),
    "incomplete": bom(
        metadata={"component": part("app", **{"bom-ref": "app"})},
        compositions=[{"aggregate": "incomplete", "assemblies": ["app"]}],
    ),
    "dependencies": bom(part("a", **{"bom-ref": "a"}), dependencies=[{"ref": "a"}]),
    "empty list": bom(part(), vulnerabilities=[], metadata={"tools": [{"name": "trivy"}]}),
    "a scanner's empty list": bom(part(), vulnerabilities=[], metadata={"tools": [{"name": "grype"}]}),
    "vulnerabilities alone": bom(vulnerabilities=[vulnerability(ratings=[{"severity": "low"}])]),
    "ratings": bom(
        part("a", **{"bom-ref": "a"}),
        vulnerabilities=[
            vulnerability(id="1", ratings=[{"severity": "low"}, {"severity": "high"}]),
            vulnerability(id="2", ratings=[{"score": 10.0}]),
            vulnerability(id="5", ratings=[{"score": 0.1, "method": "other"}]),
            vulnerability(id="3", ratings=[{"severity": "unknown"}]),
            vulnerability(id="4", ratings=[{"severity": "none"}], analysis={"state": "not_affected"}),
            vulnerability(id="5", analysis={"state": "in_triage"}),
            vulnerability(id="6", references=[{"id": "CVE-7"}]),
            vulnerability(id="CVE-7", ratings=[{"severity": "critical"}], affects=[{"ref": "elsewhere"}]),
        ],
    ),
    "old": bom(part(version="1"), version="1.2"),
    "new": bom(
        part(version="1"), version="1.9", serialNumber="urn:uuid:" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12
    ),
}


@pytest.mark.parametrize("name", BOMS)
def test_means_the_same_as_in_json(name: str) -> None:
    of_json, of_xml = measure(JSON_READER, BOMS[name]), measure(READER, bom_xml(BOMS[name]))
    assert of_json.measures == of_xml.measures
    assert (of_json.tool, of_json.tool_version, of_json.ran, of_json.why_not, of_json.made_at) == (
        of_xml.tool,
        of_xml.tool_version,
        of_xml.ran,
        of_xml.why_not,
        of_xml.made_at,
    )
    assert items(JSON_READER, BOMS[name]) == items(READER, bom_xml(BOMS[name]))


class TestRefuses:
    @pytest.mark.parametrize(
        ("report", "said"),
        [
            (bom(part(type="foo")), "invalid enum value 'foo'"),
            (bom({"name": "a"}), "missing required field `type`"),
            (bom({"type": "library"}), "missing required field `name`"),
            (bom(part(hashes=[{"alg": "FOO", "content": "00"}])), "`hashes[0].alg`"),
            (bom(part(), serialNumber="urn:uuid:1"), "<bom> is not what the format asks for"),
            (bom(part(), dependencies=[{}]), "<dependency> is not what the format asks for"),
            (bom(part(), dependencies=[{"ref": ""}]), "<dependency>"),
            (bom(part(), version="2.0"), "CycloneDX 2.0"),
            (bom(vulnerabilities=[vulnerability(ratings=[{"score": "high"}])]), "`ratings[0].score`"),
        ],
    )
    def test_what_the_standard_does_not_allow_with_its_place(self, report: dict[str, Any], said: str) -> None:
        message = refusal(READER, bom_xml(report))
        assert said in message and message.startswith("Line 2, column ")

    @pytest.mark.parametrize(
        ("report", "said"),
        [
            ("<bom/>", "no namespace of CycloneDX"),
            ('<bom xmlns="http://example.com"/>', "no namespace of CycloneDX"),
            ('<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components>', "ends before it is complete"),
            (
                '<b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.4"/>',
                "the root element is <b:bom>, not <bom>",
            ),
            (
                '<bom xmlns="http://cyclonedx.org/schema/bom/1.4" xmlns:x="x"><x:components/></bom>',
                "namespace prefix",
            ),
            ("<other/>", "not <bom>"),
        ],
    )
    def test_what_is_no_such_document(self, report: str, said: str) -> None:
        assert said in refusal(READER, report)

    def test_a_dependency_of_a_dependency_without_its_name(self) -> None:
        inner = '<dependencies><dependency ref="a"><dependency/></dependency></dependencies></bom>'
        assert "<dependency>" in refusal(READER, bom_xml(bom()).replace("</bom>", inner))


class TestOnlyInXml:
    def test_components_elsewhere_are_no_parts(self) -> None:
        old = "<component type='library'><name>old</name></component>"
        other = f"<pedigree><ancestors>{old}</ancestors></pedigree>"
        report = bom_xml(bom(part("a"))).replace("</component>", other + "</component>", 1)
        reading = measure(READER, report)
        assert reading.measures["sbom.components"] == 1

    def test_components_of_services_and_tools_are_no_parts(self) -> None:
        other = (
            "<services><service><name>s</name></service></services><vulnerabilities><vulnerability><id>1</id>"
            "<tools><components><component type='application'><name>t</name></component></components></tools>"
            "</vulnerability></vulnerabilities></bom>"
        )
        reading = measure(READER, bom_xml(bom(part("a"))).replace("</bom>", other))
        assert (reading.measures["sbom.components"], reading.measures["findings.total"]) == (1, 1)

    @pytest.mark.parametrize("within", [True, False])
    def test_the_extension_for_vulnerabilities_counts(self, within: bool) -> None:
        found = (
            '<v:vulnerabilities><v:vulnerability ref="a"><v:id>CVE-1</v:id><v:ratings>'
            "<v:rating><v:score><v:base>9.8</v:base></v:score><v:severity>High</v:severity></v:rating>"
            "<v:rating><v:score><v:base>9.9</v:base></v:score><v:method>Other</v:method></v:rating>"
            "</v:ratings></v:vulnerability></v:vulnerabilities>"
        )
        end = "</component>" if within else "</bom>"
        report = bom_xml(bom(part("lib", **{"bom-ref": "a"}), version="1.2")).replace(end, found + end)
        report = report.replace("<bom ", '<bom xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0" ')
        reading, (finding,) = read(READER, report)
        assert reading.measures["findings.high"] == 1
        assert (finding.rule, finding.path, finding.severity) == ("CVE-1", "lib", Severity.HIGH)

    def test_the_extension_for_dependencies_is_passed_over(self) -> None:
        old = '<dg:dependencies><dg:dependency ref="a"/></dg:dependencies></bom>'
        report = bom_xml(bom(part(), version="1.1")).replace("</bom>", old)
        assert measure(READER, report).ran

    def test_version_1_0_is_read(self) -> None:
        assert measure(READER, bom_xml(bom(part(version="1"), version="1.0"))).measures["sbom.versioned"] == 1

    def test_a_long_text_is_cut(self) -> None:
        long = part("a" * 100, **{"bom-ref": "a"})
        report = bom_xml(bom(long, vulnerabilities=[vulnerability()]))
        (finding,) = items(READER, report, Limits(max_text=10))
        assert isinstance(finding, Finding) and finding.path == "a" * 10

    def test_names_are_found_where_the_word_stands_across_pieces(self) -> None:
        for padding in range(64 * 1024 - 400, 64 * 1024, 50):
            report = bom_xml(bom(part("lib", **{"bom-ref": "a"}), vulnerabilities=[vulnerability()]))
            report = report.replace("?>", "?><!--" + "x" * padding + "-->", 1)
            (finding,) = items(READER, report)
            assert isinstance(finding, Finding) and finding.path == "lib"


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(bom_xml(bom())))
        assert READER.sniff(source("<bom><components/></bom>"))
        for other in ("<bom/>", "<bom><parts/></bom>", "<testsuite/>", "{}", "", "bom"):
            assert not READER.sniff(Source.of_bytes(other.encode()))
