"""OpenVEX: what is open, what is settled, and what such a document does not say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, refusal, source
from tidegate.domain.evidence import Subject
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.judging import judge
from tidegate.domain.measures import Kind
from tidegate.domain.states import State
from tidegate.readers.base import Limits
from tidegate.readers.evidence import read_evidence
from tidegate.readers.supply_chain.openvex import READER

_NOW = datetime(2026, 1, 3, tzinfo=UTC)
_APP = "pkg:oci/app@sha256:00"
_JUSTIFIED = {"status": "not_affected", "justification": "component_not_present"}


def statement(name: str = "CVE-1", *products: Any, **more: Any) -> dict[str, Any]:
    fields = {"vulnerability": {"name": name}, "products": list(products or [{"@id": _APP}])}
    return fields | {"status": "affected"} | more


def vex(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    fields = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex",
        "author": "someone",
        "timestamp": "2026-01-02T03:04:05Z",
        "version": 1,
        "statements": list(statements),
    }
    return fields | more


def findings(*statements: dict[str, Any]) -> list[Finding]:
    return read(READER, vex(*statements))[1]


def open_ones(*statements: dict[str, Any]) -> list[str]:
    return [each.rule for each in findings(*statements) if not each.suppressed]


def state(need: str, document: dict[str, Any]) -> State:
    """Judge a document by a rule that asks for no finding."""
    evidence = read_evidence(source(document), slot="vex", taken_at=_NOW, limits=Limits()).evidence
    rule = {"id": "r", "that": "findings.total == 0", "needs": [need]}
    gate = complete(draft_of({"name": "g", "rules": [rule]}))
    return judge(gate, [evidence], (), _NOW, Subject("shop", "0f" * 20)).state


class TestStatus:
    @pytest.mark.parametrize(
        ("said", "is_open"),
        [
            ({"status": "affected"}, True),
            ({"status": "under_investigation"}, True),
            ({"status": "fixed"}, False),
            (_JUSTIFIED, False),
            ({"status": "not_affected", "impact_statement": "we do not call it"}, True),
            ({"status": "affected", "justification": "component_not_present"}, True),
        ],
    )
    def test_is_open_or_settled(self, said: dict[str, str], is_open: bool) -> None:
        reading, (finding,) = read(READER, vex(statement(**said)))
        assert finding.suppressed is not is_open and finding.severity is Severity.UNRATED
        assert reading.ran and reading.kind is Kind.ANALYSIS
        assert reading.measures == {
            "findings.total": int(is_open),
            "findings.unrated": int(is_open),
            "findings.suppressed": int(not is_open),
        }

    @pytest.mark.parametrize("need", ["dependencies", "sast", "dependencies/grype"])
    def test_a_document_in_which_nothing_is_open_answers_no_need_for_a_scan(self, need: str) -> None:
        assert state(need, vex(statement(**_JUSTIFIED))) is State.MISSING

    def test_what_is_open_blocks_a_rule_that_names_it(self) -> None:
        assert state("dependencies/openvex", vex(statement(**_JUSTIFIED))) is State.PASS
        assert state("dependencies/openvex", vex(statement())) is State.FAIL

    def test_no_statement_means_not_run(self) -> None:
        reading = measure(READER, vex())
        assert not reading.ran and reading.measures == {} and "no statement" in (reading.why_not or "")


class TestFindings:
    def test_name_the_vulnerability_and_the_product_without_its_version(self) -> None:
        (finding,) = findings(statement("CVE-1", {"@id": "pkg:npm/%40scope/a@1.0?x=y#z"}))
        assert (finding.rule, finding.path) == ("CVE-1", "pkg:npm/%40scope/a")
        assert finding.message == "pkg:npm/%40scope/a is affected by CVE-1"

    @pytest.mark.parametrize(
        ("product", "path"),
        [
            ("pkg:npm/a@1", "pkg:npm/a"),
            ("pkg:npm/@scope/a", "pkg:npm/@scope/a"),
            ("pkg:npm/@scope/a@1", "pkg:npm/@scope/a"),
            ("https://example.com/a@1", "https://example.com/a@1"),
            ({"identifiers": {"purl": "pkg:npm/b@2"}}, "pkg:npm/b"),
            ({"@id": _APP, "subcomponents": [{"@id": "pkg:npm/c@1"}]}, "pkg:npm/c"),
            ({"@id": _APP, "subcomponents": ["pkg:npm/d@1"]}, "pkg:npm/d"),
            ({}, ""),
        ],
    )
    def test_names_of_products(self, product: Any, path: str) -> None:
        assert [each.path for each in findings(statement("CVE-1", product))] == [path]

    def test_are_one_a_product(self) -> None:
        assert len(findings(statement("CVE-1", "pkg:npm/a@1", "pkg:npm/b@1"))) == 2

    def test_a_statement_without_products_counts_once(self) -> None:
        (finding,) = findings({"vulnerability": "CVE-1", "status": "affected"})
        assert finding.message == "A product is affected by CVE-1"

    def test_aliases_are_one_vulnerability(self) -> None:
        other: dict[str, Any] = {"vulnerability": {"name": "GHSA-1", "aliases": ["CVE-1"]}}
        assert open_ones(statement(), statement(**other)) == ["CVE-1"]


class TestSeveralStatements:
    def test_the_latest_counts(self) -> None:
        early, late = {"timestamp": "2026-01-01T00:00:00Z"}, {"timestamp": "2026-01-03T00:00:00Z"}
        fixed = {"status": "fixed"}
        assert open_ones(statement(**early), statement(**late, **fixed)) == []
        assert open_ones(statement(**late, **fixed), statement(**early)) == []
        assert open_ones(statement(**early, **fixed), statement(**late)) == ["CVE-1"]
        assert open_ones(statement(**late), statement(**early, **fixed)) == ["CVE-1"]

    def test_one_without_its_own_time_has_the_documents(self) -> None:
        late = {"timestamp": "2026-01-03T00:00:00Z", "status": "fixed"}
        assert open_ones(statement(), statement(**late)) == []
        assert open_ones(statement(**late), statement(timestamp="someday")) == []

    def test_the_worse_counts_of_those_of_one_time(self) -> None:
        assert open_ones(statement(), statement(status="fixed")) == ["CVE-1"]
        assert open_ones(statement(status="fixed"), statement()) == ["CVE-1"]

    def test_the_worse_counts_where_there_is_no_time_to_tell(self) -> None:
        report = vex(statement(), statement(status="fixed", timestamp="x"), timestamp="someday")
        assert measure(READER, report).measures["findings.total"] == 1


class TestRefuses:
    @pytest.mark.parametrize(
        ("report", "what"),
        [
            (vex(statement(status="not_affected")), "`$.statements[0]`: not_affected is said without a just"),
            (vex(statement(status="not_affected", impact_statement=" ")), "without a justification"),
            (vex(statement(status="safe")), "`$.statements[0].status`"),
            (vex(statement(status=None)), "`$.statements[0].status`"),
            (vex(statement(status="not_affected", justification="luck")), "`$.statements[0].justification`"),
            (vex(statement(vulnerability={"name": ""})), "`$.statements[0].vulnerability.name`"),
            (vex(statement(vulnerability={})), "missing required field `name`"),
            (vex(statement(vulnerability=None)), "`$.statements[0].vulnerability`"),
            (vex(author=""), "`$.author`"),
            (vex(statements=None), "`$.statements`"),
            (vex() | {"@context": "https://example.com"}, "`@context` is none of OpenVEX"),
        ],
    )
    def test_what_the_specification_does_not_allow(self, report: Any, what: str) -> None:
        assert what in refusal(READER, report)


class TestSniff:
    def test_knows_its_report_and_no_other(self) -> None:
        assert READER.sniff(source(vex()))
        assert READER.sniff(source({"@context": "https://openvex.dev/ns"}))
        others: tuple[Any, ...] = ([], {}, {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"})
        for other in others:
            assert not READER.sniff(source(other))
