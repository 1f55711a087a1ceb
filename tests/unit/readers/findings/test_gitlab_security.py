"""GitLab's security reports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.reading import measure, read, recognises, refusal
from tidegate.domain.findings import Severity
from tidegate.readers.findings.gitlab_security import READER

SECRET = "hunter2-hunter2"


def entry(severity: str | None = "High", **more: Any) -> dict[str, Any]:
    made = {
        "id": "9d2c",
        "category": "sast",
        "name": "Use of a shell",
        "description": "A text reaches a shell.",
        "severity": severity,
        "scanner": {"id": "semgrep", "name": "Semgrep"},
        "identifiers": [{"type": "semgrep_id", "name": "bandit.B602", "value": "bandit.B602"}],
        "location": {"file": "src/bell.py", "start_line": 9},
        "raw_source_code_extract": SECRET,
    }
    return {name: value for name, value in (made | more).items() if value is not None}


def package(name: str, cve: str = "CVE-2026-1", file: str = "go.sum") -> dict[str, Any]:
    return entry(
        identifiers=[
            {"type": "gemnasium", "value": "9f1"},
            {"type": "cwe", "value": "79"},
            {"type": "cve", "value": cve},
        ],
        location={"file": file, "dependency": {"package": {"name": name}, "version": "1.0"}},
    )


def report(*entries: dict[str, Any], type_: str = "sast", scan: Any = (), **more: Any) -> dict[str, Any]:
    whole = {
        "scanner": {"id": "semgrep", "name": "Semgrep", "version": "1.2.3"},
        "type": type_,
        "start_time": "2026-01-02T03:00:00",
        "end_time": "2026-01-02T03:04:05",
        "status": "success",
    }
    return {"version": "15.0.7", "vulnerabilities": list(entries), "scan": whole | dict(scan)} | more


class TestFindings:
    @pytest.mark.parametrize(
        ("word", "severity"),
        [
            ("Critical", Severity.CRITICAL),
            ("High", Severity.HIGH),
            ("Medium", Severity.MEDIUM),
            ("Low", Severity.LOW),
            ("Info", Severity.INFO),
            ("Unknown", Severity.UNRATED),
            ("Undefined", Severity.UNRATED),
            ("high", Severity.UNRATED),
            (None, Severity.UNRATED),
        ],
    )
    def test_are_rated_by_the_words_of_the_schema(self, word: str | None, severity: Severity) -> None:
        reading, (finding,) = read(READER, report(entry(word)))
        assert finding.severity is severity
        assert reading.measures["findings.unrated"] == (severity is Severity.UNRATED)
        assert ("findings.low" in reading.measures) is (severity is not Severity.UNRATED)

    def test_have_rule_place_tool_version_and_time(self) -> None:
        reading, (finding,) = read(READER, report(entry()))
        assert (reading.tool, reading.kind, reading.tool_version) == ("semgrep", "sast", "1.2.3")
        assert reading.made_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert (finding.tool, finding.rule) == ("semgrep", "bandit.B602")
        assert (finding.path, finding.line, finding.message) == ("src/bell.py", 9, "Use of a shell")

    def test_flagged_as_likely_false_ones_count(self) -> None:
        flags = [{"type": "flagged-as-likely-false-positive", "origin": "vet", "description": "x"}]
        reading = measure(READER, report(entry(flags=flags)))
        assert reading.measures["findings.total"] == 1 and "findings.suppressed" not in reading.measures

    @pytest.mark.parametrize("line", [0, -1, 1e300, None])
    def test_without_a_line_have_none(self, line: float | None) -> None:
        _, (finding,) = read(READER, report(entry(location={"file": "a", "start_line": line})))
        assert finding.line is None

    def test_a_clean_report_measures_zero(self) -> None:
        reading = measure(READER, report())
        assert (
            reading.ran and reading.measures["findings.critical"] == reading.measures["findings.total"] == 0
        )


class TestSecrets:
    def test_hold_nothing_of_what_was_found(self) -> None:
        found = entry(
            id=SECRET,
            cve=SECRET,
            name=SECRET,
            message=SECRET,
            description=SECRET,
            identifiers=[{"type": "gitleaks_rule_id", "name": "Gitleaks rule ID AWS", "value": "AWS"}],
            location={"file": ".env", "start_line": 2, "commit": {"sha": "abc0", "message": SECRET}},
        )
        reading, (finding,) = read(READER, report(found, type_="secret_detection"))
        assert reading.kind == "secrets" and SECRET not in repr((reading, finding))
        assert (finding.rule, finding.message) == ("AWS", "A secret of the kind AWS in commit abc0")

    def test_of_no_commit_name_none(self) -> None:
        place = {"file": ".env", "commit": {"sha": "0000000"}}
        _, (finding,) = read(READER, report(entry(location=place), type_="secret_detection"))
        assert finding.message == "A secret of the kind bandit.B602"

    def test_that_sast_finds_are_told_by_the_rule_alone(self) -> None:
        _, (finding,) = read(READER, report(entry(name=f"Possible hardcoded password: '{SECRET}'")))
        assert SECRET not in repr(finding)


class TestDependencies:
    @pytest.mark.parametrize("type_", ["dependency_scanning", "container_scanning", "cluster_image_scanning"])
    def test_are_named_by_package_and_cve(self, type_: str) -> None:
        files = [{"path": "go.sum", "dependencies": [{"package": {"name": "a"}}, {"package": {"name": "b"}}]}]
        found = package("a"), package("a", "CVE-2026-2")
        reading, findings = read(READER, report(*found, type_=type_, dependency_files=files))
        assert (reading.ran, reading.kind) == (True, "dependencies")
        assert (
            reading.measures["dependencies.total"] == 2 and reading.measures["dependencies.vulnerable"] == 1
        )
        assert (findings[0].rule, findings[0].path) == ("CVE-2026-1", "a")
        assert findings[1].message == "a is affected by CVE-2026-2"

    def test_are_not_counted_where_they_are_not_listed(self) -> None:
        reading = measure(READER, report(entry(), type_="container_scanning"))
        assert reading.ran and "dependencies.total" not in reading.measures
        assert reading.measures["dependencies.vulnerable"] == 0

    @pytest.mark.parametrize(
        ("files", "words"),
        [
            ([], "scanned none"),
            ([{"path": "go.sum", "dependencies": []}], "scanned none"),
            ([{"path": "go.sum", "dependencies": [{"package": {"name": "a"}}]}], "More packages"),
        ],
    )
    def test_that_contradict_themselves_mean_not_run(self, files: Any, words: str) -> None:
        found = (package("a"), package("b")) if files and files[0]["dependencies"] else ()
        reading = measure(READER, report(*found, type_="dependency_scanning", dependency_files=files))
        assert not reading.ran and words in (reading.why_not or "")


class TestNotRun:
    @pytest.mark.parametrize(
        ("scan", "words"),
        [
            ({"status": "failure"}, "'failure'"),
            ({"status": "succeeded"}, "'succeeded'"),
            ({"status": ""}, "not said"),
            ({"messages": [{"level": "warn", "value": "x"}, {"level": "fatal", "value": SECRET}]}, "fatal"),
            ({"messages": [{"level": "panic"}]}, "fatal"),
            ({"partial_scan": {"mode": "differential"}}, "differential"),
            ({"analyzer": {"id": "semgrep", "vendor": {"name": "Semgrep"}}}, "Semgrep itself wrote"),
        ],
    )
    def test_where_the_scan_says_so(self, scan: dict[str, Any], words: str) -> None:
        reading = measure(READER, report(scan=scan))
        assert not reading.ran and words in (reading.why_not or "") and SECRET not in repr(reading)

    @pytest.mark.parametrize("analyzer", [None, {"id": "semgrep"}, {"vendor": {"name": "GitLab"}}])
    def test_reports_of_gitlabs_own_analyzers_are_believed(self, analyzer: object) -> None:
        assert measure(READER, report(scan={"analyzer": analyzer})).ran

    def test_information_and_warnings_are_no_failure(self) -> None:
        assert measure(READER, report(scan={"messages": [{"level": "info"}, {"level": "warn"}]})).ran


class TestOldSchemas:
    def test_go_by_what_each_entry_is_of(self) -> None:
        old = report(entry(category="secret_detection", scanner={"id": "gitleaks"}), version="3.0")
        del old["scan"]
        reading = measure(READER, old)
        assert (reading.ran, reading.kind, reading.tool) == (True, "secrets", "gitleaks")

    def test_of_several_scanners_are_of_none_of_them(self) -> None:
        old = report(entry(scanner={"id": "a"}), entry(scanner=None), version="2.3")
        del old["scan"]
        assert measure(READER, old).tool == "gitlab-sast"

    @pytest.mark.parametrize("entries", [(), (entry(category="dast"),), (entry(), entry(category=""))])
    def test_of_no_known_scan_are_refused(self, entries: Any) -> None:
        old = report(*entries)
        del old["scan"]
        assert "The type of the scan is" in refusal(READER, old)


class TestRefused:
    @pytest.mark.parametrize("type_", ["dast", "api_fuzzing", "coverage_fuzzing", "", "x" * 99])
    def test_a_scan_of_another_type(self, type_: str) -> None:
        assert f"The type of the scan is {type_[:40] or 'none'}, where" in refusal(
            READER, report(type_=type_)
        )

    @pytest.mark.parametrize("version", ["16.0.0", "", "new", "15.x"])
    def test_a_version_that_is_not_known(self, version: str) -> None:
        assert "schemas up to 15 are known" in refusal(READER, report(version=version))

    @pytest.mark.parametrize("version", ["15.2.1", "14.0.6", "2.3", "15.0.0-rc1", None])
    def test_no_version_that_is(self, version: str | None) -> None:
        assert measure(READER, report(version=version)).ran

    def test_what_lacks_its_list(self) -> None:
        broken = report()
        del broken["vulnerabilities"]
        assert "missing required field `vulnerabilities`" in refusal(READER, broken)

    def test_an_entry_without_a_place(self) -> None:
        broken = report(entry())
        del broken["vulnerabilities"][0]["location"]
        assert "`$.vulnerabilities[0]`" in refusal(READER, broken)

    def test_no_entry_without_an_identifier(self) -> None:
        _, (finding,) = read(READER, report(entry(identifiers=[])))
        assert finding.rule == ""


class TestTool:
    def test_is_named_by_the_scan_where_the_scanner_is_not(self) -> None:
        assert (
            measure(READER, report(scan={"scanner": None}, type_="secret_detection")).tool
            == "gitlab-secret-detection"
        )


class TestSniff:
    def test_knows_its_reports(self) -> None:
        old = report(entry(), version="2.3")
        del old["scan"]
        assert all(recognises(READER, one) for one in (report(), report(entry()), old))

    @pytest.mark.parametrize(
        "other",
        [
            [],
            {},
            {"vulnerabilities": []},
            {"vulnerabilities": [], "bomFormat": "CycloneDX", "version": 1},
            {"vulnerabilities": [{"identifiers": {}, "location": 1}], "packageManager": "npm", "version": ""},
            {"scan": {"status": "success"}},
        ],
    )
    def test_claims_no_other_report(self, other: object) -> None:
        assert not recognises(READER, other)
