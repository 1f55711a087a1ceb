"""Reports in a common form: what is written as JUnit XML or SARIF is read again as what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.reading import read_whole
from tests.support.report_samples import SAMPLES
from tests.unit.cli.test_read import BANDIT
from tests.unit.cli.workspace import Workspace
from tidegate.cli.show.conversions import NotConvertible, ReadableReport, junit_of, sarif_of
from tidegate.domain.evidence import Evidence, ToolRun
from tidegate.domain.findings import Case, Finding, Outcome, Severity
from tidegate.domain.measures import BY_NAME, Kind
from tidegate.readers.base import Item, Limits, Source
from tidegate.readers.registry import REGISTRY

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OF_TESTS = [row.format for row in REGISTRY if row.reader().kind is Kind.TESTS]
OF_FINDINGS = [row.format for row in REGISTRY if row.reader().kind in BY_NAME["findings.total"].kinds]


def report(
    items: Sequence[Item], kind: Kind = Kind.SAST, *, ran: bool = True, runs: Sequence[ToolRun] = ()
) -> ReadableReport:
    """Make a report that holds these items."""
    why_not = None if ran else "It was stopped."
    evidence = Evidence(
        "sha256:" + "0" * 64,
        "report",
        kind,
        "format",
        "tool",
        AT,
        ran=ran,
        why_not=why_not,
        made_at=AT,
        runs=tuple(runs),
    )
    return ReadableReport("report", evidence, "1.2", lambda: iter(items))


def written(pieces: Iterator[str]) -> bytes:
    """Join what is written."""
    return "".join(pieces).encode()


class TestASample:
    """Of every format that is read, so that a new one is converted as well."""

    @pytest.mark.parametrize("format", OF_TESTS)
    def test_of_tests_is_the_same_as_junit(self, workspace: Workspace, format: str) -> None:
        path = sample(workspace, format)
        result = workspace.run("read", "--output", "junit", f"{format}:{path}")
        assert result.exit_code == 0, result.output
        before = read_whole(Source.of_bytes(SAMPLES[format]), Limits(), format).measures
        after = read_whole(Source.of_bytes(result.stdout_bytes), Limits(), "junit").measures
        kept = [f"tests.{name}" for name in ("total", "passed", "failed", "errors", "skipped")]
        assert [after[name] for name in kept] == [before[name] for name in kept]

    @pytest.mark.parametrize("format", OF_FINDINGS)
    def test_of_findings_is_the_same_as_sarif(self, workspace: Workspace, format: str) -> None:
        path = sample(workspace, format)
        result = workspace.run("read", "--output", "sarif", f"{format}:{path}")
        assert result.exit_code == 0, result.output
        before = read_whole(Source.of_bytes(SAMPLES[format]), Limits(), format)
        after = read_whole(Source.of_bytes(result.stdout_bytes), Limits(), "sarif")
        assert not after.ran and "made this log of another report" in (after.why_not or "")
        for name in ("findings.total", "findings.suppressed"):
            assert after.measures[name] == before.measures.get(name, 0)


def sample(workspace: Workspace, format: str) -> str:
    """Write the sample of a format into a workspace."""
    workspace.write("sample", SAMPLES[format].decode())
    return str(Path("sample"))


class TestJUnit:
    def test_says_how_each_case_ended(self) -> None:
        cases = [
            Case("s", "a", Outcome.PASSED, 0.5),
            Case("s", "b", Outcome.FAILED, detail='<no> & "never"\x00'),
            Case("s", "c", Outcome.ERROR),
            Case("s", "d", Outcome.SKIPPED, detail="later"),
            Case("s", "e", Outcome.PASSED, flaky=True),
        ]
        lines = written(junit_of([report(cases, Kind.TESTS)])).decode().splitlines()
        assert lines[3:8] == [
            '<testcase classname="s" name="a" time="0.5"/>',
            '<testcase classname="s" name="b" time="0">'
            '<failure message="&lt;no&gt; &amp; &quot;never&quot;?"/></testcase>',
            '<testcase classname="s" name="c" time="0"><error/></testcase>',
            '<testcase classname="s" name="d" time="0"><skipped message="later"/></testcase>',
            '<testcase classname="s" name="e" time="0"><flakyFailure/></testcase>',
        ]
        assert 'timestamp="2026-01-02T03:04:05' in lines[2]

    def test_is_not_written_of_a_tool_that_did_not_do_its_work(self) -> None:
        with pytest.raises(NotConvertible, match="JUnit XML cannot say so: It was stopped."):
            junit_of([report([], Kind.TESTS, ran=False)])

    def test_holds_no_findings(self) -> None:
        with pytest.raises(
            NotConvertible, match="JUnit XML holds test results, and this is evidence of sast"
        ):
            junit_of([report([])])


class TestSarif:
    def test_is_a_run_for_each_tool_of_a_report(self) -> None:
        found = [
            Finding("One", "R1", "a", Severity.CRITICAL, "a.py", 3),
            Finding("two", "", "b", Severity.UNRATED, suppressed=True),
        ]
        parts = [ToolRun(Kind.SAST, "one"), ToolRun(Kind.SECRETS, "two", ran=False, why_not="No.")]
        one, two = json.loads(written(sarif_of([report(found, runs=parts)])))["runs"]
        assert (one["tool"]["driver"], two["tool"]["driver"]) == (
            {"name": "one", "version": "1.2", "rules": [{"id": "R1"}]},
            {"name": "two", "version": "1.2", "rules": []},
        )
        assert [result["properties"] for result in one["results"]] == [{"severity": "critical"}]
        assert two["results"][0]["suppressions"] == [{"kind": "external"}]
        assert one["invocations"] == [{"executionSuccessful": True}]
        (invocation,) = two["invocations"]
        assert invocation["executionSuccessful"] is False
        assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "No."

    def test_is_for_viewers_and_no_evidence(self) -> None:
        log = written(sarif_of([report([])]))
        reading = read_whole(Source.of_bytes(log), Limits(), "sarif")
        assert not reading.ran and "Submit the report that tool wrote" in (reading.why_not or "")

    def test_says_that_a_tool_did_not_do_its_work(self) -> None:
        (run,) = json.loads(written(sarif_of([report([], ran=False)])))["runs"]
        assert run["invocations"][0]["executionSuccessful"] is False

    def test_holds_no_tests(self) -> None:
        with pytest.raises(NotConvertible, match="SARIF holds findings, and this is evidence of tests"):
            sarif_of([report([], Kind.TESTS)])


class TestTheCommand:
    def test_writes_nothing_of_a_report_that_cannot_be_read(self, workspace: Workspace) -> None:
        workspace.write("broken.json", '{"half":')
        result = workspace.run("read", "--output", "sarif", "reports/flake8.txt", "broken.json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "broken.json" in result.stderr

    def test_exits_1_where_a_tool_did_not_do_its_work(self, workspace: Workspace) -> None:
        workspace.write("bandit.json", BANDIT)
        result = workspace.run("read", "bandit.json", "--output", "sarif")
        assert result.exit_code == 1
        assert '"executionSuccessful": false' in result.stdout

    def test_asks_for_a_report(self, workspace: Workspace) -> None:
        workspace.write("only/pom.xml", "<project/>")
        result = workspace.run("read", "--output", "junit", "only")
        assert result.exit_code == 2
        assert "no report among the files" in result.stderr
