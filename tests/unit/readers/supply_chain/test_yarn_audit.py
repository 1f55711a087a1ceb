"""What yarn writes of an audit, of yarn 1 to 4."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.base import MAX_COUNT, Limits
from tidegate.readers.supply_chain import yarn_audit
from tidegate.readers.supply_chain.yarn_audit import READER


def lines(*each: Any) -> str:
    return "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in each)


def advisory(severity: str = "high", module: str = "ms") -> dict[str, Any]:
    findings = [{"version": "2.0.0", "paths": ["a>ms", "b>ms"]}]
    found = {"id": 7, "module_name": module, "severity": severity, "cves": ["CVE-1"], "findings": findings}
    return {"type": "auditAdvisory", "data": {"resolution": {"id": 7, "path": "a>ms"}, "advisory": found}}


def summary(total: int | None = 9, **counts: int) -> dict[str, Any]:
    return {
        "type": "auditSummary",
        "data": {"vulnerabilities": {"info": 0} | counts, "totalDependencies": total},
    }


def entry(package: str = "ms", severity: str = "high", **more: Any) -> dict[str, Any]:
    children = {"ID": 7, "URL": "https://github.com/advisories/GHSA-1", "Severity": severity}
    return {"value": package, "children": children | {"Tree Versions": ["1.0.0", "1.1.0"]} | more}


class TestYarn1:
    def test_counts_each_way_as_the_summary_does(self) -> None:
        said = lines(advisory(), "\n", advisory(), advisory("moderate", "rope"), summary(high=2, moderate=1))
        reading, findings = read(READER, said)
        assert (reading.ran, reading.tool, reading.kind) == (True, "yarn-audit", "dependencies")
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.critical": 0,
            "findings.high": 2,
            "findings.medium": 1,
            "findings.low": 0,
            "findings.info": 0,
            "dependencies.total": 9,
            "dependencies.vulnerable": 2,
        }
        assert [(each.rule, each.path) for each in findings] == [
            ("CVE-1", "ms"),
            ("CVE-1", "ms"),
            ("CVE-1", "rope"),
        ]

    def test_a_clean_one_is_its_summary_alone(self) -> None:
        reading = measure(READER, lines({"type": "warning", "data": "No license field"}, summary(high=0)))
        assert reading.ran and reading.measures["findings.high"] == 0

    def test_audits_of_several_workspaces_add_up(self) -> None:
        reading = measure(READER, lines(advisory(), summary(high=1), summary(3)))
        assert reading.ran and reading.measures["dependencies.total"] == 12

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            (lines(advisory()), "no summary"),
            (lines({"type": "info", "data": "Visit https://yarnpkg.com/en/docs/cli/audit"}), "no summary"),
            (lines(advisory(), summary(high=2)), "counted 2 high problem(s) and lists 1"),
            (lines(summary(critical=1)), "counted 1 critical"),
            (lines(summary(0)), "audited no package"),
            (lines(summary(None)), "no summary"),
            (
                lines({"type": "auditSummary", "data": {"vulnerabilities": {}, "totalDependencies": 9}}),
                "does not say how much was audited",
            ),
            (lines({"type": "error", "data": "offline"}, summary()), "failed (error: offline)"),
            (lines({"type": "novel", "data": {"a": 1}}, summary()), 'failed (novel: {"a": 1})'),
            (lines({"data": "x"}, summary()), "failed (a line of no known type: x)"),
        ],
    )
    def test_is_not_run_where_something_is_missing(self, said: str, words: str) -> None:
        reading = measure(READER, said)
        assert not reading.ran and words in (reading.why_not or "")


class TestLaterOnes:
    def test_yarn_4_lists_advisories_and_nothing_else(self) -> None:
        deprecated = entry("old", "moderate", ID="old (deprecation)", URL=None)
        reading, findings = read(READER, lines(entry(), deprecated))
        assert reading.ran
        assert (reading.measures["findings.total"], reading.measures["dependencies.vulnerable"]) == (2, 4)
        assert "dependencies.total" not in reading.measures
        assert [each.rule for each in findings] == ["GHSA-1", "npm-old (deprecation)"]

    def test_yarn_2_and_3_pass_on_what_the_service_says(self) -> None:
        found = advisory()["data"]["advisory"]
        metadata = {"vulnerabilities": {"high": 2}, "totalDependencies": 9}
        answer = {"actions": [], "advisories": {"7": found}, "muted": [], "metadata": metadata}
        reading, (finding,) = read(READER, lines(answer))
        assert reading.ran and reading.measures["dependencies.total"] == 9 and finding.rule == "CVE-1"

    def test_without_totals_it_is_not_run(self) -> None:
        assert not measure(READER, lines({"advisories": {}})).ran


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ("", "the report is empty"),
            ("\n\n", "the report is empty"),
            (lines(summary(), "{"), "line 2: The report ends before its JSON does"),
            (lines("yarn audit v1\n", summary()), "line 1: The report is no valid JSON"),
            (lines({"type": "auditAdvisory"}), "line 1: "),
            (lines({"type": "auditSummary", "data": None}), "line 1: At `$.data`"),
            (lines({"type": "auditAdvisory", "data": {}}), "line 1: At `$.data`"),
            (lines({"value": "ms", "children": {}}), "line 1: At `$.children`"),
            (lines({"advisories": {"7": {}}}), 'line 1: At `$.advisories["7"]`'),
            ('{"type": "info", "type": "error"}\n', "line 1: The key `type` stands twice"),
            ("[1]\n", "line 1: At `$`"),
            (lines(summary(MAX_COUNT), summary(1)), "line 2: The report's totals are more than anything"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: str, words: str) -> None:
        assert words in refusal(READER, broken)

    def test_a_line_may_be_long_and_not_endless(self, monkeypatch: pytest.MonkeyPatch) -> None:
        said = lines(advisory(), summary(high=1))
        assert measure(READER, said, Limits(max_text=16)).ran
        monkeypatch.setattr(yarn_audit, "_LONGEST_LINE", 100)
        assert "line 1: It has more than 100 bytes" in refusal(READER, said)


class TestSniff:
    @pytest.mark.parametrize(
        "known",
        [
            lines(advisory()),
            lines(summary()),
            lines({"type": "warning", "data": "x"}, summary()),
            lines({"type": "info", "data": "Visit https://yarnpkg.com/en/docs/cli/audit for more"}),
            lines(entry()),
            '{"actions":[],"advisories":{},"metadata":{}}\n{"type":"info","data":"No audit suggestions"}\n',
        ],
    )
    def test_knows_its_report(self, known: str) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize(
        "other",
        ["", "[]", "{}", lines({"type": "info", "data": "x"}), lines({"value": 1, "children": {}})]
        + [lines({"advisories": {}, "metadata": {}})],
    )
    def test_claims_no_other(self, other: str) -> None:
        assert not recognises(READER, other)
