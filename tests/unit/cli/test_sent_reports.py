"""Tests of what is shown of the reports that a server keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, ScriptedServer, scripted_server
from tests.unit.cli.show.samples import document, rule
from tests.unit.cli.test_submit import COMMIT
from tests.unit.cli.workspace import FLAKE8, Workspace
from tidegate.cli import sent_reports

LINT, OTHER = "sha256:" + "1" * 64, "sha256:" + "3" * 64
SUBJECT = {"component": "api", "revision": COMMIT, "environment": "production"}
FOUND = {
    "tool": "bandit",
    "rule": "B602",
    "message": "subprocess call",
    "severity": "high",
    "path": "src/bell.py",
    "line": 9,
    "suppressed": False,
}
CASE = {"suite": "tests.test_a", "name": "test_one", "outcome": "failed", "detail": "assert 1 == 2"}


def sent(slot: str = "reports/lint.txt", digest: str = LINT, **more: Any) -> dict[str, Any]:
    """Return a submission as the server lists it."""
    at = "2026-11-21T02:20:00.000Z"
    read = {"kind": "lint", "format": "flake8"}
    return {"id": f"id-{slot}", "slot": slot, "digest": digest, "received_at": at, **read, **more}


def items(**more: Any) -> dict[str, Any]:
    """Return what a report names, as the server lists it."""
    return {"cases": [], "findings": [FOUND], "more": 0, "left_out": {}, **more}


def keeping(
    verdict: Mapping[str, Any],
    *pages: list[dict[str, Any]],
    named: Callable[[ReceivedRequest], ScriptedReply] = lambda asked: ScriptedReply(items()),
) -> Callable[[ReceivedRequest], ScriptedReply]:
    """Answer as a server that keeps these submissions, a page after the other."""

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        if asked.path.endswith("/items"):
            return named(asked)
        if asked.path.endswith("/evidence") and asked.method == "GET":
            place = int(asked.query.get("cursor", "0"))
            following = str(place + 1) if place + 1 < len(pages) else None
            return ScriptedReply({"items": pages[place] if pages else [], "next_cursor": following})
        if asked.path.endswith("/submissions"):
            evidence = {"digest": OTHER, "kind": "lint", "format": "flake8"}
            return ScriptedReply(
                {"evidence": [evidence], "verdicts": [{"id": "1", "verdict": verdict}]}, status=201
            )
        return ScriptedReply({"verdict": verdict})

    return answer


def show(workspace: Workspace, answer: Any, *options: str) -> tuple[str, str, ScriptedServer]:
    """Show a verdict of the past; return what was printed, and the server."""
    with scripted_server(answer) as server:
        result = workspace.run("verdict", "show", "7", "--server", server.url, *options)
    assert result.exit_code == 1
    return result.stdout, result.stderr, server


VERDICT = document(rule(), subject=SUBJECT)


class TestVerdictShow:
    def test_names_findings_by_place_and_their_report_by_slot(self, workspace: Workspace) -> None:
        output, _, server = show(workspace, keeping(VERDICT, [sent()]))
        assert "failing  src/bell.py:9 high B602 subprocess call" in output
        assert "evidence reports/lint.txt" in output
        assert server.asked[-1].query == {"limit": "5"}

    def test_names_failing_tests_and_counts_the_rest(self, workspace: Workspace) -> None:
        verdict = document(rule(measured={"tests.failed": 4}), subject=SUBJECT)
        named = items(findings=[], cases=[CASE], more=3, left_out={"failed": 3, "unheard-of": 9})
        output, _, _ = show(workspace, keeping(verdict, [sent()], named=lambda asked: ScriptedReply(named)))
        assert "failing  tests.test_a test_one: assert 1 == 2" in output
        assert "failing  and 3 more" in output

    def test_a_rule_on_new_findings_names_the_new_ones(self, workspace: Workspace) -> None:
        new = rule("new", measured={"findings.new.total": 1})
        every = rule("every", measured={"findings.total": 2})
        old = {**FOUND, "path": "src/old.py"}

        def named(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply(items() if asked.query.get("new") else items(findings=[old, FOUND]))

        verdict = document(new, every, subject=SUBJECT)
        output, _, _ = show(workspace, keeping(verdict, [sent()], named=named))
        of_new, _, of_every = output.partition("fail       every")
        assert "src/bell.py" in of_new and "src/old.py" not in of_new
        assert "src/bell.py" in of_every and "src/old.py" in of_every

    def test_looks_on_where_a_page_does_not_hold_the_report(self, workspace: Workspace) -> None:
        pages = [sent("a.txt", OTHER)], [sent("b.txt")], [sent("c.txt", OTHER)]
        output, _, server = show(workspace, keeping(VERDICT, *pages))
        assert "evidence b.txt" in output
        assert [asked.query.get("cursor") for asked in server.asked[1:-1]] == [None, "1"]

    def test_what_came_in_after_the_verdict_is_none_of_its_reports(self, workspace: Workspace) -> None:
        late = sent("late.txt", received_at="2026-11-22T00:00:00.000Z")
        output, _, _ = show(workspace, keeping(VERDICT, [late, sent()]))
        assert "late.txt" not in output
        assert "reports/lint.txt" in output

    def test_a_large_report_is_named_with_the_way_to_its_findings(self, workspace: Workspace) -> None:
        too_large = ScriptedReply({"title": "Invalid", "detail": "Download it."}, status=422)
        output, noted, _ = show(workspace, keeping(VERDICT, [sent()], named=lambda asked: too_large))
        assert "evidence reports/lint.txt" in output
        assert noted == "reports/lint.txt: Download it.\n"

    def test_reads_a_bounded_number_of_reports(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sent_reports, "_MOST_READ", 1)
        verdict = document(rule(evidence=[LINT, OTHER]), subject=SUBJECT)
        _, noted, server = show(workspace, keeping(verdict, [sent(), sent("b.txt", OTHER)]))
        assert noted == "Failing tests and findings are named of 1 reports, not of all.\n"
        assert sum(asked.path.endswith("/items") for asked in server.asked) == 1

    def test_a_rule_that_counts_no_items_asks_for_none(self, workspace: Workspace) -> None:
        verdict = document(rule(measured={"coverage.line_rate": 0.5}), subject=SUBJECT)
        output, _, server = show(workspace, keeping(verdict, [sent("cov.xml")]))
        assert "evidence cov.xml" in output
        assert not any(asked.path.endswith("/items") for asked in server.asked)

    def test_the_verdict_stands_where_the_reports_cannot_be_had(self, workspace: Workspace) -> None:
        refused = ScriptedReply({"title": "Forbidden", "detail": "Not for you."}, status=403)
        output, noted, _ = show(workspace, keeping(VERDICT, [sent()], named=lambda asked: refused))
        assert "FAIL: 1 of 1 rule keeps the gate production closed" in output
        assert noted == "The reports behind the verdict are not shown. Not for you.\n"

    def test_names_the_report_of_a_rule_that_passes(self, workspace: Workspace) -> None:
        passed = document(rule(state="pass", blocks=False), subject=SUBJECT, state="pass")
        with scripted_server(keeping(passed, [sent()])) as server:
            result = workspace.run("verdict", "show", "7", "--server", server.url)
        assert result.exit_code == 0
        assert "evidence reports/lint.txt" in result.stdout

    def test_the_table_names_what_fails_where_json_goes_to_a_file(self, workspace: Workspace) -> None:
        options = ("--output", "json", "--output-file", "verdict.json")
        output, _, _ = show(workspace, keeping(VERDICT, [sent()]), *options)
        assert "failing  src/bell.py:9 high B602 subprocess call" in output

    def test_json_is_the_verdict_alone(self, workspace: Workspace) -> None:
        _, _, server = show(workspace, keeping(VERDICT, [sent()]), "--output", "json")
        assert len(server.asked) == 1


class TestSubmit:
    OPTIONS = ("submit", "--component", "api", "--revision", COMMIT, "reports/flake8.txt")

    def test_says_what_replaces_a_report_of_earlier_that_still_counts(self, workspace: Workspace) -> None:
        with scripted_server(keeping(VERDICT, [sent("reports/old lint.txt")])) as server:
            result = workspace.run(*self.OPTIONS, "--server", server.url)
        assert result.exit_code == 1
        assert result.stderr == (
            "reports/old lint.txt was sent at 2026-11-21T02:20:00.000Z. It is not among the files sent now, "
            "and it counts until another report takes its place (--ignore takes nothing back). Have its tool "
            "write it anew, then: tidegate submit 'reports/old lint.txt' --component api "
            f"--revision {COMMIT}\n"
        )
        assert "failing  src/bell.py:9 high B602 subprocess call" in result.stdout

    def test_a_report_that_does_not_block_is_not_spoken_of(self, workspace: Workspace) -> None:
        verdict = document(rule(blocks=False, on="warn"), subject=SUBJECT)
        with scripted_server(keeping(verdict, [sent()])) as server:
            result = workspace.run(*self.OPTIONS, "--server", server.url)
        assert result.stderr == ""

    @pytest.mark.parametrize("output", ["text", "json"])
    def test_of_several_only_those_that_fail_themselves_are_spoken_of(
        self, workspace: Workspace, output: str
    ) -> None:
        third = "sha256:" + "4" * 64
        verdict = document(rule(evidence=[LINT, third, OTHER]), subject=SUBJECT)

        def named(asked: ReceivedRequest) -> ScriptedReply:
            return ScriptedReply(items() if "fails" in asked.path else items(findings=[]))

        earlier = [sent("fails.txt"), sent("passes.txt", third)]
        with scripted_server(keeping(verdict, earlier, named=named)) as server:
            result = workspace.run(*self.OPTIONS, "--server", server.url, "--output", output)
        assert "fails.txt was sent at" in result.stderr
        assert "passes.txt" not in result.stderr

    def test_of_several_the_one_that_is_stale_is_spoken_of(self, workspace: Workspace) -> None:
        reason = f"old.txt ({LINT[:19]}) was taken at 2026-11-01T00:00:00.000Z; 24h is allowed."
        stale = rule(evidence=[LINT, OTHER], state="stale", reason=reason)
        with scripted_server(keeping(document(stale, subject=SUBJECT), [sent("old.txt")])) as server:
            result = workspace.run(*self.OPTIONS, "--server", server.url)
        assert "old.txt was sent at" in result.stderr

    @pytest.mark.parametrize("output", ["text", "markdown", "github"])
    def test_a_report_that_cannot_be_read_is_replaced_and_not_ignored(
        self, workspace: Workspace, output: str
    ) -> None:
        fault = {"report": OTHER, "slot": "reports/x.xml", "state": "unreadable", "reason": "cut off"}
        verdict = document(rule(evidence=[OTHER], state="unreadable"), subject=SUBJECT, faults=[fault])
        workspace.write("reports/flake8.txt", FLAKE8)
        with scripted_server(keeping(verdict)) as server:
            result = workspace.run(*self.OPTIONS, "--server", server.url, "--output", output, COLUMNS="200")
        assert "--ignore" not in result.stdout
        replace = "tidegate submit reports/x.xml --component api --revision"
        assert replace in result.stdout.replace("\\", "")
