"""OSV-Scanner's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.readers.supply_chain.osv_scanner import READER


def vulnerability(id: str = "GHSA-1", *aliases: str, word: Any = None) -> dict[str, Any]:
    specific = {} if word is None else {"database_specific": {"severity": word}}
    return {"id": id, "aliases": list(aliases)} | specific


def package(*vulnerabilities: Any, name: str = "ms", **more: Any) -> dict[str, Any]:
    listed = {"vulnerabilities": list(vulnerabilities)} if vulnerabilities else {}
    return {"package": {"name": name, "version": "1.0", "ecosystem": "npm"}} | listed | more


def group(*ids: str, score: str = "") -> dict[str, Any]:
    return {"ids": list(ids), "aliases": list(ids), "max_severity": score}


def report(*packages: Any, **more: Any) -> dict[str, Any]:
    source = {"path": "/src/package-lock.json", "type": "lockfile"}
    results = [{"source": source, "packages": list(packages)}] if packages else []
    return {"results": results, "experimental_config": {"licenses": {}}} | more


class TestFindings:
    def test_counts_each_group_once_by_its_score(self) -> None:
        listed = [
            package(
                vulnerability("GHSA-1", "CVE-1"),
                vulnerability("PYSEC-1", "CVE-1"),
                vulnerability("GHSA-2"),
                groups=[group("GHSA-1", "PYSEC-1", score="9.8"), group("GHSA-2", score="5.3")],
            ),
            package(vulnerability("GHSA-3"), name="rope", groups=[group("GHSA-3", score="0.0")]),
        ]
        reading, findings = read(READER, report(*listed))
        assert reading.ran
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.critical": 1,
            "findings.high": 0,
            "findings.medium": 1,
            "findings.low": 0,
            "findings.info": 1,
            "dependencies.vulnerable": 2,
        }
        assert [(each.rule, each.path) for each in findings] == [
            ("CVE-1", "ms"),
            ("GHSA-2", "ms"),
            ("GHSA-3", "rope"),
        ]

    @pytest.mark.parametrize(
        ("word", "score", "severity"),
        [
            ("MODERATE", "", "medium"),
            ("HIGH", "5.3", "high"),
            ("LOW", "9.1", "critical"),
            (None, "x", "unrated"),
            ({"severity": 1}, "", "unrated"),
            ("Important", "", "unrated"),
            (None, "NaN", "unrated"),
        ],
    )
    def test_the_worse_of_word_and_score_counts(self, word: Any, score: str, severity: str) -> None:
        listed = package(vulnerability(word=word), groups=[group("GHSA-1", score=score)])
        _, (finding,) = read(READER, report(listed))
        assert finding.severity == severity

    def test_without_groups_aliases_tell_what_is_one(self) -> None:
        listed = package(vulnerability("GHSA-1", "CVE-1"), vulnerability("CVE-1"), vulnerability("GO-2"))
        reading, findings = read(READER, report(listed))
        assert [each.rule for each in findings] == ["CVE-1", "GO-2"]
        assert reading.measures["findings.unrated"] == 2

    def test_a_package_without_a_name_goes_by_its_commit(self) -> None:
        listed = {"package": {"commit": "c0ffee"}, "vulnerabilities": [vulnerability()]}
        _, (finding,) = read(READER, report(listed))
        assert finding.path == "c0ffee"

    def test_how_many_packages_there_are_is_known_where_all_are_listed(self) -> None:
        both = report(package(vulnerability()), package(name="rope"))
        assert measure(READER, both).measures["dependencies.total"] == 2
        licensed = package(name="rope", license_violations=["MIT"])
        assert "dependencies.total" not in measure(READER, report(licensed)).measures

    def test_no_result_is_a_clean_run(self) -> None:
        reading = measure(READER, report())
        assert reading.ran and reading.measures["findings.high"] == 0


class TestGenericFindings:
    @pytest.mark.parametrize(
        ("grade", "severity"),
        [
            (5, "critical"),
            (4, "high"),
            (3, "medium"),
            (2, "low"),
            (1, "info"),
            (0, "unrated"),
            (True, "unrated"),
        ],
    )
    def test_count_though_they_are_in_no_package(self, grade: Any, severity: str) -> None:
        advisory = {
            "ID": {"Publisher": "SCALIBR", "Reference": "weak-password"},
            "Title": "Weak",
            "Sev": grade,
        }
        found = {"Adv": advisory, "Target": {"Extra": "root:hunter2"}, "Plugins": ["weak"]}
        reading, (finding,) = read(READER, report(experimental_generic_findings=[found]))
        assert (reading.measures["findings.total"], reading.measures["dependencies.vulnerable"]) == (1, 0)
        assert (finding.rule, finding.message, str(finding.severity)) == ("weak-password", "Weak", severity)
        assert "hunter2" not in repr(finding)


class TestNotBelieved:
    def test_an_empty_list_alone_is_no_run(self) -> None:
        reading = measure(READER, {"results": []})
        assert not reading.ran and "experimental_config" in (reading.why_not or "")

    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ({"results": None}, "`$.results`"),
            ({"results": [{}]}, "`$.results[0]`"),
            ({"results": [{"packages": [{}]}]}, "`$.results[0].packages[0]`"),
            ({"results": [{"packages": [package({})]}]}, "vulnerabilities[0]"),
            (report(package(groups=[group("GHSA-9")])), "does not list (GHSA-9)"),
            ('{"results": [', "ends before its JSON does"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: Any, words: str) -> None:
        assert words in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "known", [report(), report(package()), {"results": report(package())["results"]}]
    )
    def test_knows_its_report(self, known: Any) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize("other", [[], {}, {"results": []}, {"results": [{"packages": []}]}])
    def test_claims_no_other(self, other: Any) -> None:
        assert not recognises(READER, other)
