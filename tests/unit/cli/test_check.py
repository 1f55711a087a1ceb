"""Tests of `tidegate check`: what it reads, what it concludes, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.workspace import FLAKE8, GATE, MYPY, Workspace
from tidegate.domain.canonical import canonical_json

PASSING = GATE.replace("findings.total == 0", "findings.total <= 2")

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"


class TestVerdict:
    def test_exits_1_and_names_the_rule_that_blocks(self, workspace: Workspace) -> None:
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 1
        assert "FAIL: 1 of 2 rules keeps the gate production closed (lint-clean)" in result.stdout

    def test_exits_0_where_every_rule_holds(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--component", "api")
        assert result.exit_code == 0
        assert "PASS: 2 of 2 rules hold. api may ship." in result.stdout

    def test_missing_evidence_blocks(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        result = workspace.run("check", "--gate", "gate.yml", "reports/flake8.txt")
        assert result.exit_code == 1
        assert "MISSING" in result.stdout

    def test_stale_evidence_blocks(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
        os.utime(workspace.folder / "reports/mypy.txt", (long_ago, long_ago))
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 1
        assert "STALE" in result.stdout

    def test_a_report_that_was_named_and_is_unreadable_blocks(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write("report.bin", b"\x00\x01")
        result = workspace.run("check", "--gate", "gate.yml", "reports", "report.bin")
        assert result.exit_code == 1
        assert "UNREADABLE: 2 of 2 rules keep" in result.stdout

    def test_a_report_under_two_names_counts_once_and_is_named(self, workspace: Workspace) -> None:
        rule = "{id: a, that: tests.passed >= 2, needs: [tests], max_age: 1h}"
        workspace.write("gate.yml", f"name: a\nrules:\n- {rule}\n")
        for name in ("a", "b"):
            workspace.write(f"tests/{name}.xml", '<testsuite tests="1"><testcase name="moors"/></testsuite>')
        result = workspace.run("check", "--gate", "gate.yml", "tests")
        assert result.exit_code == 1
        note = "tests/a.xml and tests/b.xml are one and the same report, which counts once."
        assert note in " ".join(result.stdout.split())

    def test_at_judges_as_of_another_moment(self, workspace: Workspace) -> None:
        moment = "2031-01-01T00:00:00Z"
        document = workspace.json("check", "--gate", "gate.yml", "reports", "--at", moment)
        assert document["at"] == "2031-01-01T00:00:00.000Z"
        assert {rule["state"] for rule in document["rules"]} == {"stale"}

    def test_speaks_of_the_subject_that_it_was_given(self, workspace: Workspace) -> None:
        subject = ("--component", "api", "--revision", COMMIT.upper(), "--environment", "staging")
        document = workspace.json("check", "--gate", "gate.yml", "reports", *subject)
        assert document["subject"] == {"component": "api", "revision": COMMIT, "environment": "staging"}

    @pytest.mark.parametrize(
        ("option", "written", "message"),
        [
            ("--revision", "xyz", "'xyz' is not the hash of a commit. Give what `git rev-parse NAME` prints"),
            ("--revision", "", "'' is not the hash of a commit"),
            ("--revision", "abc1234", "not exactly one commit here that begins so. Give all 40 digits"),
            ("--component", "Harbour Master", "'Harbour Master' cannot name a component: use 1 to 100 lower"),
            ("--environment", "pre/prod", "'pre/prod' cannot name an environment: use 1 to 100 lower"),
        ],
    )
    def test_refuses_a_subject_that_no_server_would_take(
        self, workspace: Workspace, option: str, written: str, message: str
    ) -> None:
        result = workspace.run("check", "--gate", "gate.yml", "reports", option, written)
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())
        assert not result.stdout

    def test_takes_the_commit_that_is_checked_out(self, workspace: Workspace) -> None:
        workspace.write(".git/HEAD", "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809\n")
        document = workspace.json("check", "--gate", "gate.yml", "reports")
        assert document["subject"]["revision"] == "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"

    def test_warns_of_a_commit_that_this_checkout_does_not_have(self, workspace: Workspace) -> None:
        subprocess.run(["git", "init", "-q", str(workspace.folder)], check=True)
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--revision", "a" * 40)
        assert f"The commit {'a' * 40} that --revision names is not in this checkout" in result.stderr
        assert result.exit_code == 1

    def test_warns_where_the_files_differ_from_the_commit(self, workspace: Workspace) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        here = ["git", "-C", str(workspace.folder)]
        for command in (
            ["init", "-q"],
            ["add", "gate.yml"],
            [*identity, "commit", "-q", "--no-verify", "-m", "x"],
        ):
            subprocess.run([*here, *command], check=True)
        clean = workspace.run("check", "--gate", "gate.yml", "reports")
        workspace.write("gate.yml", GATE + "# changed\n")
        changed = workspace.run("check", "--gate", "gate.yml", "reports")
        named = workspace.run("check", "--gate", "gate.yml", "reports", "--revision", "a" * 40)
        said = "Files of this checkout differ from commit"
        assert [said in one.stderr for one in (clean, changed, named)] == [False, True, False]
        assert changed.exit_code == clean.exit_code

    def test_the_floor_of_a_gate_counts(self, workspace: Workspace) -> None:
        workspace.write("floor.yml", GATE.replace("name: production", "name: floor"))
        workspace.write("child.yml", "name: child\nextends: floor\nrules: []\n")
        document = workspace.json("check", "--gate", "child.yml", "reports")
        assert [rule["rule"] for rule in document["rules"]] == ["lint-clean", "few-type-errors"]


class TestBaseline:
    GATE = GATE.replace("findings.total == 0", "findings.new.total == 0")

    def test_findings_of_the_baseline_are_not_new(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        workspace.run("check", "--gate", "gate.yml", "reports", "--write-baseline", "known.json")
        workspace.write("reports/flake8.txt", FLAKE8.replace("a.py:1:1", "a.py:7:1"))
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--baseline", "known.json")
        assert result.exit_code == 0

    def test_a_finding_beyond_the_baseline_is_new(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        workspace.run("check", "--gate", "gate.yml", "reports", "--write-baseline", "known.json")
        workspace.write("reports/flake8.txt", FLAKE8 + "src/c.py:1:1: F401 'sys' imported but unused\n")
        document = workspace.json("check", "--gate", "gate.yml", "reports", "--baseline", "known.json")
        assert document["rules"][0]["measured"] == {"findings.new.total": 1}

    def test_without_a_baseline_nothing_is_known_of_new_findings(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        document = workspace.json("check", "--gate", "gate.yml", "reports")
        assert document["rules"][0]["state"] == "missing"

    def test_is_a_file_that_people_can_read(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        workspace.run("check", "--gate", "gate.yml", "reports", "--write-baseline", "known.json")
        known = (workspace.folder / "known.json").read_text("utf-8")
        assert (
            '{"path": "src/a.py", "rule": "F401", "severity": "unrated", "count": 1, "tool": "flake8"'
            in known
        )

    def test_refuses_a_baseline_of_an_older_version_with_the_command(self, workspace: Workspace) -> None:
        workspace.write("known.json", '{"findings":{},"tidegate_baseline":1}')
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--baseline", "known.json")
        assert result.exit_code == 2
        assert "is of version 1" in result.stderr and "--write-baseline FILE" in result.stderr

    def test_refuses_a_file_that_is_no_baseline(self, workspace: Workspace) -> None:
        workspace.write("known.json", "{}")
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--baseline", "known.json")
        assert result.exit_code == 2
        assert "Error: known.json: This is not a baseline file" in result.stderr

    @pytest.mark.parametrize("value", ["lots", "0", "-1", "1e9"])
    def test_refuses_a_limit_that_is_none_by_its_variable(self, workspace: Workspace, value: str) -> None:
        result = workspace.run("check", "--gate", "gate.yml", "reports", MAX_REPORT_BYTES=value)
        assert result.exit_code == 2
        assert f"'{value}' is no whole number from 1 (given so, or as MAX_REPORT_BYTES)." in result.stderr

    def test_writes_no_baseline_of_a_report_that_does_not_tell_all(self, workspace: Workspace) -> None:
        workspace.write("reports/empty.json", "")
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--write-baseline", "known.json")
        assert result.exit_code == 2
        assert "reports/empty.json is incomplete" in result.stderr
        assert not (workspace.folder / "known.json").exists()


class TestWaivers:
    WAIVER = """\
waivers:
  - id: W-1
    gate: production
    rule: lint-clean
    component: api
    owner: ann
    approver: bob
    reason: The new style comes next week.
    granted_at: 2026-01-01T00:00:00Z
    expires_at: 2099-01-01T00:00:00Z
"""

    def test_a_waiver_lets_a_failing_rule_pass_and_is_shown(self, workspace: Workspace) -> None:
        workspace.write("waivers.yml", self.WAIVER)
        options = ("--waivers", "waivers.yml", "--component", "api")
        result = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert result.exit_code == 0
        assert "fail (waived)" in result.stdout
        assert "bob for ann" in result.stdout

    def test_a_waiver_that_has_expired_is_reported(self, workspace: Workspace) -> None:
        workspace.write("waivers.yml", self.WAIVER)
        options = ("--waivers", "waivers.yml", "--component", "api", "--at", "2199-01-01T00:00:00Z")
        for output in ("text", "markdown"):
            said = workspace.run(
                "check", "--gate", "gate.yml", "reports", *options, "--output", output
            ).stdout
            assert "W-1" in said

    def test_a_waiver_of_a_rule_that_there_is_not_is_reported(self, workspace: Workspace) -> None:
        workspace.write("waivers.yml", self.WAIVER.replace("lint-clean", "lint-claen"))
        options = ("--waivers", "waivers.yml", "--component", "api", "--output", "json")
        result = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert result.exit_code == 1
        assert "waivers.yml: W-1 excuses nothing: production has no rule 'lint-claen'." in result.stderr
        assert "Did you mean 'lint-clean'?" in result.stderr and "lint-claen" not in result.stdout

    def test_waivers_without_a_component_are_told_to_excuse_nothing(self, workspace: Workspace) -> None:
        workspace.write("waivers.yml", self.WAIVER)
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--waivers", "waivers.yml")
        assert result.exit_code == 1
        assert "waivers.yml: waivers count for a component, and none is named" in result.stderr

    def test_a_waiver_for_another_component_changes_nothing(self, workspace: Workspace) -> None:
        workspace.write("waivers.yml", self.WAIVER)
        options = ("--waivers", "waivers.yml", "--component", "web")
        assert workspace.run("check", "--gate", "gate.yml", "reports", *options).exit_code == 1


class TestNewFindings:
    """A baseline of many findings, and one that came since."""

    GATE = "name: g\nrules:\n  - id: nothing-new\n    that: findings.new.total == 0\n    needs: [lint]\n"

    def prepared(self, workspace: Workspace) -> None:
        """Write the baseline of twenty findings, then a report with one more at its end."""
        known = "".join(f"src/a.py:{n}:1: F401 'm{n}' imported but unused\n" for n in range(1, 21))
        workspace.write("gate.yml", self.GATE)
        workspace.write("lint/flake8.txt", known)
        options = ("--gate", "gate.yml", "lint", "--write-baseline", "known.json")
        workspace.run("check", *options)
        workspace.write("lint/flake8.txt", known + "src/new.py:3:1: F811 redefinition of unused 'x'\n")

    def test_are_named_and_known_ones_are_not(self, workspace: Workspace) -> None:
        self.prepared(workspace)
        text = workspace.run("check", "--gate", "gate.yml", "lint", "--baseline", "known.json").stdout
        assert "failing  src/new.py:3 F811 redefinition of unused 'x'" in text
        assert "imported but unused" not in text
        assert "more" not in text.split("failing")[1]

    def test_have_their_baseline_state_in_sarif(self, workspace: Workspace) -> None:
        self.prepared(workspace)
        options = ("--gate", "gate.yml", "lint", "--baseline", "known.json", "--output", "sarif")
        log = json.loads(workspace.run("check", *options).stdout)
        states = [result["baselineState"] for run in log["runs"][1:] for result in run["results"]]
        assert (states.count("unchanged"), states.count("new")) == (20, 1)

    def test_have_no_state_where_nothing_was_compared(self, workspace: Workspace) -> None:
        self.prepared(workspace)
        result = workspace.run("check", "--gate", "gate.yml", "lint", "--output", "sarif")
        assert "baselineState" not in result.stdout


class TestWhatIsRead:
    def test_a_broken_report_in_a_folder_blocks(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write("reports/junit-2.xml", "")
        assert workspace.run("check", "--gate", "gate.yml", "reports").exit_code == 1

    def test_a_tool_s_log_in_a_folder_is_named_with_what_writes_a_report(self, workspace: Workspace) -> None:
        workspace.write("reports/gitleaks.log", "9:41AM INF no leaks found\n")
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        said = "reports/gitleaks.log is gitleaks's log: `gitleaks git --report-format sarif"
        assert said in " ".join(result.stdout.split())

    def test_other_files_in_a_folder_are_ignored_and_named(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write("reports/html/style.css", "body {}")
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 0
        assert "reports/html/style.css" in result.stdout

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("run.xml", "<robot/>", "this is Robot Framework's output, which is not read yet"),
            ("run.json", '{"kics_version": "1", "queries": []}', "this is KICS JSON, which is not read yet"),
            ("harbour.out", "5 tests, 2 failures\n", "the format cannot be recognised"),
            ("harbour", "<harbour-results/>", "the format cannot be recognised"),
        ],
    )
    def test_what_looks_like_a_report_in_a_folder_blocks_by_its_name(
        self, workspace: Workspace, name: str, content: str, message: str
    ) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write(f"reports/{name}", content)
        result = workspace.run("check", "--gate", "gate.yml", "reports", COLUMNS="400")
        assert result.exit_code == 1
        assert message in result.stdout
        assert result.stdout.count(message) == 1
        assert f"If it is no report: --ignore reports/{name}" in result.stdout
        ignore = ("--ignore", f"reports/{name}")
        assert workspace.run("check", "--gate", "gate.yml", "reports", *ignore).exit_code == 0

    def test_what_cannot_be_told_is_said_once_and_hides_no_rule_that_fails(
        self, workspace: Workspace
    ) -> None:
        workspace.write("reports/clean of a tool.json", "[]")
        result = workspace.run("check", "--gate", "gate.yml", "reports", COLUMNS="130")
        text = " ".join(result.stdout.split())
        assert result.exit_code == 1
        assert (
            text.count(
                "name its format: FORMAT:'reports/clean of a tool.json',"
                " one of ruff-json, pylint-json, hadolint, gitleaks, gitlab-codequality."
            )
            == 1
        )
        assert "cannot be read." not in text
        assert "submit a readable report" not in text
        assert "to pass fix each report that cannot be read; fix 2 findings; more may be needed" in text
        assert "Whatever the reports say that cannot be read, lint-clean fails. This revision may" in text
        named = ("reports", "ruff-json:reports/clean of a tool.json")
        assert "FAIL: 1 of 2 rules" in workspace.run("check", "--gate", "gate.yml", *named).stdout

    def test_says_which_format_a_report_has_that_was_named_as_another(self, workspace: Workspace) -> None:
        needs_tests = "name: g\nrules:\n  - id: t\n    that: tests.failed == 0\n    needs: [tests]\n"
        workspace.write("tests.yml", needs_tests)
        workspace.write("cut-off.xml", '<testsuite tests="2"><testcase name="a"/>')
        for named, message in (
            (
                "junit:reports/mypy.txt",
                "its content is mypy-text: write mypy-text:reports/mypy.txt, or leave",
            ),
            ("junit:gate.yml", "this is not XML"),
            ("junit:cut-off.xml", "Line 1, column 42"),
        ):
            result = workspace.run("check", "--gate", "tests.yml", named, COLUMNS="300")
            assert message in " ".join(result.stdout.split())

    def test_says_which_reports_no_rule_asks_about(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write(
            "reports/junit.xml", '<testsuite tests="1"><testcase classname="t" name="a"/></testsuite>'
        )
        text = workspace.run("check", "--gate", "gate.yml", "reports").stdout
        assert "No rule asks about: reports/junit.xml (tests: junit)." in " ".join(text.split())

    def test_says_of_a_report_that_no_rule_asks_about_why_it_cannot_be_read(
        self, workspace: Workspace
    ) -> None:
        that = 'facts.tier.declared == "gold"'
        workspace.write("runtime.yml", f"name: g\nrules:\n  - {{id: r, that: '{that}', needs: [facts]}}\n")
        told = "component: api, environment: production, field: tier, value: gold, side: declared"
        workspace.write("facts.yml", f"- {{{told}}}\n")
        workspace.write("cut-off.xml", '<testsuite tests="2"><testcase name="a"/>')
        arguments = ("--facts", "facts.yml", "--component", "api", "--environment", "production")
        result = workspace.run("check", "--gate", "runtime.yml", "cut-off.xml", *arguments, COLUMNS="300")
        assert result.exit_code == 0, result.output
        assert "No rule asks about: cut-off.xml (unreadable junit: Line 1, column 42" in result.stdout

    def test_says_what_fails_beside_a_report_that_is_stale_without_speaking_of_unreadable_ones(
        self, workspace: Workspace
    ) -> None:
        later = (datetime.now(UTC) + timedelta(days=3)).isoformat()
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--at", later, COLUMNS="300")
        assert "STALE: 2 of 2 rules" in result.stdout
        assert "By what was read already, lint-clean fails." in result.stdout
        assert "cannot be read" not in result.stdout

    def test_judges_nothing_where_a_report_names_a_commit_and_the_judged_one_is_not_known(
        self, workspace: Workspace
    ) -> None:
        log = {
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "CodeQL"}},
                    "versionControlProvenance": [{"repositoryUri": "https://x", "revisionId": "f" * 40}],
                    "results": [],
                }
            ],
        }
        workspace.write("gate.yml", PASSING)
        workspace.write("reports/code.sarif", json.dumps(log))
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"reports/code.sarif says that it is of commit {'f' * 40}" in result.stderr
        assert "name it with --revision" in result.stderr

    def test_names_a_command_that_writes_what_is_missing(self, workspace: Workspace) -> None:
        workspace.write(
            "gate.yml", "name: g\nrules:\n  - id: t\n    that: tests.failed == 0\n    needs: [tests]\n"
        )
        text = workspace.run("check", "--gate", "gate.yml", "reports").stdout
        assert "for example: pytest --junit-xml=reports/junit.xml" in " ".join(text.split())

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("package.json", '{"name": "harbour"}'),
            ("tsconfig.json", "{}"),
            ("requirements.txt", "pytest\n"),
            ("pom.xml", "<project/>"),
            ("index.html", "<html/>"),
            ("console.log", "[Pipeline] sh\n2 tests failed\n"),
        ],
    )
    def test_what_is_clearly_something_else_does_not(
        self, workspace: Workspace, name: str, content: str
    ) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write(f"reports/{name}", content)
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 0 and f"reports/{name}" in result.stdout

    def test_ignore_leaves_out_what_only_looks_like_a_report(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write("reports/html/status.json", '{"format": 5}')
        options = ("--ignore", "html")
        assert workspace.run("check", "--gate", "gate.yml", "reports", *options).exit_code == 0

    def test_a_report_with_a_name_that_says_nothing_is_found_in_a_folder(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        (workspace.folder / "reports/mypy.txt").rename(workspace.folder / "reports/mypy.log")
        assert workspace.run("check", "--gate", "gate.yml", "reports").exit_code == 0

    def test_a_pattern_in_quotes_finds_files_by_itself(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        assert workspace.run("check", "--gate", "gate.yml", "reports/**").exit_code == 0

    def test_a_prefix_says_the_format(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        workspace.write("lint.out", FLAKE8)
        result = workspace.run("check", "--gate", "gate.yml", "flake8:lint.out", "reports/mypy.txt")
        assert result.exit_code == 0

    def test_reads_a_report_from_standard_input(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        arguments = ("check", "--gate", "gate.yml", "-", "reports/flake8.txt")
        assert workspace.run(*arguments, input=MYPY.encode()).exit_code == 0

    def test_reads_a_pipe(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        end, start = os.pipe()
        os.write(start, MYPY.encode())
        os.close(start)
        result = workspace.run("check", "--gate", "gate.yml", f"/dev/fd/{end}", "reports/flake8.txt")
        os.close(end)
        assert result.exit_code == 0

    def test_a_report_larger_than_the_limit_blocks(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        result = workspace.run("check", "--gate", "gate.yml", "reports", MAX_REPORT_BYTES="10")
        assert result.exit_code == 1
        assert "at most 10 are read" in " ".join(result.stdout.split())

    def test_a_report_that_may_not_be_read_is_reported(self, workspace: Workspace) -> None:
        os.symlink("gone.xml", workspace.folder / "reports/link.xml")
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 2
        assert "reports/link.xml: cannot be read" in result.stderr

    def test_failed_tests_and_findings_are_annotated_from_the_reports(self, workspace: Workspace) -> None:
        cases = "".join(
            f'<testcase classname="t" name="n{n}" time="0.1"><failure message="no"/></testcase>'
            for n in range(60)
        )
        passed = '<testcase classname="t" name="ok"/>'
        junit = f'<testsuite name="s" tests="61" failures="60">{cases}{passed}</testsuite>'
        workspace.write("reports/junit.xml", junit)
        tests = "  - id: tests-pass\n    that: tests.failed == 0\n    needs: [tests]\n"
        workspace.write("gate.yml", GATE + tests)
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--output", "github")
        assert "::warning file=src/a.py,line=1,title=flake8 F401::'os' imported but unused" in result.stdout
        assert result.stdout.count("title=t n") == 50
        assert "10 more of tests-pass are not annotated" in result.stdout


class TestWrongUse:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("check", "reports"), "--gate"),
            (("check", "--gate", "gate.yml"), "REPORT"),
            (("check", "--gate", "gate.yml", "nowhere.xml"), "nowhere.xml: there is no such file"),
            (("check", "--gate", "gate.yml", "none/*.xml"), "nothing matches this pattern"),
            (("check", "--gate", "none.yml", "reports"), "none.yml: the gate cannot be read"),
            (("check", "--gate", "gate.yml", "junitt:reports"), "junitt"),
            (("check", "--gate", "gate.yml", "reports", "--ignore", "*"), "There is no report"),
            (("check", "--gate", "gate.yml", "reports", "--at", "yesterday"), "not a moment"),
            (("check", "--gate", "gate.yml", "reports", "--at", "2026-01-01T00:00:00"), "zone"),
            (("check", "--gate", "gate.yml", "reports", "--outptu", "json"), "--outptu"),
        ],
    )
    def test_exits_2_and_says_why(
        self, workspace: Workspace, arguments: tuple[str, ...], message: str
    ) -> None:
        result = workspace.run(*arguments)
        assert result.exit_code == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_gate_that_is_not_valid_judges_nothing(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE.replace("findings.total == 0", "findings.totl == 0"))
        result = workspace.run("check", "--gate", "gate.yml", "reports")
        assert result.exit_code == 2
        assert "gate.yml:6:" in result.stderr
        assert "findings.total" in result.stderr

    def test_a_fault_of_the_floor_is_reported_for_the_floor(self, workspace: Workspace) -> None:
        workspace.write("floor.yml", GATE.replace("that: findings.total == 0", "that: findings.totl == 0"))
        workspace.write("child.yml", "name: child\nextends: floor\nrules: []\n")
        result = workspace.run("check", "--gate", "child.yml", "reports")
        assert result.exit_code == 2
        assert "floor.yml:6:" in result.stderr

    def test_an_output_file_that_cannot_be_written_is_no_pass(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        options = ("--output", "json", "--output-file", "no/such/folder.json")
        result = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        assert result.exit_code == 2


class TestOutput:
    def test_json_is_the_canonical_document(self, workspace: Workspace) -> None:
        result = workspace.run("check", "--gate", "gate.yml", "reports", "--output", "json")
        written = result.stdout_bytes
        assert written == canonical_json(json.loads(written)) + b"\n"

    def test_a_file_holds_the_very_bytes_and_the_terminal_the_table(self, workspace: Workspace) -> None:
        options = ("--output", "json", "--output-file", "verdict.json")
        result = workspace.run("check", "--gate", "gate.yml", "reports", *options)
        data = (workspace.folder / "verdict.json").read_bytes()
        assert data == canonical_json(json.loads(data))
        assert "FAIL" in result.stdout
        assert "src/a.py:1 F401" in result.stdout

    def test_text_can_go_to_a_file_as_well(self, workspace: Workspace) -> None:
        workspace.run("check", "--gate", "gate.yml", "reports", "--output-file", "verdict.txt")
        assert "lint-clean" in (workspace.folder / "verdict.txt").read_text("utf-8")

    def test_the_same_input_gives_the_same_bytes(self, workspace: Workspace) -> None:
        moment = datetime.now(UTC).isoformat()
        arguments = ("check", "--gate", "gate.yml", "--output", "json", "--at", moment)
        first = workspace.run(*arguments, "reports/mypy.txt", "reports/flake8.txt")
        second = workspace.run(*arguments, "reports/flake8.txt", "reports/mypy.txt")
        assert first.stdout_bytes == second.stdout_bytes


class TestProcess:
    """The command as a process of its own."""

    def _run(
        self, workspace: Workspace, *arguments: str, **variables: str
    ) -> subprocess.CompletedProcess[bytes]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHONIO")}
        environment.pop("FORCE_COLOR", None)
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=workspace.folder,
            env={**environment, **variables},
            capture_output=True,
            timeout=60,
            check=False,
        )

    @pytest.mark.parametrize("output", ["text", "json", "markdown", "github", "sarif"])
    def test_imports_no_framework(self, workspace: Workspace, output: str) -> None:
        program = (
            "import sys\n"
            "from tidegate.cli import main\n"
            "try:\n"
            f"    main(['check', '--gate', 'gate.yml', 'reports', '--output', '{output}'])\n"
            "except SystemExit as end:\n"
            "    assert end.code == 1, end.code\n"
            "heavy = {'flask', 'sqlalchemy', 'pandas', 'marshmallow', 'alembic', 'structlog', 'werkzeug'}\n"
            "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
        )
        result = self._run(workspace, "-c", program)
        assert result.stderr.decode().strip() == "[]"

    def test_help_of_all_imports_no_command(self, workspace: Workspace) -> None:
        program = (
            "import sys\n"
            "from tidegate.cli import main\n"
            "try:\n"
            "    main(['--help'])\n"
            "except SystemExit:\n"
            "    pass\n"
            "late = {'tidegate.cli.check', 'cel_expr_python', 'rich'}\n"
            "print(sorted(late & set(sys.modules)), file=sys.stderr)\n"
        )
        result = self._run(workspace, "-c", program)
        assert result.stderr.decode().strip() == "[]"
        assert all(name in result.stdout.decode() for name in ("check", "read", "gate", "submit", "serve"))

    def test_module_and_exit_codes(self, workspace: Workspace) -> None:
        arguments = ("-m", "tidegate", "check", "--gate", "gate.yml")
        assert self._run(workspace, *arguments, "reports").returncode == 1
        assert self._run(workspace, *arguments, "none.xml").returncode == 2
        workspace.write("gate.yml", PASSING)
        assert self._run(workspace, *arguments, "reports").returncode == 0

    def test_a_terminal_without_unicode_gets_ascii(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", GATE.replace("flake8 finds nothing", "flake8 findet nichts – größer"))
        arguments = ("-m", "tidegate", "check", "--gate", "gate.yml", "reports")
        for columns in ("80", "140"):
            result = self._run(workspace, *arguments, PYTHONIOENCODING="ascii", COLUMNS=columns)
            assert result.returncode == 1
            assert result.stdout.isascii()
            assert b"Traceback" not in result.stderr

    def test_no_colour_where_nobody_looks(self, workspace: Workspace) -> None:
        result = self._run(workspace, "-m", "tidegate", "check", "--gate", "gate.yml", "reports")
        assert b"\x1b" not in result.stdout

    def test_a_reader_that_stops_listening_makes_no_pass(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", PASSING)
        command = [sys.executable, "-m", "tidegate", "check", "--gate", "gate.yml", "reports"]
        process = subprocess.Popen(
            command, cwd=workspace.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        message = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=60) != 0
        assert b"Traceback" not in message

    def test_tells_its_version(self, workspace: Workspace) -> None:
        assert self._run(workspace, "-m", "tidegate", "--version").stdout.startswith(b"tidegate ")


def test_the_folder_is_left_as_it_was(workspace: Workspace) -> None:
    before = sorted(path.name for path in Path(workspace.folder).rglob("*"))
    workspace.run("check", "--gate", "gate.yml", "reports")
    assert sorted(path.name for path in Path(workspace.folder).rglob("*")) == before


class TestCoverageOfSeveralReports:
    GATE = "name: production\nrules:\n  - id: c\n    that: coverage.line_rate >= 0.7\n    needs: [coverage]\n"

    @staticmethod
    def report(name: str, *hits: int) -> str:
        lines = "".join(f"DA:{number},{int(number in hits)}\n" for number in range(1, 5))
        return f"SF:{name}\n{lines}end_of_record\n"

    def test_of_a_matrix_hides_no_badly_covered_file(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        well, badly = self.report("core.c", 1, 2, 3, 4), self.report("web.c")
        for name, text in {"1.info": well, "2.info": well + "\n", "3.info": well + badly}.items():
            workspace.write(name, text)
        document = workspace.json("check", "--gate", "gate.yml", "1.info", "2.info", "3.info")
        assert document["rules"][0]["measured"] == {"coverage.line_rate": 0.5}
        assert document["rules"][0]["warnings"] == []

    def test_of_shards_is_that_of_one_file_that_holds_both(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        first, second = self.report("a.c", 1, 2), self.report("a.c", 3, 4)
        for name, text in {"1.info": first, "2.info": second, "both.info": first + second}.items():
            workspace.write(name, text)
        apart = workspace.json("check", "--gate", "gate.yml", "1.info", "2.info")["rules"][0]
        both = workspace.json("check", "--gate", "gate.yml", "both.info")["rules"][0]
        assert apart["measured"] == both["measured"] == {"coverage.line_rate": 1}

    def test_that_cannot_be_joined_counts_at_the_least_and_says_so(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", self.GATE)
        for name, hits in {"1.info": (1, 2), "2.info": (3, 4)}.items():
            workspace.write(name, self.report("a.c", *hits))
        result = workspace.run("check", "--gate", "gate.yml", "1.info", "2.info", "--max-report-lines", "1")
        assert result.exit_code == 1
        assert "0.333333" in result.stdout
        assert "could not be joined" in " ".join(result.stdout.split())


RUNTIME = """\
name: runtime
rules:
  - id: up
    that: facts.health.state == "pass"
    needs: [facts]
    max_age: 1h
"""
HEALTH = """\
- {component: api, environment: production, field: health.state, value: fail, seen_at: 2026-11-21T02:00:00Z}
"""
OF_PRODUCTION = ("--component", "api", "--environment", "production", "--at", "2026-11-21T02:26:48Z")


class TestFacts:
    @pytest.mark.parametrize("output", ["text", "markdown", "github", "sarif"])
    def test_are_shown_with_source_and_time(self, workspace: Workspace, output: str) -> None:
        workspace.write("gate.yml", RUNTIME)
        workspace.write("facts.yml", HEALTH)
        options = ("--facts", "facts.yml", "--output", output, *OF_PRODUCTION)
        result = workspace.run("check", "--gate", "gate.yml", *options, COLUMNS="80")
        assert result.exit_code == 1
        shown = "".join(result.stdout.split()).replace("\\", "")
        assert "observedat2026-11-21T02:00:00.000Zbyfacts.yml" in shown

    def test_are_shown_in_a_table_too(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", RUNTIME)
        workspace.write("facts.yml", HEALTH)
        options = ("--facts", "facts.yml", *OF_PRODUCTION)
        result = workspace.run("check", "--gate", "gate.yml", *options, COLUMNS="240")
        assert 'health.state "fail", observed at' in " ".join(result.stdout.split())

    def test_that_are_not_handed_in_are_missing_by_name(self, workspace: Workspace) -> None:
        workspace.write("gate.yml", RUNTIME)
        result = workspace.run("check", "--gate", "gate.yml", "reports", *OF_PRODUCTION)
        assert result.exit_code == 1
        assert "health.state of api/production is not observed" in " ".join(result.stdout.split())
        assert "name them with --facts FILE" in result.stderr

    def test_do_not_stand_for_reports_that_rules_need(self, workspace: Workspace) -> None:
        workspace.write("facts.yml", HEALTH)
        result = workspace.run("check", "--gate", "gate.yml", "--facts", "facts.yml")
        assert (result.exit_code, "no report" in result.stderr) == (2, True)

    def test_or_reports_must_be_named(self, workspace: Workspace) -> None:
        result = workspace.run("check", "--gate", "gate.yml")
        assert (result.exit_code, "Name at least one REPORT" in result.stderr) == (2, True)
