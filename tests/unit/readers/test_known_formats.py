"""Formats that are not read yet are called by their names, with the command that helps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tidegate.readers.base import Source, Unreadable
from tidegate.readers.detect import UnknownFormat, find_reader
from tidegate.readers.known_formats import KNOWN_FORMATS, command_for, format_named, known_format

SAMPLES: tuple[tuple[str, Any], ...] = (
    ("build log", "Started by user harbour master\n[Pipeline] Start of Pipeline\n"),
    ("build log", "[INFO] Scanning for projects...\n[INFO] BUILD SUCCESS\n"),
    ("CTRF's conformance suite", {"target": "../../schema/ctrf.schema.json", "tests": []}),
    ("Mochawesome's JSON", {"stats": {}, "results": [], "meta": {"mocha": {"version": "11"}}}),
    ("Cucumber messages", '{"meta":{"protocolVersion":"22.0.0"}}\n{"source":{}}\n'),
    ("go test's text", "ok  \tgithub.com/a/b\t0.011s\n"),
    ("pytest's JSON or text", {"created": 1, "exitcode": 0, "summary": {}, "tests": []}),
    ("pytest's JSON or text", "===== test session starts =====\n"),
    ("unittest's text", "..\n----\nRan 2 tests in 0.001s\n\nOK\n"),
    ("Robot Framework's output", '<robot generator="Robot 7"/>'),
    ("TestNG results", "<testng-results/>"),
    ("CTest's Test.xml", "<Site><Testing/></Site>"),
    ("Boost.Test XML", "<TestLog/>"),
    ("doctest XML", "<doctest/>"),
    ("Qt Test XML", "<TestCase/>"),
    ("SonarQube test executions", '<testExecutions version="1"/>'),
    ("Allure results", {"uuid": "1", "historyId": "2", "status": "passed"}),
    ("RSpec's JSON", {"version": "3", "examples": [], "summary": {}, "summary_line": "0 examples"}),
    ("Newman's JSON", {"collection": {}, "run": {}}),
    ("k6's summary", {"metrics": {}, "root_group": {}}),
    ("cargo test's JSON", '{"type":"suite","event":"started","test_count":1}\n'),
    ("Surefire's text summary", "-----\nTest set: org.example.HarbourTest\n-----\n"),
    ("SonarQube coverage", '<coverage version="1"><file path="a"/></coverage>'),
    ("Visual Studio coverage", "<results><modules/></results>"),
    ("dotCover's report", '<Root CoveragePercent="1"/>'),
    ("gcov's JSON or text", {"gcc_version": "12", "files": []}),
    ("gcov's JSON or text", "        -:    0:Source:a.c\n"),
    ("coverage.py's data file", b"SQLite format 3\0 CREATE TABLE coverage_schema"),
    ("Go's coverage data", b"\0cvm\1\0\0\0"),
    ("coverage.py's table", "Name    Stmts   Miss  Cover\na.py   1  0  100%\n"),
    ("JaCoCo execution data", b"\x01\xc0\xc0\x10\x07"),
    ("JaCoCo CSV", "GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED\n"),
    ("Scoverage XML", "<scoverage/>"),
    ("Xcode coverage JSON", {"lineCoverage": 1, "targets": []}),
    ("ESLint's text", "/a.js\n  1:1  error  Unexpected var  no-var\n"),
    ("CPD XML", "<pmd-cpd/>"),
    ("Android Lint XML", '<issues format="6"><issue/></issues>'),
    ("ShellCheck JSON", [{"file": "a", "line": 1, "endLine": 1, "level": "info", "fix": None}]),
    ("ruff's messages for a CI system", {"source": {"name": "ruff"}, "diagnostics": []}),
    ("ruff's messages for a CI system", "::error title=ruff (F401),file=a.py,line=1::a.py:1:8: F401 x\n"),
    ("ruff's messages for a CI system", "##vso[task.logissue type=error;sourcepath=a.py;]x\n"),
    ("Code Climate's issues in a row", '{"type":"issue","check_name":"DL1","categories":[]}\0\n'),
    ("RuboCop JSON", {"metadata": {}, "files": [{"path": "a", "offenses": []}], "summary": {}}),
    ("cargo's JSON messages", '{"reason":"compiler-message","message":{}}\n'),
    ("textlint's or secretlint's JSON", [{"messages": [], "filePath": "/a.md"}]),
    ("stylelint JSON", [{"source": "a.css", "warnings": [], "deprecations": []}]),
    ("PHPStan JSON", {"totals": {}, "files": {}, "errors": []}),
    ("black's or isort's text", "would reformat a.py\n"),
    ("gitleaks's log", "9:41AM INF 5 commits scanned.\n9:41AM WRN leaks found: 2\n"),
    ("Trivy's log or table", "2026-05-01T10:00:00Z\tINFO\t[secret] Secret scanning is enabled\n"),
    ("Trivy's log or table", "Total: 2 (UNKNOWN: 0, LOW: 0, MEDIUM: 1, HIGH: 1, CRITICAL: 0)\n"),
    ("Trivy's report of a cluster", {"ClusterName": "", "Resources": []}),
    ("composer audit JSON", {"advisories": [], "abandoned": []}),
    ("cargo audit JSON", {"database": {}, "lockfile": {}, "vulnerabilities": {}}),
    ("Bandit's text, CSV or YAML", "Run started:2026-01-01 00:00:00\n\nTest results:\n"),
    ("Bandit's text, CSV or YAML", "filename,test_name,test_id,issue_severity\n"),
    ("Safety's text", " Safety v3.2.8 is scanning for Vulnerabilities...\n"),
    ("pip-audit's text", "No known vulnerabilities found\n"),
    ("Snyk JSON", {"vulnerabilities": [], "ok": True, "dependencyCount": 3, "packageManager": "pip"}),
    ("Checkov JSON", {"check_type": "terraform", "results": {}, "summary": {}}),
    ("KICS JSON", {"kics_version": "1", "queries": []}),
    ("Brakeman JSON", {"scan_info": {}, "warnings": []}),
    ("govulncheck JSON", {"config": {"protocol_version": "v1.0.0", "scanner_name": "govulncheck"}}),
    ("OpenSSF Scorecard JSON", {"scorecard": {}, "checks": [], "score": 1}),
    ("ZAP's report", {"@programName": "ZAP", "@version": "2", "site": []}),
    ("Nessus report", "<NessusClientData_v2/>"),
    ("Nmap XML", "<nmaprun/>"),
    ("Burp report", '<issues burpVersion="1"/>'),
    ("Veracode report", "<detailedreport/>"),
    ("Checkmarx report", "<CxXMLResults/>"),
    ("Dependency-Track findings", {"meta": {}, "project": {}, "findings": []}),
    ("CycloneDX protobuf", b"\n\x031.6\x18\x01*\x0b\x08\x01\x12\x07"),
    ("SPDX YAML", "SPDXID: SPDXRef-DOCUMENT\nspdxVersion: SPDX-2.3\n"),
    ("SPDX RDF", '<rdf:RDF xmlns:rdf="r" xmlns:spdx="http://spdx.org/rdf/terms#"/>'),
    ("SPDX XML of a version before 2.2", "<Document><Document/></Document>"),
    ("Syft JSON", {"artifacts": [], "artifactRelationships": []}),
    ("SWID tag", "<SoftwareIdentity/>"),
    ("CSAF", {"document": {"csaf_version": "2.0"}}),
    (
        "CDEvents event",
        {"specversion": "1.0", "type": "dev.cdevents.build.started.0.2.0", "source": "/a", "id": "1"},
    ),
    ("CDEvents event", {"context": {"version": "0.4.1", "id": "1"}, "subject": {"id": "1", "type": "build"}}),
    ("CloudEvents event", {"specversion": "1.0", "type": "a", "source": "b", "id": "c"}),
    ("GitHub webhook payload", {"action": "completed", "sender": {}, "repository": {}}),
)


def source(sample: Any, name: str = "report") -> Source:
    """Make a source of bytes, of a text, or of a value as JSON."""
    text = sample if isinstance(sample, (str, bytes)) else json.dumps(sample)
    return Source.of_bytes(text if isinstance(text, bytes) else text.encode(), name)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_each_format_is_named_and_read_by_no_reader(name: str, sample: Any) -> None:
    found = known_format(source(sample))
    assert found is not None and found.name == name
    with pytest.raises(Unreadable, match="which is not read yet. Instead, "):
        find_reader(source(sample))


def test_every_row_of_the_table_has_a_sample() -> None:
    assert [each.name for each in KNOWN_FORMATS if each.name not in dict(SAMPLES)] == []


@pytest.mark.parametrize("known", KNOWN_FORMATS, ids=lambda known: known.name)
def test_the_sentence_fits_into_a_verdict(known: Any) -> None:
    name = "services/harbour/build/reports/tests/unit/TEST-harbour.xml"
    sample = next(sample for other, sample in SAMPLES if other == known.name)
    with pytest.raises(Unreadable) as raised:
        find_reader(source(sample, name))
    message = str(raised.value)
    assert known.command in message and message.endswith(".")
    assert len(message) <= 330


@pytest.mark.parametrize(
    ("file", "name"), [("a.GCOV", "gcov's JSON or text"), ("b/run.NESSUS", "Nessus report"), ("c.txt", None)]
)
def test_an_empty_file_is_named_by_its_ending(file: str, name: str | None) -> None:
    found = known_format(source("", file))
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    "sample",
    ["", "plain words\n", {"a": 1}, [], [1], "<root/>", "<", b"\0\1", "null", "ok then\n", {"results": 1}],
)
def test_what_is_no_known_format_is_not_named(sample: Any) -> None:
    assert known_format(source(sample)) is None


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("robot", "Robot Framework's output"),
        ("rubocop", "RuboCop JSON"),
        ("cargo-audit", "cargo audit JSON"),
        ("spdx_yaml", "SPDX YAML"),
    ],
)
def test_a_format_is_found_by_what_people_call_it(word: str, name: str) -> None:
    found = format_named(word)
    assert found is not None and found.name == name
    with pytest.raises(UnknownFormat, match="is known and not read yet: instead, "):
        find_reader(source(""), word)


@pytest.mark.parametrize("word", ["", "json", "qqqq"])
def test_other_words_name_no_format(word: str) -> None:
    assert format_named(word) is None


@pytest.mark.parametrize(
    ("file", "sample", "command"),
    [
        ("ruff.json", [], "ruff check --output-format sarif"),
        ("flake8.txt", "", "flake8 --benchmark --count"),
        ("mypy.txt", "", "mypy src > mypy.txt"),
        ("gitleaks.json", "null", "gitleaks git --report-format sarif"),
        ("reports/eslint.json", [], "eslint . --format json"),
        ("tsc.txt", "", "tsc --noEmit --pretty false --diagnostics"),
        ("pip-audit.json", [], "pip-audit -f json"),
    ],
)
def test_clean_output_is_answered_with_the_command_that_proves_the_run(
    file: str, sample: Any, command: str
) -> None:
    assert command in (command_for(file) or "")
    with pytest.raises(Unreadable) as raised:
        find_reader(source(sample, file))
    message = str(raised.value)
    assert command in message and len(message) <= 300
