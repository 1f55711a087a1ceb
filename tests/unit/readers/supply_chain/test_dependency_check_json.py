"""OWASP Dependency-Check's JSON report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.measures import Kind
from tidegate.readers.supply_chain.dependency_check_json import READER


def vulnerability(name: str = "CVE-1", severity: str | None = "HIGH", **more: Any) -> dict[str, Any]:
    return {"source": "NVD", "name": name, "severity": severity} | more


def dependency(*vulnerabilities: Any, file: str = "chains-2.1.jar", **more: Any) -> dict[str, Any]:
    return {"fileName": file, "filePath": f"/src/{file}", "vulnerabilities": list(vulnerabilities)} | more


def report(*dependencies: Any, **scan: Any) -> dict[str, Any]:
    return {
        "reportSchema": "1.1",
        "scanInfo": {"engineVersion": "12.1.0", "dataSource": []} | scan,
        "projectInfo": {"name": "harbour", "reportDate": "2026-01-02T03:04:05.678901234Z"},
        "dependencies": list(dependencies),
    }


class TestFindings:
    def test_counts_vulnerabilities_of_all_dependencies(self) -> None:
        packages = [{"id": "cpe:2.3:a:x"}, {"id": "pkg:maven/org.harbour/chains@2.1"}, {"id": "pkg:x/y"}]
        listed = [
            dependency(vulnerability(), vulnerability("CVE-2", "moderate"), packages=packages),
            dependency(vulnerability("CVE-3", "low"), file="rope.jar", relatedDependencies=[{}]),
            dependency(file="sound.jar", suppressedVulnerabilities=[vulnerability("CVE-4")]),
        ]
        reading, findings = read(READER, report(*listed))
        assert (reading.kind, reading.tool, reading.tool_version) == (
            Kind.DEPENDENCIES,
            "dependency-check",
            "12.1.0",
        )
        assert reading.ran and reading.made_at is not None and reading.made_at.year == 2026
        assert reading.measures == {
            "findings.total": 3,
            "findings.unrated": 0,
            "findings.suppressed": 1,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 1,
            "findings.low": 1,
            "findings.info": 0,
            "dependencies.total": 3,
            "dependencies.vulnerable": 2,
        }
        assert [(each.rule, each.path, each.suppressed) for each in findings] == [
            ("CVE-1", "org.harbour/chains", False),
            ("CVE-2", "org.harbour/chains", False),
            ("CVE-3", "rope.jar", False),
            ("CVE-4", "sound.jar", True),
        ]

    @pytest.mark.parametrize(
        ("said", "severity"),
        [
            ({"severity": "CRITICAL", "cvssv3": {"baseScore": 1.0, "baseSeverity": "LOW"}}, "critical"),
            ({"severity": None, "cvssv3": {"baseScore": 9.8, "baseSeverity": "HIGH"}}, "high"),
            ({"severity": "Unknown", "cvssv3": {"baseScore": 9.8}}, "critical"),
            ({"severity": None, "cvssv4": {"baseScore": 4.1}, "cvssv3": {"baseScore": 9.8}}, "medium"),
            ({"severity": None, "cvssv4": {}, "cvssv3": {"baseScore": 9.8}}, "critical"),
            ({"severity": None, "cvssv3": {}, "cvssv2": {"score": 2.0, "severity": "?"}}, "low"),
            ({"severity": "0.0"}, "unrated"),
            ({"severity": None}, "unrated"),
            ({"severity": None, "cvssv2": {"score": 11.0}}, "unrated"),
        ],
    )
    def test_rates_by_the_word_then_by_the_newest_score(self, said: Any, severity: str) -> None:
        _, (finding,) = read(READER, report(dependency(vulnerability(**said))))
        assert finding.severity == severity

    def test_a_report_without_a_finding_is_clean(self) -> None:
        reading = measure(READER, report(dependency()))
        assert reading.ran and reading.measures["findings.high"] == 0


class TestNotRun:
    def test_nothing_was_looked_at(self) -> None:
        assert "lists no dependency" in (measure(READER, report()).why_not or "")

    @pytest.mark.parametrize(
        ("faults", "words"),
        [
            ([{"exception": {"message": "NVD is away"}}, {}], "2 exception(s)"),
            ([{"exception": {"message": "NVD is away"}}], "NVD is away"),
            ([{}], "1 exception(s)"),
        ],
    )
    def test_the_analysis_had_exceptions(self, faults: Any, words: str) -> None:
        reading = measure(READER, report(dependency(), analysisExceptions=faults))
        assert not reading.ran and words in (reading.why_not or "")


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ({}, "missing required field `reportSchema`"),
            (report() | {"dependencies": None}, "`$.dependencies`"),
            (report({}), "`$.dependencies[0]`"),
            (report(dependency({})), "`$.dependencies[0].vulnerabilities[0]`"),
            ('{"reportSchema": "1.1", ', "ends before its JSON does"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: Any, words: str) -> None:
        assert words in refusal(READER, broken)

    def test_reads_a_report_without_its_project(self) -> None:
        bare = report(dependency())
        del bare["projectInfo"]
        reading = measure(READER, bare)
        assert reading.ran and reading.made_at is None


class TestSniff:
    @pytest.mark.parametrize("known", [report(), {"reportSchema": "1.1", "dependencies": []}])
    def test_knows_its_report(self, known: Any) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize("other", [[], {}, {"reportSchema": "1.1"}, {"scanInfo": {}, "dependencies": []}])
    def test_claims_no_other(self, other: Any) -> None:
        assert not recognises(READER, other)


class TestData:
    @pytest.mark.parametrize(
        ("sources", "ran"),
        [
            (
                {
                    "NVD API Last Checked": "2025-12-27T00:00:00Z",
                    "NVD API Last Modified": "2025-12-28T00:00:00Z",
                },
                True,
            ),
            ({"NVD API Last Checked": "2025-12-20T04:04:05+01"}, False),
            (  # of a mirror that nobody updates
                {"NVD CVE Checked": "2026-01-02T00:00:00", "NVD CVE Modified": "2025-12-19T07:00:02"},
                False,
            ),
            (
                {"NVD API Last Modified": "2026-01-01T00:00:00Z", "NVD CVE Modified": "2024-01-01T00:00:00"},
                True,
            ),
            ({"NVD CVE Checked": "2025-12-20T03:04:05", "VersionCheckOn": "2026-01-02T03:04:05"}, False),
            ({"NVD Cache Last Checked": "2025-12-20T03:04:05Z"}, False),
            ({"NVD CVE 2002": "12/01/2018 23:36:33", "Other": "2018-01-01T00:00:00Z"}, True),
        ],
    )
    def test_that_were_too_old_when_they_were_searched_show_nothing(
        self, sources: dict[str, str], ran: bool
    ) -> None:
        listed = [{"name": name, "timestamp": moment} for name, moment in sources.items()]
        reading = measure(READER, report(dependency(), dataSource=listed))
        assert reading.ran is ran
        assert ran or "data of NVD that were 1" in (reading.why_not or "")
