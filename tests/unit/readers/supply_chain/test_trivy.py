"""Trivy's JSON report: each scanner by itself, and what shows that it ran at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal, source
from tidegate.domain.measures import Kind
from tidegate.domain.tools import canonical_tool
from tidegate.readers.base import MAX_COUNT, Limits, Reading
from tidegate.readers.evidence import compare_with_baseline, read_evidence
from tidegate.readers.supply_chain.trivy import READER

SECRET_TEXT = "AKIA-NEVER-KEPT"


def vulnerability(severity: str = "HIGH", package: str = "ms", id: str = "CVE-1") -> dict[str, Any]:
    return {"VulnerabilityID": id, "PkgName": package, "InstalledVersion": "1", "Severity": severity}


def packages(*vulnerabilities: Any, **more: Any) -> dict[str, Any]:
    found = {"Vulnerabilities": list(vulnerabilities)} if vulnerabilities else {}
    return {"Target": "package-lock.json", "Class": "lang-pkgs", "Type": "npm"} | found | more


def check(severity: str = "HIGH", status: str = "FAIL", **more: Any) -> dict[str, Any]:
    cause = {"StartLine": 3, "Code": {"Lines": [{"Content": SECRET_TEXT}]}}
    said = {"ID": "DS002", "Title": "Not root", "Message": "Name a user", "CauseMetadata": cause}
    return said | {"Severity": severity, "Status": status} | more


def config(
    *checks: Any, successes: int = 20, failures: int | None = None, exceptions: int = 0
) -> dict[str, Any]:
    failed = sum(each["Status"] == "FAIL" for each in checks) if failures is None else failures
    summary = {"Successes": successes, "Failures": failed, "Exceptions": exceptions}
    return {
        "Target": "Dockerfile",
        "Class": "config",
        "MisconfSummary": summary,
        "Misconfigurations": list(checks),
    }


def secret(severity: str = "CRITICAL", **more: Any) -> dict[str, Any]:
    said = {"RuleID": "aws-access-key-id", "Title": "AWS Access Key ID", "StartLine": 2, "Match": SECRET_TEXT}
    code = {"Lines": [{"Content": SECRET_TEXT}]}
    return said | {"Severity": severity, "Code": code} | more


def secrets(*each: Any) -> dict[str, Any]:
    return {"Target": "deploy.sh", "Class": "secret", "Secrets": list(each)}


def report(*results: Any, **more: Any) -> dict[str, Any]:
    return {"SchemaVersion": 2, "ArtifactName": ".", "Results": list(results)} | more


def parts(reading: Reading) -> list[tuple[str, str, bool]]:
    return [(part.kind, part.tool, part.ran) for part in reading.runs]


class TestVulnerabilities:
    def test_counts_by_severity(self) -> None:
        words = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
        listed = [packages(*map(vulnerability, words)), packages(vulnerability(package="rope"))]
        reading, findings = read(READER, report(*listed, Trivy={"Version": "0.69.0"}))
        assert (reading.kind, reading.tool, reading.ran) == (Kind.DEPENDENCIES, "trivy", True)
        assert reading.tool_version == "0.69.0" and reading.runs == ()
        assert reading.measures == {
            "findings.total": 5,
            "findings.unrated": 0,
            "findings.critical": 1,
            "findings.high": 2,
            "findings.medium": 1,
            "findings.low": 1,
            "findings.info": 0,
            "dependencies.vulnerable": 2,
        }
        assert (findings[-1].tool, findings[-1].rule, findings[-1].path) == ("trivy", "CVE-1", "rope")

    @pytest.mark.parametrize("word", ["UNKNOWN", "", "SEVERE"])
    def test_another_word_is_unrated(self, word: str) -> None:
        measures = measure(READER, report(packages(vulnerability(word), vulnerability()))).measures
        assert measures["findings.unrated"] == 1 and "findings.high" not in measures

    def test_counts_packages_where_each_target_lists_them(self) -> None:
        listed = packages(vulnerability(), Packages=[{"Name": "ms"}, {"Name": "rope"}])
        assert measure(READER, report(listed)).measures["dependencies.total"] == 2
        assert "dependencies.total" not in measure(READER, report(listed, packages())).measures

    def test_reads_the_list_of_schema_1(self) -> None:
        listed = [
            {"Target": "a", "Type": "npm", "Vulnerabilities": [vulnerability()]},
            {"Target": "b", "Type": "pip", "Vulnerabilities": None},
        ]
        reading = measure(READER, listed)
        assert reading.ran and reading.measures["findings.high"] == 1
        assert measure(READER, listed[1:]).ran

    def test_tells_when_and_of_which_commit(self) -> None:
        said = report(packages(), CreatedAt="2026-01-02T03:04:05.678901234Z", Metadata={"Commit": "c0ffee1"})
        reading = measure(READER, said)
        assert reading.commits == ("c0ffee1",)
        assert reading.made_at is not None and reading.made_at.microsecond == 678901


class TestWhetherItLooked:
    def test_a_target_without_its_packages_shows_that_it_did(self) -> None:
        reading = measure(READER, report(packages()))
        assert reading.ran and reading.measures["findings.high"] == 0

    def test_listed_packages_do_not(self) -> None:
        reading = measure(READER, report(packages(Packages=[{"Name": "ms"}])))
        assert not reading.ran and "--list-all-pkgs=false" in (reading.why_not or "")

    @pytest.mark.parametrize(
        "other",
        [
            packages(vulnerability(), Packages=[{"Name": "rope"}]),
            packages(
                Packages=[{}],
                ExperimentalModifiedFindings=[
                    {"Type": "vulnerability", "Status": "ignored", "Finding": vulnerability()}
                ],
            ),
        ],
    )
    def test_a_vulnerability_anywhere_does(self, other: Any) -> None:
        assert measure(READER, report(packages(Packages=[{"Name": "ms"}]), other)).ran

    @pytest.mark.parametrize("results", [[], None])
    def test_no_result_does_not(self, results: Any) -> None:
        reading = measure(READER, report() | {"Results": results})
        assert (reading.ran, reading.kind, dict(reading.measures)) == (False, Kind.DEPENDENCIES, {})
        assert "lists no result" in (reading.why_not or "")
        assert not measure(READER, []).ran

    def test_licences_alone_do_not(self) -> None:
        listed = {"Target": "OS Packages", "Class": "license", "Licenses": [{"Name": "GPL-2.0"}]}
        reading = measure(READER, report(listed, listed | {"Class": "license-file"}))
        assert not reading.ran and "nothing but license, license-file" in (reading.why_not or "")

    @pytest.mark.parametrize(
        "bare", [{"Class": "config"}, {"Class": "secret"}, {"Class": "secret", "Secrets": []}]
    )
    def test_a_target_that_nothing_is_said_of_does_not(self, bare: dict[str, Any]) -> None:
        assert not measure(READER, report({"Target": "a"} | bare)).ran

    def test_a_distribution_past_its_end_does_not(self) -> None:
        system = {"OS": {"Family": "debian", "Name": "9.13", "EOSL": True}}
        reading = measure(READER, report(packages(vulnerability()), Metadata=system))
        assert not reading.ran and "debian 9.13 is past its end of life" in (reading.why_not or "")
        image = report(packages(Class="os-pkgs"), Metadata={"OS": {"Family": "debian"}})
        assert measure(READER, image).ran

    def test_a_distribution_of_which_nothing_is_listed_does_not(self) -> None:
        # As of Fedora, which Trivy does not support: it says so in its log, and lists what else it found.
        image = report(packages(vulnerability()), Metadata={"OS": {"Family": "fedora", "Name": "40"}})
        reading = measure(READER, image)
        assert not reading.ran and "the distribution fedora and lists nothing of it" in (
            reading.why_not or ""
        )
        assert measure(READER, report(packages(), packages(Class="os-pkgs"), Metadata=image["Metadata"])).ran
        assert measure(READER, report({"Target": "a"}, Metadata=image["Metadata"])).ran  # before 0.20
        alone = {"OS": {"Family": "activestate"}}  # which has packages of languages alone
        assert measure(READER, report(packages(), Metadata=alone)).ran


class TestSuppressed:
    """Trivy takes out what was ignored, unless it is told to show it (`--show-suppressed`)."""

    @pytest.mark.parametrize("result", [packages(vulnerability()), config(check()), secrets(secret())])
    def test_is_not_measured_where_it_shows_none(self, result: dict[str, Any]) -> None:
        assert "findings.suppressed" not in measure(READER, report(result)).measures
        shown = measure(READER, report(result | {"ExperimentalModifiedFindings": []}))
        assert shown.measures["findings.suppressed"] == 0


class TestMisconfigurations:
    def test_are_evidence_of_sast(self) -> None:
        said = report(config(check(), check("LOW"), check("HIGH", "PASS"), check(status="EXCEPTION")))
        reading, findings = read(READER, said)
        assert (reading.kind, reading.tool, reading.ran) == (Kind.SAST, "trivy-misconfig", True)
        assert canonical_tool(reading.tool) == "trivy"  # so that a gate's `sast/trivy` means it
        assert reading.measures == {
            "findings.total": 2,
            "findings.unrated": 0,
            "findings.suppressed": 1,
            "findings.critical": 0,
            "findings.high": 1,
            "findings.medium": 0,
            "findings.low": 1,
            "findings.info": 0,
        }
        first = findings[0]
        assert (first.rule, first.path, first.line) == ("DS002", "Dockerfile", 3)
        assert first.message == "Name a user"

    def test_checks_that_all_passed_are_clean(self) -> None:
        reading = measure(READER, report(config()))
        assert reading.ran and reading.kind is Kind.SAST and reading.measures["findings.total"] == 0

    def test_an_unknown_status_counts_and_is_unrated(self) -> None:
        measures = measure(READER, report(config(check(status="BROKEN")))).measures
        assert (measures["findings.total"], measures["findings.unrated"]) == (1, 1)

    def test_fewer_listed_than_counted_is_not_run(self) -> None:
        reading = measure(READER, report(config(check(), failures=2)))
        assert not reading.ran and "counted 2 failed checks and lists 1" in (reading.why_not or "")

    def test_exceptions_that_are_only_counted_are_suppressed(self) -> None:
        ignored = {"Type": "misconfiguration", "Status": "ignored", "Finding": check()}
        said = config(exceptions=2) | {"ExperimentalModifiedFindings": [ignored]}
        assert measure(READER, report(said)).measures["findings.suppressed"] == 2

    def test_without_a_message_its_title_stands_and_a_long_one_is_cut(self) -> None:
        bare = check(Message="", CauseMetadata=None)
        _, (finding,) = read(READER, report(config(bare)), Limits(max_text=5))
        assert (finding.message, finding.line) == ("Not r", None)


class TestSecrets:
    def test_are_evidence_of_secrets_and_their_text_is_never_kept(self) -> None:
        reading, (finding,) = read(READER, report(secrets(secret())))
        assert (reading.kind, reading.tool, reading.ran) == (Kind.SECRETS, "trivy-secret", True)
        assert (finding.rule, finding.message) == ("aws-access-key-id", "AWS Access Key ID")
        assert (finding.path, finding.line, finding.severity) == ("deploy.sh", 2, "critical")
        assert SECRET_TEXT not in repr((reading, finding))

    def test_without_a_title_the_rule_stands(self) -> None:
        _, (finding,) = read(READER, report(secrets(secret("UNKNOWN", Title="", StartLine=-1))))
        assert (finding.message, finding.line) == ("aws-access-key-id", None)

    def test_one_that_is_refused_is_not_repeated_in_the_message(self) -> None:
        assert SECRET_TEXT not in refusal(READER, report(secrets(secret(StartLine=SECRET_TEXT))))


class TestSeveralScanners:
    def test_are_judged_by_themselves(self) -> None:
        said = report(packages(vulnerability()), config(check(), check("LOW")), secrets(secret()))
        reading, findings = read(READER, said | {"Metadata": {"Commit": "c0ffee1"}})
        assert parts(reading) == [
            ("dependencies", "trivy", True),
            ("sast", "trivy-misconfig", True),
            ("secrets", "trivy-secret", True),
        ]
        assert (reading.kind, reading.ran) == (Kind.ANALYSIS, True)
        assert reading.measures["findings.total"] == 4 and "dependencies.vulnerable" not in reading.measures
        assert [part.measures["findings.total"] for part in reading.runs] == [1, 2, 1]
        assert {part.commits for part in reading.runs} == {("c0ffee1",)}
        assert {each.tool for each in findings} == {part.tool for part in reading.runs}

    def test_are_compared_with_a_baseline_by_themselves(self) -> None:
        at = datetime(2026, 1, 2, tzinfo=UTC)
        before, now = (
            read_evidence(source(report(*results)), slot="a", taken_at=at, limits=Limits())
            for results in (
                [packages(vulnerability()), config(check())],
                [packages(vulnerability(), vulnerability("LOW", "rope")), config(check()), secrets(secret())],
            )
        )
        (compared,) = compare_with_baseline([now], before.counts.of(), at)
        new = {run.tool: run.measures["findings.new.total"] for run in compared.runs}
        assert new == {"trivy": 1, "trivy-misconfig": 0, "trivy-secret": 1}

    def test_one_that_did_not_run_leaves_the_others(self) -> None:
        reading = measure(READER, report(packages(Packages=[{}]), config()))
        assert parts(reading) == [("dependencies", "trivy", False), ("sast", "trivy-misconfig", True)]
        assert not reading.ran and "--list-all-pkgs=false" in (reading.why_not or "")

    def test_one_that_is_not_shown_is_no_part(self) -> None:
        assert parts(measure(READER, report(packages(), secrets(secret())))) == [
            ("dependencies", "trivy", True),
            ("secrets", "trivy-secret", True),
        ]


class TestModified:
    @pytest.mark.parametrize(
        ("status", "counts", "suppressed"),
        [
            ("ignored", 0, 1),
            ("not_affected", 0, 1),
            ("fixed", 0, 1),
            ("affected", 1, 0),
            ("under_investigation", 1, 0),
            ("novel", 1, 0),
        ],
    )
    @pytest.mark.parametrize(
        ("type", "finding"),
        [("vulnerability", vulnerability()), ("misconfiguration", check()), ("secret", secret())],
    )
    def test_what_was_taken_out_is_suppressed_and_all_else_counts(
        self, type: str, finding: Any, status: str, counts: int, suppressed: int
    ) -> None:
        modified = {"Type": type, "Status": status, "Statement": "s", "Source": "x", "Finding": finding}
        listed = {"Target": "a", "Class": "custom", "ExperimentalModifiedFindings": [modified]}
        reading, found = read(READER, report(listed))
        assert reading.ran and len(found) == 1
        values = reading.measures["findings.total"], reading.measures["findings.suppressed"]
        assert values == (counts, suppressed)

    def test_a_check_that_passed_and_a_licence_are_nothing(self) -> None:
        passed = {"Type": "misconfiguration", "Status": "ignored", "Finding": check(status="PASS")}
        licence = {"Type": "license", "Status": "ignored", "Finding": {"Name": "GPL-2.0"}}
        reading, found = read(READER, report(packages(ExperimentalModifiedFindings=[passed, licence])))
        assert reading.ran and found == []


class TestRefused:
    @pytest.mark.parametrize(
        ("broken", "words"),
        [
            ({}, "schema None of Trivy's JSON"),
            (report() | {"SchemaVersion": 3}, "schema 3 of Trivy's JSON"),
            ({"ClusterName": "", "Resources": []}, "report of a cluster"),
            (report() | {"Results": {}}, "`$.Results`"),
            (report({}), "`$.Results[0]`"),
            (report(packages(1)), "`$.Results[0].Vulnerabilities[0]`"),
            (report(config() | {"MisconfSummary": {"Failures": -1}}), "`$.Results[0].MisconfSummary"),
            (
                report(packages(ExperimentalModifiedFindings=[{"Type": "x", "Status": "", "Finding": {}}])),
                "the type 'x', which is not known",
            ),
            (
                report(
                    packages(ExperimentalModifiedFindings=[{"Type": "secret", "Status": "", "Finding": 1}])
                ),
                "ExperimentalModifiedFindings[].Finding",
            ),
            (report(*[config(exceptions=MAX_COUNT)] * 2), "totals are more than anything"),
            ([1], "`$.Results[0]`"),
            ("null", "expected `object`, got `null`"),
            ('{"SchemaVersion": 2, ', "ends before its JSON does"),
        ],
    )
    def test_says_what_is_wrong_and_where(self, broken: Any, words: str) -> None:
        assert words in refusal(READER, broken)


class TestSniff:
    @pytest.mark.parametrize(
        "known",
        [
            report(),
            {"SchemaVersion": 2, "ArtifactName": "x"},
            [{"Target": "a", "Vulnerabilities": None}],
            [{"Target": "a", "Class": "config"}],
        ],
    )
    def test_knows_its_report(self, known: Any) -> None:
        assert recognises(READER, known)

    @pytest.mark.parametrize(
        "other", [[], {}, {"SchemaVersion": 2}, {"Results": []}, [{"Target": "a"}], {"ClusterName": "a"}]
    )
    def test_claims_no_other(self, other: Any) -> None:
        assert not recognises(READER, other)
