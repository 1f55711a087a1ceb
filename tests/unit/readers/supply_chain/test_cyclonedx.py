"""CycloneDX in JSON."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.domain.findings import Finding, Severity
from tidegate.readers.supply_chain.cyclonedx import READER


def part(name: str = "lib", **more: Any) -> dict[str, Any]:
    return {"type": "library", "name": name} | more


def bom(*parts: dict[str, Any], version: str = "1.6", **more: Any) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": list(parts)} | more


def one(vulnerability: dict[str, Any], *parts: dict[str, Any]) -> Finding:
    _, (finding,) = read(READER, bom(*parts, vulnerabilities=[vulnerability]))
    return finding


class TestInventory:
    def test_counts_nested_components_and_what_is_known_of_them(self) -> None:
        nested = part(
            "inner",
            version="1",
            cpe="cpe:2.3:a:x:y",
            licenses=[{"expression": "MIT OR Apache-2.0"}],
            hashes=[{"alg": "SHA-256", "content": "00"}],
        )
        outer = part(
            "outer", purl="pkg:pypi/outer", licenses=[{"license": {"name": "Ours"}}], components=[nested]
        )
        reading, findings = read(READER, bom(outer, part(version="", licenses=[{}], hashes=[])))
        assert findings == [] and reading.ran
        assert reading.measures == {
            "sbom.components": 3,
            "sbom.versioned": 1,
            "sbom.identified": 2,
            "sbom.licensed": 2,
            "sbom.hashed": 1,
        }

    def test_the_component_itself_is_not_one_of_its_parts(self) -> None:
        reading = measure(READER, bom(part(), metadata={"component": part("app")}))
        assert reading.measures["sbom.components"] == 1

    @pytest.mark.parametrize(
        ("tools", "tool"),
        [
            ([{"vendor": "v", "name": "cdxgen", "version": "9"}], ("cdxgen", "9")),
            ({"components": [{"type": "application", "name": "syft", "version": "1"}]}, ("syft", "1")),
            ({}, ("cyclonedx", "")),
            (None, ("cyclonedx", "")),
        ],
    )
    def test_names_the_generator(self, tools: Any, tool: tuple[str, str]) -> None:
        reading = measure(READER, bom(part(), metadata={"tools": tools}))
        assert (reading.tool, reading.tool_version) == tool


class TestPlaceholders:
    @pytest.mark.parametrize("version", [None, "", "  ", "latest", "UNKNOWN", "*", ">=1", "${revision}"])
    def test_what_names_no_version_does_not_count_as_one(self, version: str | None) -> None:
        measures = measure(READER, bom(part(version=version), part(version="1.0"))).measures
        assert (measures["sbom.components"], measures["sbom.versioned"]) == (2, 1)

    @pytest.mark.parametrize(
        "licences",
        [
            [{"license": {"name": "UNKNOWN"}}],
            [{"license": {"id": "NOASSERTION"}}],
            [{"expression": "NOASSERTION"}],
            [{"expression": " "}],
            [{"license": {"name": "NONE"}}],
            [{"license": {"id": "MIT"}}, {"license": {"name": "UNKNOWN"}}],
            [{"license": None}],
            [],
            None,
        ],
    )
    def test_what_names_no_licence_does_not_count_as_one(self, licences: Any) -> None:
        assert measure(READER, bom(part(licenses=licences))).measures["sbom.licensed"] == 0

    @pytest.mark.parametrize(
        ("more", "measured"),
        [
            ({"purl": "pkg:pypi/a@1"}, "identified"),
            ({"cpe": "cpe:/a:b:c"}, "identified"),
            ({"hashes": [{"alg": "MD5", "content": "00ff"}]}, "hashed"),
        ],
    )
    def test_identifiers_and_digests_count_in_their_own_form_only(
        self, more: dict[str, Any], measured: str
    ) -> None:
        assert measure(READER, bom(part(**more))).measures[f"sbom.{measured}"] == 1
        blank: dict[str, Any] = {"purl": " ", "cpe": "UNKNOWN", "hashes": [{"alg": "MD5", "content": "NONE"}]}
        assert measure(READER, bom(part(**blank))).measures[f"sbom.{measured}"] == 0


class TestEmptyList:
    @pytest.mark.parametrize("tool", ["trivy", "Trivy", "syft", "cdxgen", "house-scanner"])
    def test_measures_nothing_where_its_tool_may_not_have_looked(self, tool: str) -> None:
        report = bom(part(), vulnerabilities=[], metadata={"tools": [{"name": tool}]})
        reading = measure(READER, report)
        assert reading.ran and not any(name.startswith("findings.") for name in reading.measures)

    def test_counts_as_none_found_where_a_scanner_wrote_it(self) -> None:
        tools = {"components": [{"name": "cyclonedx-lib"}, {"name": "pip-audit"}]}
        reading = measure(READER, bom(part(), vulnerabilities=[], metadata={"tools": tools}))
        assert reading.measures["findings.total"] == 0


class TestAliases:
    def listed(self, *entries: dict[str, Any]) -> list[Finding]:
        reading, findings = read(READER, bom(part("a", **{"bom-ref": "a"}), vulnerabilities=list(entries)))
        assert reading.measures["findings.total"] == sum(not each.suppressed for each in findings)
        return findings

    def test_two_names_of_one_vulnerability_of_a_component_are_one_finding(self) -> None:
        affects = [{"ref": "a"}]
        (finding,) = self.listed(
            {
                "id": "GHSA-1",
                "affects": affects,
                "ratings": [{"severity": "high"}],
                "references": [{"id": "CVE-1"}],
            },
            {"id": "CVE-1", "affects": affects, "ratings": [{"severity": "low"}]},
        )
        assert (finding.rule, finding.severity, finding.path) == ("CVE-1", Severity.HIGH, "a")

    def test_they_stay_two_where_they_affect_different_components(self) -> None:
        first, second = ({"id": "CVE-1", "affects": [{"ref": ref}]} for ref in ("a", "b"))
        assert len(self.listed(first, second)) == 2

    def test_they_are_settled_only_where_each_is(self) -> None:
        settled = {"id": "CVE-1", "analysis": {"state": "not_affected"}}
        open_one = {"id": "GHSA-1", "references": [{"id": "CVE-1"}]}
        assert [each.suppressed for each in self.listed(settled, open_one)] == [False]
        assert [each.suppressed for each in self.listed(settled, settled)] == [True]


class TestNothingListed:
    @pytest.mark.parametrize("report", [bom(), bom() | {"components": None}, bom(vulnerabilities=[])])
    def test_means_not_run(self, report: Any) -> None:
        reading = measure(READER, report)
        assert not reading.ran and "lists no component" in (reading.why_not or "")
        assert "sbom.components" not in reading.measures

    def test_counts_as_zero_where_a_complete_composition_says_so(self) -> None:
        metadata = {"component": part("app", **{"bom-ref": "app"})}
        complete = [{"aggregate": "complete", "assemblies": ["app"]}]
        reading = measure(READER, bom(metadata=metadata, compositions=complete))
        assert reading.ran and reading.measures["sbom.components"] == 0

    @pytest.mark.parametrize("aggregate", ["incomplete", "unknown", "complete"])
    def test_no_other_composition_says_so(self, aggregate: str) -> None:
        metadata = {"component": part("app", **{"bom-ref": "app"})}
        other = [{"aggregate": aggregate, "assemblies": ["app"] if aggregate != "complete" else ["other"]}]
        assert not measure(READER, bom(metadata=metadata, compositions=other)).ran
        assert not measure(READER, bom(metadata=metadata, compositions=[{"aggregate": "complete"}])).ran

    def test_vulnerabilities_alone_give_findings_and_no_inventory(self) -> None:
        reading, _ = read(READER, bom(vulnerabilities=[{"id": "CVE-1", "ratings": [{"severity": "low"}]}]))
        assert reading.ran and reading.measures["findings.low"] == 1
        assert "sbom.components" not in reading.measures


class TestVulnerabilities:
    @pytest.mark.parametrize(
        ("ratings", "severity"),
        [
            ([{"severity": "low"}, {"severity": "high"}, {"severity": "none"}], Severity.HIGH),
            ([{"score": 10.0}], Severity.CRITICAL),
            ([{"severity": "unknown", "score": 5}], Severity.MEDIUM),
            ([{"score": 9.8, "method": "CVSSv31"}], Severity.CRITICAL),
            ([{"score": 0.0001, "method": "other", "source": {"name": "EPSS"}}], Severity.UNRATED),
            ([{"score": 1, "method": "OWASP"}, {"severity": "unknown"}], Severity.UNRATED),
            ([{"severity": "low", "score": 6, "method": "OWASP"}], Severity.LOW),
            ([{"severity": "unknown"}], Severity.UNRATED),
            ([{"severity": "none"}], Severity.INFO),
            ([{"severity": "unknown"}, {"severity": "info"}], Severity.INFO),
            ([], Severity.UNRATED),
            (None, Severity.UNRATED),
        ],
    )
    def test_the_worst_rating_counts(self, ratings: Any, severity: Severity) -> None:
        assert one({"id": "CVE-1", "ratings": ratings}).severity is severity

    @pytest.mark.parametrize(
        ("state", "suppressed"),
        [
            ("not_affected", True),
            ("false_positive", True),
            ("resolved", True),
            ("resolved_with_pedigree", True),
            ("in_triage", False),
            ("exploitable", False),
            (None, False),
        ],
    )
    def test_settled_ones_are_suppressed(self, state: str | None, suppressed: bool) -> None:
        assert one({"id": "CVE-1", "analysis": {"state": state}}).suppressed is suppressed

    def test_names_what_is_affected(self) -> None:
        affects = [{"ref": "r2"}, {"ref": "elsewhere"}, {}]
        finding = one({"id": "CVE-1", "affects": affects}, part("lib", **{"bom-ref": "r2"}))
        assert finding.path == "elsewhere, lib"
        assert finding.message == "elsewhere, lib is affected by CVE-1"
        assert one({}).message == "A component is affected by an unnamed vulnerability"

    def test_severities_are_left_out_while_one_is_unrated(self) -> None:
        reading = measure(READER, bom(part(), vulnerabilities=[{"id": "1"}]))
        assert reading.measures["findings.unrated"] == 1 and "findings.high" not in reading.measures


class TestUnreadable:
    @pytest.mark.parametrize("version", ["1.1", "2.0", "x", "1.123"])
    def test_a_version_that_is_not_read(self, version: str) -> None:
        assert f"CycloneDX {version}" in refusal(READER, bom(part(), version=version))

    @pytest.mark.parametrize(
        ("report", "place"),
        [
            (bom(part(type="foo")), "`$.components[0].type`"),
            (bom(part(hashes=[{"alg": "FOO", "content": "0"}])), "`$.components[0].hashes[0].alg`"),
            (bom(part(), serialNumber="urn:uuid:1"), "`$.serialNumber`"),
            (bom(part(), dependencies=[{"dependsOn": []}]), "`$.dependencies[0]`"),
            (bom(part(), dependencies=[{"ref": ""}]), "`$.dependencies[0].ref`"),
            (bom(part()) | {"bomFormat": "SPDX"}, "`$.bomFormat`"),
        ],
    )
    def test_what_the_standard_does_not_allow(self, report: Any, place: str) -> None:
        assert place in refusal(READER, report)

    @pytest.mark.parametrize("version", ["1.2", "1.3", "1.5", "1.7"])
    def test_reads_every_version_in_json(self, version: str) -> None:
        assert measure(READER, bom(part(), version=version)).ran


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(bom()))
        assert READER.sniff(source({"$schema": "http://cyclonedx.org/schema/bom-1.2b.schema.json"}))
        for other in ([], {}, {"specVersion": "1.4"}, {"bomFormat": "SPDX"}, [{"bomFormat": "CycloneDX"}]):
            assert not READER.sniff(source(other))
