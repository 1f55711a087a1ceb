"""Evidence through the API: submitted, read back byte for byte, judged with the answer."""

from __future__ import annotations

import gzip
import json
import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import QueuePool, text
from werkzeug.test import TestResponse

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, START, Api, flake8, junit, make_api
from tidegate.domain.canonical import digest_of
from tidegate.domain.findings import baseline_of
from tidegate.domain.principals import SERVER
from tidegate.domain.times import write_time
from tidegate.kernel.http.use import EXTENSION
from tidegate.kernel.ids import next_after
from tidegate.modules.evidence.ports import IncomingReport
from tidegate.modules.evidence.service import EvidenceService
from tidegate.readers.base import Limits, Source
from tidegate.readers.evidence import ParsedReport, compare_with_baseline, read_evidence


def taken(reports: list[bytes]) -> list[ParsedReport]:
    """Read reports as `tidegate check` does, each in a slot of its own."""
    return [
        read_evidence(Source.of_bytes(data), slot=f"{number}.txt", taken_at=START, limits=Limits())
        for number, data in enumerate(reports)
    ]


def state_of(answer: TestResponse) -> str:
    """Return the state of the one verdict in an answer."""
    (ruling,) = answer.get_json()["verdicts"]
    state: str = ruling["verdict"]["state"]
    return state


def shared_log(*, second_ran: bool) -> bytes:
    """Write a SARIF log that two tools share, each with one finding."""
    place = {"physicalLocation": {"artifactLocation": {"uri": "a.py"}}}
    found = {"ruleId": "R", "level": "error", "message": {"text": "m"}, "locations": [place]}
    runs = [
        {
            "tool": {"driver": {"name": name}},
            "invocations": [{"executionSuccessful": ran}],
            "results": [found],
        }
        for name, ran in (("CodeQL", True), ("Semgrep OSS", second_ran))
    ]
    return json.dumps({"version": "2.1.0", "runs": runs}).encode()


class TestToolsThatShareAReport:
    @pytest.mark.parametrize("second_ran", [True, False])
    def test_each_is_compared_with_the_baseline_whatever_became_of_the_other(
        self, api: Api, second_ran: bool
    ) -> None:
        api.set_up()
        rule = {"id": "nothing-new", "that": "findings.new.total == 0", "needs": ["sast/codeql"]}
        api.put("/gates/production", {"name": "production", "rules": [rule]})
        log = shared_log(second_ran=second_ran)
        api.submit(shared_log(second_ran=True), commit=OTHER_COMMIT, slot="m.sarif")
        answer = api.submit(log, slot="m.sarif", baseline=OTHER_COMMIT)
        assert answer.status_code == 201
        (ruling,) = answer.get_json()["verdicts"]
        assert ruling["verdict"]["state"] == "pass"
        assert ruling["verdict"]["rules"][0]["measured"] == {"findings.new.total": 0}
        assert api.get(f"/verdicts/{ruling['id']}/replay").get_json()["same"] is True


class TestItems:
    def test_names_the_tests_that_failed(self, api: Api) -> None:
        api.set_up()
        sent = api.submit(junit(passed=1, failed=3)).get_json()["evidence"]["id"]
        body = api.get(f"/evidence/{sent}/items?limit=2").get_json()
        assert [case["outcome"] for case in body["cases"]] == ["failed", "failed"]
        assert (body["findings"], body["more"], body["left_out"]) == ([], 1, {"failed": 1})

    def test_names_what_is_new_to_the_baseline_alone(self, api: Api) -> None:
        api.set_up()
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="lint.txt")
        answer = api.submit(flake8("a.py", "b.py"), slot="lint.txt", baseline=OTHER_COMMIT)
        sent = answer.get_json()["evidence"]["id"]
        new = api.get(f"/evidence/{sent}/items?new=true").get_json()
        assert [one["path"] for one in new["findings"]] == ["b.py"]
        assert len(api.get(f"/evidence/{sent}/items").get_json()["findings"]) == 2

    def test_without_a_baseline_nothing_tells_what_is_new(self, api: Api) -> None:
        api.set_up()
        sent = api.submit(flake8("a.py"), slot="lint.txt").get_json()["evidence"]["id"]
        answer = api.get(f"/evidence/{sent}/items?new=true")
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["pointer"] == "/new"

    def test_names_findings_with_their_places(self, api: Api) -> None:
        api.set_up()
        sent = api.submit(flake8("a.py", "b.py"), slot="lint.txt").get_json()["evidence"]["id"]
        found = api.get(f"/evidence/{sent}/items").get_json()["findings"]
        assert len(found) == 2
        assert set(found[0]) == {"tool", "rule", "message", "severity", "path", "line", "suppressed"}

    def test_a_report_that_cannot_be_read_names_nothing(self, api: Api) -> None:
        api.set_up()
        sent = api.submit(b"<testsuite", slot="cut.xml").get_json()["evidence"]["id"]
        assert api.get(f"/evidence/{sent}/items").get_json() == {
            "cases": [],
            "findings": [],
            "more": 0,
            "left_out": {},
        }

    def test_a_large_report_is_to_be_downloaded(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.evidence.service.LARGE", 10)
        api.set_up()
        sent = api.submit(junit(passed=1)).get_json()["evidence"]["id"]
        answer = api.get(f"/evidence/{sent}/items")
        assert answer.status_code == 422
        assert f"/api/v1/evidence/{sent}/content" in answer.get_json()["detail"]


class TestSubmit:
    def test_answers_with_the_verdict_of_the_gate(self, api: Api) -> None:
        api.set_up()
        answer = api.submit(junit(passed=2))
        assert answer.status_code == 201
        body = answer.get_json()
        assert body["evidence"]["format"] == "junit"
        assert body["evidence"]["measures"]["tests.total"] == 2
        assert answer.headers["Location"] == f"/api/v1/evidence/{body['evidence']['id']}"
        (ruling,) = body["verdicts"]
        assert (ruling["environment"], ruling["changed"]) == ("production", True)
        assert ruling["verdict"]["state"] == "pass"
        assert ruling["verdict"]["subject"] == {
            "component": "harbour",
            "revision": COMMIT,
            "environment": "production",
        }

    def test_says_what_fails_and_the_smallest_change(self, api: Api) -> None:
        api.set_up()
        (ruling,) = api.submit(junit(passed=1, failed=1)).get_json()["verdicts"]
        (rule,) = ruling["verdict"]["rules"]
        assert (rule["state"], rule["measured"]["tests.failed"]) == ("fail", 1)
        assert "1 failing test" in rule["change"]

    def test_keeps_a_report_that_cannot_be_understood_and_blocks(self, api: Api) -> None:
        api.set_up()
        report = b"<testsuite><testcase"
        answer = api.submit(report)
        assert answer.status_code == 201
        body = answer.get_json()
        assert body["evidence"]["unreadable"]
        assert body["verdicts"][0]["verdict"]["state"] == "unreadable"
        content = api.get(f"/evidence/{body['evidence']['id']}/content")
        assert content.data == report

    def test_an_empty_report_blocks(self, api: Api) -> None:
        api.set_up()
        body = api.submit(b"").get_json()
        assert body["evidence"]["unreadable"]
        assert body["verdicts"][0]["verdict"]["state"] == "unreadable"

    def test_the_same_submission_again_adds_no_evidence(self, api: Api) -> None:
        api.set_up()
        first = api.submit(junit()).get_json()
        again = api.submit(junit())
        assert again.status_code == 200
        body = again.get_json()
        assert body["repeated"] is True
        assert body["evidence"] == first["evidence"]
        listed = api.get(f"/components/harbour/revisions/{COMMIT}/evidence").get_json()["items"]
        assert len(listed) == 1

    def test_the_same_bytes_from_a_later_run_are_fresh_evidence(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(), taken_at=START.isoformat())
        api.clock.advance(timedelta(hours=30))
        later = (START + timedelta(hours=29)).isoformat()
        body = api.submit(junit(), taken_at=later).get_json()
        assert body["repeated"] is False
        assert body["verdicts"][0]["verdict"]["state"] == "pass"

    def test_the_same_bytes_said_to_be_older_age_from_then(self, api: Api) -> None:
        api.set_up()
        first = api.submit(junit())
        older = (START - timedelta(days=9)).isoformat()
        again = api.submit(junit(), taken_at=older)
        assert (state_of(first), state_of(again), again.status_code) == ("pass", "stale", 201)
        evidence = again.get_json()["evidence"]
        assert evidence["made_at"] == write_time(START - timedelta(days=9))
        (rule,) = again.get_json()["verdicts"][0]["verdict"]["rules"]
        assert "as it or its sender says" in rule["reason"]
        # What is sent a third time, without a time or with the first one, does not become fresh again.
        for said in ({}, {"taken_at": START.isoformat()}, {"taken_at": older}):
            api.clock.advance(timedelta(minutes=1))
            third = api.submit(junit(), **said)
            assert (third.get_json()["repeated"], state_of(third)) == (True, "stale")
            assert third.get_json()["evidence"] == evidence
        kept = api.get(f"/verdicts/{first.get_json()['verdicts'][0]['id']}/replay").get_json()
        assert kept["same"] is True

    def test_said_to_be_older_a_failing_report_lets_no_other_take_its_place(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(hours=1))
        api.submit(junit(failed=1))
        again = api.submit(junit(failed=1), taken_at=(START - timedelta(hours=1)).isoformat())
        assert state_of(again) == "fail"

    def test_a_cached_report_does_not_become_fresh_by_another_baseline(self, api: Api) -> None:
        api.set_up()
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="lint.txt")
        api.submit(junit())
        api.submit(junit(), taken_at=(START - timedelta(days=9)).isoformat())
        again = api.submit(junit(), baseline=OTHER_COMMIT)
        assert (again.status_code, state_of(again)) == (201, "stale")

    def test_the_same_bytes_without_a_time_stay_as_old_as_they_are(self, api: Api) -> None:
        api.set_up()
        older = (START - timedelta(days=9)).isoformat()
        assert state_of(api.submit(junit(), taken_at=older)) == "stale"
        again = api.submit(junit())
        assert (again.get_json()["repeated"], state_of(again)) == (True, "stale")
        ran_again = api.submit(junit(), taken_at=START.isoformat())
        assert (ran_again.status_code, state_of(ran_again)) == (201, "pass")

    def test_a_newer_report_replaces_the_one_in_its_slot(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(failed=1))
        api.clock.advance(timedelta(minutes=1))
        (ruling,) = api.submit(junit()).get_json()["verdicts"]
        assert (ruling["verdict"]["state"], ruling["changed"]) == ("pass", True)

    def test_reports_in_different_slots_count_together(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(), slot="unit.xml")
        (ruling,) = api.submit(junit(failed=1), slot="integration.xml").get_json()["verdicts"]
        assert ruling["verdict"]["state"] == "fail"

    def test_without_a_guarded_environment_there_is_no_verdict(self, api: Api) -> None:
        api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
        assert api.submit(junit()).get_json()["verdicts"] == []

    def test_refuses_an_unknown_component(self, api: Api) -> None:
        answer = api.submit(junit(), component="nobody")
        assert answer.status_code in (404, 422)
        assert "nobody" in answer.get_json()["detail"]

    def test_a_clock_that_is_a_little_ahead_does_not_outlast_what_comes_later(self, api: Api) -> None:
        api.set_up()
        ahead = (START + timedelta(minutes=4)).isoformat()
        broken = api.submit(junit(failed=1), taken_at=ahead).get_json()
        assert broken["evidence"]["taken_at"] == write_time(START)
        assert api.submit(junit(failed=1), taken_at=ahead).get_json()["repeated"] is True
        api.clock.advance(timedelta(seconds=1))
        (ruling,) = api.submit(junit()).get_json()["verdicts"]
        assert ruling["verdict"]["state"] == "pass"

    def test_refuses_a_time_in_the_future(self, api: Api) -> None:
        api.set_up()
        ahead = (START + timedelta(hours=1)).isoformat()
        answer = api.submit(junit(), taken_at=ahead)
        assert answer.status_code == 422
        assert "future" in answer.get_json()["detail"]

    def test_refuses_an_unknown_format_with_a_suggestion(self, api: Api) -> None:
        api.set_up()
        answer = api.submit(junit(), format="junti")
        assert answer.status_code == 422
        assert "junit" in answer.get_json()["detail"]

    def test_refuses_a_form(self, api: Api) -> None:
        api.set_up()
        answer = api.client.post(
            f"/api/v1/components/harbour/revisions/{COMMIT}/evidence?slot=a",
            data={"file": (BytesIO(junit()), "junit.xml")},
        )
        assert answer.status_code == 415
        assert "--data-binary" in answer.get_json()["detail"]

    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    def test_takes_the_bytes_as_curl_sends_them(self, api: Api, encoding: str) -> None:
        api.set_up()
        report = junit()
        answer = api.client.post(
            f"/api/v1/components/harbour/revisions/{COMMIT}/evidence?slot=a",
            data=gzip.compress(report) if encoding == "gzip" else report,
            headers={"Content-Encoding": encoding},
            content_type="application/x-www-form-urlencoded",
        )
        body = answer.get_json()
        assert (answer.status_code, body["evidence"]["digest"]) == (201, digest_of(report))
        assert body["verdicts"][0]["verdict"]["state"] == "pass"

    def test_a_large_report_takes_the_way_over_a_file(self, api: Api) -> None:
        api.set_up()
        report = junit(passed=30_000)
        assert len(report) > 1024 * 1024
        body = api.submit(report).get_json()
        assert body["evidence"]["size"] == len(report)
        assert body["evidence"]["digest"] == digest_of(report)
        assert api.get(f"/evidence/{body['evidence']['id']}/content").data == report

    def test_a_large_report_leaves_nothing_of_its_way(self, api: Api, tmp_path: Path) -> None:
        api.set_up()
        spool = tmp_path / "api" / "incoming"
        left = spool / "of-a-server-that-was-killed"
        left.mkdir(parents=True)
        (left / "report").write_bytes(b"half")
        fresh = spool / "of-a-neighbour"
        fresh.mkdir()
        os.utime(left, (0, 0))
        assert api.submit(junit(passed=30_000)).status_code == 201
        assert list(spool.iterdir()) == [fresh]

    def test_refuses_a_report_above_the_limit(self, small_api: Api) -> None:
        small_api.set_up()
        answer = small_api.submit(b"x" * 2_001)
        assert answer.status_code == 413
        assert answer.mimetype == "application/problem+json"


class TestTheSameSubmissionIsJudgedNow:
    STRICTER = {**GATE, "rules": [{**GATE["rules"][0], "that": "tests.failed == 0 && tests.passed >= 5"}]}

    def test_by_a_gate_that_has_become_stricter(self, api: Api) -> None:
        api.set_up()
        assert state_of(api.submit(junit())) == "pass"
        api.put("/gates/production", self.STRICTER)
        again = api.submit(junit())
        assert (again.status_code, state_of(again)) == (200, "fail")

    def test_by_a_floor_that_has_risen(self, api: Api) -> None:
        floor = {**GATE, "name": "floor"}
        api.put("/gates/floor", floor)
        api.set_up({"name": "production", "extends": "floor", "rules": []})
        assert state_of(api.submit(junit())) == "pass"
        api.put("/gates/floor", {**self.STRICTER, "name": "floor"})
        assert state_of(api.submit(junit())) == "fail"

    def test_by_the_gate_that_guards_the_environment_now(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.put("/gates/strict", {**self.STRICTER, "name": "strict"})
        guarded = {"rank": 3, "gate": "strict"}
        assert api.put("/environments/production", guarded, headers={"If-Match": "*"}).status_code == 200
        assert state_of(api.submit(junit())) == "fail"

    def test_by_the_age_that_its_evidence_has_now(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(hours=25))
        again = api.submit(junit(), taken_at=START.isoformat())
        assert (again.get_json()["repeated"], state_of(again)) == (True, "stale")

    def test_for_an_environment_that_came_later(self, api: Api) -> None:
        api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
        assert api.submit(junit()).get_json()["verdicts"] == []
        api.put("/gates/production", GATE)
        api.put("/environments/production", {"rank": 3, "gate": "production"})
        assert state_of(api.submit(junit())) == "pass"

    def test_when_it_is_large_too(self, api: Api) -> None:
        api.set_up()
        report = junit(passed=30_000)
        assert state_of(api.submit(report)) == "pass"
        api.put("/gates/production", {**GATE, "rules": [{**GATE["rules"][0], "that": "tests.passed < 9"}]})
        again = api.submit(report)
        assert (again.status_code, state_of(again)) == (200, "fail")


class TestTheSameBytesAreAnotherSubmission:
    def test_in_another_format(self, api: Api) -> None:
        api.set_up()
        taken_at = START.isoformat()
        assert state_of(api.submit(junit(), taken_at=taken_at)) == "pass"
        other = api.submit(junit(), taken_at=taken_at, format="cobertura")
        assert other.status_code == 201
        assert other.get_json()["evidence"]["format"] == "cobertura"
        assert state_of(other) == "missing"
        again = api.submit(junit(), taken_at=taken_at, format="junit")
        assert (again.status_code, state_of(again)) == (201, "pass")

    def test_but_not_where_the_format_that_is_named_is_the_one_that_was_found(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        assert api.submit(junit(), format="junit").get_json()["repeated"] is True

    def test_against_another_baseline(self, api: Api) -> None:
        third = "2" * 40
        api.set_up(TestNewFindings.GATE)
        taken_at = START.isoformat()
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="f")
        api.submit(flake8("b.py"), commit=third, slot="f")
        known = api.submit(flake8("a.py"), slot="f", baseline=OTHER_COMMIT, taken_at=taken_at)
        assert state_of(known) == "pass"
        other = api.submit(flake8("a.py"), slot="f", baseline=third, taken_at=taken_at)
        assert (other.status_code, other.get_json()["evidence"]["baseline"]) == (201, third)
        assert state_of(other) == "fail"
        assert state_of(api.submit(flake8("a.py"), slot="f", taken_at=taken_at)) == "fail"

    def test_in_another_slot(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        assert api.submit(junit(), slot="other.xml").status_code == 201

    def test_once_another_report_has_taken_its_place(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(minutes=1))
        api.submit(junit(failed=1))
        api.clock.advance(timedelta(minutes=1))
        again = api.submit(junit())
        assert (again.status_code, state_of(again)) == (201, "pass")


class TestManyReports:
    def test_in_one_slot_the_last_counts_in_another_process_too(self, api: Api, tmp_path: Path) -> None:
        api.set_up()
        for failed in (1, 2, 0, 3):
            api.clock.advance(timedelta(minutes=1))
            api.submit(junit(failed=failed))
        other = make_api(api.database, tmp_path / "other")
        other.clock.advance(timedelta(hours=1))
        assert state_of(other.submit(junit(), slot="b.xml")) == "fail"
        api.clock.advance(timedelta(hours=2))
        (ruling,) = api.submit(junit()).get_json()["verdicts"]
        (rule,) = ruling["verdict"]["rules"]
        assert (rule["state"], len(rule["evidence"])) == ("pass", 1)
        assert (rule["measured"]["tests.failed"], rule["measured"]["tests.errors"]) == (0, 0)

    def test_have_identifiers_that_rise_whatever_clock_made_the_last(self, api: Api) -> None:
        api.set_up()
        first = api.submit(junit()).get_json()["evidence"]["id"]
        ahead = "fffffff0" + first[8:]
        with api.database.engine.begin() as connection:
            connection.execute(text("UPDATE evidence SET id = :ahead"), {"ahead": ahead})
        second = api.submit(junit(failed=1), slot="b.xml").get_json()
        assert second["evidence"]["id"] == next_after(ahead)
        assert second["verdicts"][0]["verdict"]["state"] == "fail"


class TestReadingWithoutTheDatabase:
    def test_holds_no_connection_while_the_report_is_read(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(), slot="another")
        pool = api.database.engine.pool
        assert isinstance(pool, QueuePool)
        held: list[int] = []
        report = junit(passed=7)

        def look() -> BinaryIO:
            held.append(pool.checkedout())
            return BytesIO(report)

        work = api.client.application.extensions[EXTENSION].work(SERVER)
        source = Source("junit.xml", report, len(report), look)
        incoming = IncomingReport(source, "junit.xml")
        work.use(EvidenceService).submit([incoming], component="harbour", commit=COMMIT)
        work.close()
        assert len(held) >= 2  # once for its digest, once to keep it
        assert set(held) == {0}


def merged(*tools: str, commit: str = COMMIT, found: int = 0) -> bytes:
    """Write one SARIF file with a run of each tool."""
    results = [{"ruleId": "R", "level": "error", "message": {"text": f"m{n}"}} for n in range(found)]
    runs = [
        {
            "tool": {"driver": {"name": tool}},
            "results": results,
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2020-01-31T12:00:00Z"}],
            "versionControlProvenance": [{"revisionId": commit}],
        }
        for tool in tools
    ]
    return json.dumps({"version": "2.1.0", "runs": runs}).encode()


class TestWhatAReportSaysOfItself:
    @staticmethod
    def gate(trivy: str = "findings.total == 0") -> dict[str, object]:
        return {
            "name": "production",
            "rules": [
                {"id": "codeql", "that": "findings.total == 0", "needs": ["sast/codeql"]},
                {"id": "trivy", "that": trivy, "needs": ["dependencies"]},
            ],
        }

    def test_is_kept_and_judged(self, api: Api) -> None:
        api.set_up(self.gate())
        body = api.submit(merged("CodeQL", "Grype"), slot="m.sarif").get_json()
        assert body["verdicts"][0]["verdict"]["state"] == "pass"
        assert body["evidence"]["made_at"] == "2020-01-31T12:00:00.000Z"
        # Judged from what is stored.
        again = api.submit(junit(passed=1), slot="j.xml").get_json()
        assert again["verdicts"][0]["verdict"]["state"] == "pass"

    def test_is_answered_run_by_run_where_several_tools_share_it(self, api: Api) -> None:
        api.set_up(self.gate())
        parts = [
            json.loads(merged("CodeQL", found=2, commit=OTHER_COMMIT)),
            json.loads(merged("Trivy")),
        ]
        parts[1]["runs"][0]["invocations"] = [{"executionSuccessful": False}]
        log = {"version": "2.1.0", "runs": [run for part in parts for run in part["runs"]]}

        answered = api.submit(json.dumps(log).encode(), slot="m.sarif").get_json()["evidence"]

        codeql, trivy = answered["runs"]
        assert (codeql["tool"], codeql["kind"], codeql["ran"], codeql["why_not"]) == (
            "CodeQL",
            "sast",
            True,
            None,
        )
        assert codeql["measures"]["findings.total"] == 2 and codeql["commits"] == [OTHER_COMMIT]
        assert (trivy["tool"], trivy["kind"], trivy["ran"]) == ("Trivy", "dependencies", False)
        assert "not successful" in trivy["why_not"] and trivy["measures"]["findings.total"] == 0
        assert api.get(f"/evidence/{answered['id']}").get_json()["runs"] == answered["runs"]

    def test_names_no_runs_where_one_tool_wrote_it(self, api: Api) -> None:
        api.set_up(self.gate())
        assert api.submit(junit(passed=1), slot="j.xml").get_json()["evidence"]["runs"] == []

    def test_blocks_where_it_is_of_another_commit(self, api: Api) -> None:
        api.set_up(self.gate())
        body = api.submit(merged("CodeQL", commit=OTHER_COMMIT), slot="m.sarif").get_json()
        assert body["evidence"]["commits"] == [OTHER_COMMIT]
        assert body["verdicts"][0]["verdict"]["state"] == "error"

    def test_compares_each_tool_with_its_own_part_of_the_baseline(self, api: Api) -> None:
        api.set_up(self.gate("findings.new.total == 0"))
        known = merged("CodeQL", "Trivy", commit=OTHER_COMMIT, found=2)
        api.submit(known, commit=OTHER_COMMIT, slot="m.sarif")
        body = api.submit(
            merged("CodeQL", "Trivy", found=3), slot="m.sarif", baseline=OTHER_COMMIT
        ).get_json()
        codeql, trivy = body["verdicts"][0]["verdict"]["rules"]
        assert codeql["measured"] == {"findings.total": 3}
        assert trivy["measured"] == {"findings.new.total": 1}


class TestNewFindings:
    GATE = {
        "name": "production",
        "title": "Nothing new",
        "rules": [
            {
                "id": "no-new-lint",
                "title": "No new finding",
                "that": "findings.new.total == 0",
                "needs": ["lint"],
                "max_age": "7d",
            }
        ],
    }

    def test_differ_from_those_of_the_baseline(self, api: Api) -> None:
        api.set_up(self.GATE)
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="flake8.txt")
        known = api.submit(flake8("a.py"), slot="flake8.txt", baseline=OTHER_COMMIT).get_json()
        assert known["verdicts"][0]["verdict"]["state"] == "pass"
        api.clock.advance(timedelta(minutes=1))
        more = api.submit(flake8("a.py", "b.py"), slot="flake8.txt", baseline=OTHER_COMMIT).get_json()
        assert more["verdicts"][0]["verdict"]["state"] == "fail"
        assert more["verdicts"][0]["verdict"]["rules"][0]["measured"] == {"findings.new.total": 1}

    def test_do_not_hide_behind_a_known_one_of_another_shard(self, api: Api) -> None:
        api.set_up(self.GATE)
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="flake8.txt")
        one = api.submit(flake8("a.py"), slot="one.txt", baseline=OTHER_COMMIT).get_json()
        assert one["verdicts"][0]["verdict"]["state"] == "pass"
        both = api.submit(flake8("a.py"), slot="two.txt", baseline=OTHER_COMMIT).get_json()
        assert both["verdicts"][0]["verdict"]["rules"][0]["measured"] == {"findings.new.total": 1}

    def test_are_those_that_a_check_without_a_server_tells(self, api: Api) -> None:
        api.set_up(self.GATE)
        known = [flake8("a.py", "b.py"), flake8("a.py")]
        shards = [flake8("a.py", "c.py"), flake8("a.py", "a.py", "b.py"), flake8("b.py")]
        for number, data in enumerate(known):
            api.submit(data, commit=OTHER_COMMIT, slot=f"{number}.txt")
        for number, data in enumerate(shards):
            answer = api.submit(data, slot=f"{number}.txt", baseline=OTHER_COMMIT)
        rule = answer.get_json()["verdicts"][0]["verdict"]["rules"][0]
        baseline = baseline_of(one.counts.of() for one in taken(known))
        evidence = compare_with_baseline(taken(shards), baseline, START)
        total = sum(one.measures["findings.new.total"] for one in evidence)
        assert (rule["measured"], total) == ({"findings.new.total": 3}, 3)

    def test_are_missing_where_a_report_of_the_baseline_was_broken(self, api: Api) -> None:
        api.set_up(self.GATE)
        api.submit(flake8("a.py"), commit=OTHER_COMMIT, slot="one.txt")
        api.submit(flake8("b.py") + b"\0", commit=OTHER_COMMIT, slot="two.txt", format="flake8")
        body = api.submit(flake8("a.py"), slot="one.txt", baseline=OTHER_COMMIT).get_json()
        assert body["verdicts"][0]["verdict"]["state"] == "missing"

    def test_refuse_a_revision_as_its_own_baseline(self, api: Api) -> None:
        api.set_up(self.GATE)
        api.submit(flake8("a.py"), slot="one.txt")
        answer = api.submit(flake8("a.py", "b.py"), slot="one.txt", baseline=COMMIT)
        assert answer.status_code == 422
        assert "with itself" in answer.get_json()["detail"]

    def test_are_missing_without_a_baseline(self, api: Api) -> None:
        api.set_up(self.GATE)
        body = api.submit(flake8("a.py"), slot="flake8.txt").get_json()
        assert "findings.new.total" not in body["evidence"]["measures"]
        assert body["verdicts"][0]["verdict"]["state"] == "missing"

    def test_are_missing_where_the_baseline_has_no_report_of_the_tool(self, api: Api) -> None:
        api.set_up(self.GATE)
        api.submit(junit(), commit=OTHER_COMMIT)
        body = api.submit(flake8("a.py"), slot="flake8.txt", baseline=OTHER_COMMIT).get_json()
        assert body["verdicts"][0]["verdict"]["state"] == "missing"

    def test_refuse_a_baseline_that_is_not_there(self, api: Api) -> None:
        api.set_up(self.GATE)
        answer = api.submit(flake8("a.py"), slot="flake8.txt", baseline=OTHER_COMMIT)
        assert answer.status_code == 404
        assert OTHER_COMMIT in answer.get_json()["detail"]


class TestReading:
    def test_lists_a_revision_page_by_page(self, api: Api) -> None:
        api.set_up()
        for number in range(3):
            api.submit(junit(passed=number + 1), slot=f"{number}.xml")
        first = api.get(f"/components/harbour/revisions/{COMMIT}/evidence?limit=2")
        assert [one["slot"] for one in first.get_json()["items"]] == ["2.xml", "1.xml"]
        assert 'rel="next"' in first.headers["Link"]
        cursor = first.get_json()["next_cursor"]
        rest = api.get(f"/components/harbour/revisions/{COMMIT}/evidence?limit=2&cursor={cursor}")
        assert [one["slot"] for one in rest.get_json()["items"]] == ["0.xml"]

    def test_shows_one_and_says_when_it_has_not_changed(self, api: Api) -> None:
        api.set_up()
        stored = api.submit(junit()).get_json()["evidence"]
        shown = api.get(f"/evidence/{stored['id']}")
        assert shown.get_json() == stored
        again = api.get(f"/evidence/{stored['id']}", headers={"If-None-Match": shown.headers["ETag"]})
        assert again.status_code == 304

    @pytest.mark.parametrize("path", ["/evidence/none", "/evidence/none/content"])
    def test_says_what_is_not_there(self, api: Api, path: str) -> None:
        answer = api.get(path)
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
