"""Tests of `tidegate read`: what reports are, and what they say."""

from __future__ import annotations

import json

from tests.unit.cli.workspace import Workspace

JUNIT = (
    '<testsuite name="s" tests="2" failures="1"><testcase classname="t" name="one"><failure message="no"/>'
    '</testcase><testcase classname="t" name="two"/></testsuite>'
)
BANDIT = json.dumps(
    {
        "errors": [{"filename": "src/a.py", "reason": "syntax error while parsing AST from file"}],
        "generated_at": "2026-11-21T02:26:48Z",
        "metrics": {"_totals": {"loc": 1}},
        "results": [],
    }
)


class TestRead:
    def test_tells_format_tool_measures_and_findings(self, workspace: Workspace) -> None:
        result = workspace.run("read", "reports/flake8.txt")
        output = " ".join(result.stdout.split())
        assert result.exit_code == 0
        assert "tool flake8" in output
        assert "findings.total 2" in output
        assert "unrated src/a.py:1 F401 'os' imported but unused" in output

    def test_exits_1_where_a_report_cannot_be_read(self, workspace: Workspace) -> None:
        workspace.write("broken.json", '{"half":')
        result = workspace.run("read", "broken.json", "reports/mypy.txt")
        assert result.exit_code == 1
        assert "unreadable" in result.stdout

    def test_exits_1_where_the_tool_did_not_do_its_work(self, workspace: Workspace) -> None:
        workspace.write("mypy.txt", "mypy: can't read file 'src': No such file or directory\n")
        result = workspace.run("read", "mypy-text:mypy.txt", "--output", "text")
        assert result.exit_code == 1

    def test_gives_programs_everything(self, workspace: Workspace) -> None:
        document = workspace.json("read", "reports/mypy.txt")
        (report,) = document["reports"]
        assert report["format"] == "mypy-text"
        assert report["ran"] is True
        assert report["measures"]["findings.total"] == 1
        assert report["findings"][0]["path"] == "src/a.py"
        assert len(report["findings"][0]["fingerprint"]) == 32

    def test_an_unreadable_report_has_no_measures(self, workspace: Workspace) -> None:
        workspace.write("broken.json", '{"half":')
        (report,) = workspace.json("read", "broken.json")["reports"]
        assert report["measures"] == {}
        assert report["ran"] is False
        assert report["unreadable"]

    def test_lists_the_first_findings_and_all_when_asked(self, workspace: Workspace) -> None:
        lines = "".join(f"src/a.py:{n}:1: F401 'x{n}' imported but unused\n" for n in range(1, 31))
        workspace.write("many.txt", lines)
        assert "and 10 more" in workspace.run("read", "many.txt").stdout
        assert "'x30'" in workspace.run("read", "many.txt", "--all").stdout

    def test_tells_why_a_tool_did_not_do_its_work(self, workspace: Workspace) -> None:
        workspace.write("bandit.json", BANDIT)
        result = workspace.run("read", "bandit.json")
        assert result.exit_code == 1
        assert "no:" in result.stdout
        (report,) = workspace.json("read", "bandit.json")["reports"]
        assert report["ran"] is False
        assert report["measures"]["tool.ran"] is False

    def test_lists_the_tests_that_failed(self, workspace: Workspace) -> None:
        workspace.write("junit.xml", JUNIT)
        assert "failed t one no" in " ".join(workspace.run("read", "junit.xml").stdout.split())
        (report,) = workspace.json("read", "junit.xml")["reports"]
        assert report["cases"] == [{"suite": "t", "name": "one", "outcome": "failed", "detail": "no"}]

    def test_reads_as_the_format_that_is_named(self, workspace: Workspace) -> None:
        assert workspace.run("read", "--format", "flake8", "reports/flake8.txt").exit_code == 0
        assert workspace.run("read", "--format", "mypy-json", "reports/flake8.txt").exit_code == 1

    def test_names_what_it_passed_over_in_a_folder(self, workspace: Workspace) -> None:
        workspace.write("reports/html/style.css", "body {}")
        assert "reports/html/style.css" in workspace.run("read", "reports").stdout

    def test_wrong_use_exits_2(self, workspace: Workspace) -> None:
        assert workspace.run("read").exit_code == 2
        assert workspace.run("read", "nowhere").exit_code == 2
        assert workspace.run("read", "--format", "cobol", "reports").exit_code == 2
        assert workspace.run("read", "reports", "--ignore", "*").exit_code == 2

    def test_what_a_report_says_cannot_command_the_terminal(self, workspace: Workspace) -> None:
        workspace.write("evil.txt", "src/a.py:1:1: E999 red \x1b[31m ::error::here\n")
        output = workspace.run("read", "flake8:evil.txt").stdout
        assert "\x1b" not in output
        assert " ::error" not in output


class TestWhatAReportSaysOfItself:
    RUNS = [
        {
            "tool": {"driver": {"name": name}},
            "results": [],
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-01-31T12:00:00Z"}],
            "versionControlProvenance": [{"revisionId": "f" * 40}],
        }
        for name in ("CodeQL", "Trivy")
    ]

    def test_is_shown(self, workspace: Workspace) -> None:
        workspace.write("one.sarif", json.dumps({"version": "2.1.0", "runs": self.RUNS[:1]}))
        text = " ".join(workspace.run("read", "one.sarif").stdout.split())
        assert "made 2026-01-31T12:00:00.000Z, as it says itself" in text
        assert f"of commit {'f' * 40}" in text
        (report,) = workspace.json("read", "one.sarif")["reports"]
        assert (report["made_at"], report["commits"]) == ("2026-01-31T12:00:00.000Z", ["f" * 40])

    def test_tells_tools_that_share_a_report_apart(self, workspace: Workspace) -> None:
        workspace.write("two.sarif", json.dumps({"version": "2.1.0", "runs": self.RUNS}))
        text = " ".join(workspace.run("read", "two.sarif").stdout.split())
        assert "sast/CodeQL 0 findings dependencies/Trivy 0 findings" in text
        (report,) = workspace.json("read", "two.sarif")["reports"]
        assert [(run["kind"], run["tool"]) for run in report["runs"]] == [
            ("sast", "CodeQL"),
            ("dependencies", "Trivy"),
        ]
