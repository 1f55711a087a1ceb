"""Gates over what runs: facts of now are judged, kept beside the verdict, and read as of then in a trial."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import COMMIT, Api, junit
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.replays import replay

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RUNTIME: dict[str, Any] = {
    "name": "runtime",
    "rules": [{"id": "up", "that": 'facts.health.state == "pass"', "needs": ["facts"], "max_age": "1h"}],
}


@pytest.fixture
def runtime(api: Api) -> Api:
    """Let production be guarded by what runs there."""
    api.set_up()
    assert api.put("/gates/runtime", RUNTIME).status_code == 201
    put = api.put("/environments/production", {"rank": 100, "gate": "runtime"}, headers={"If-Match": "*"})
    assert put.status_code == 200
    return api


def observe(api: Api, state: str) -> None:
    api.clock.advance(timedelta(minutes=1))
    path = "/components/harbour/facts/observed?environment=production"
    assert api.post(path, {"facts": {"health.state": state}}).status_code == 200


def judge(api: Api) -> dict[str, Any]:
    path = f"/components/harbour/revisions/{COMMIT}/verdicts"
    ruling: dict[str, Any] = api.post(path, {"environment": "production"}).get_json()
    return ruling


class TestJudging:
    def test_follows_the_facts_of_now(self, runtime: Api) -> None:
        assert runtime.submit(junit()).get_json()["verdicts"][0]["verdict"]["state"] == "missing"
        observe(runtime, "pass")
        assert judge(runtime)["verdict"]["state"] == "pass"
        observe(runtime, "fail")
        assert judge(runtime)["verdict"]["state"] == "fail"
        observe(runtime, "pass")
        runtime.clock.advance(timedelta(hours=2))
        assert judge(runtime)["verdict"]["state"] == "stale"
        runtime.delete("/components/harbour/facts/health.state/observed?environment=production")
        assert judge(runtime)["verdict"]["state"] == "missing"

    def test_keeps_what_it_read_however_the_facts_move_on(self, runtime: Api) -> None:
        runtime.submit(junit())
        observe(runtime, "pass")
        given = judge(runtime)
        rule = given["verdict"]["rules"][0]
        assert [(one["field"], one["side"], one["value"]) for one in rule["facts"]] == [
            ("health.state", "observed", "pass")
        ]
        runtime.clock.advance(timedelta(hours=3))
        observe(runtime, "fail")
        replayed = runtime.get(f"/verdicts/{given['id']}/replay").get_json()
        assert (replayed["same"], replayed["verdict"]) == (True, given["verdict"])
        inputs = runtime.get(f"/verdicts/{given['id']}/inputs").get_json()
        assert replay(inputs).to_document() == given["verdict"]
        assert inputs["facts"] == rule["facts"]

    def test_a_row_that_was_changed_is_found_by_replaying(self, runtime: Api) -> None:
        runtime.submit(junit())
        observe(runtime, "fail")
        given = judge(runtime)
        with runtime.database.engine.begin() as connection:
            changed = "UPDATE verdicts SET inputs = replace(inputs, '\"fail\"', '\"pass\"')"
            connection.execute(text(changed))
        assert runtime.get(f"/verdicts/{given['id']}/replay").get_json()["same"] is False

    def test_a_release_needs_them_too(self, runtime: Api) -> None:
        runtime.submit(junit())
        wanted = {"version": "1.0.0", "revision": COMMIT, "environment": "production"}
        assert runtime.post("/components/harbour/releases", wanted).status_code == 409
        observe(runtime, "pass")
        assert runtime.post("/components/harbour/releases", wanted).status_code == 201
        runtime.clock.advance(timedelta(hours=2))
        assert runtime.post("/components/harbour/releases", wanted).status_code == 409


class TestTrial:
    def test_reads_the_facts_as_they_were_then(self, runtime: Api) -> None:
        observe(runtime, "pass")
        runtime.submit(junit())
        runtime.clock.advance(timedelta(minutes=10))
        observe(runtime, "fail")
        trial = runtime.post("/gate-trials", {"gate": RUNTIME}).get_json()
        assert (trial["tried"], trial["stopped"]) == (1, 0)
        assert trial["revisions"][0]["verdict"]["subject"]["environment"] == "production"

    def test_reads_them_where_it_is_told(self, runtime: Api) -> None:
        observe(runtime, "pass")
        runtime.put("/environments/staging", {"rank": 1})
        runtime.submit(junit())
        trial = runtime.post("/gate-trials", {"gate": RUNTIME, "environment": "staging"}).get_json()
        assert trial["revisions"][0]["state"] == "missing"
        unknown = runtime.post("/gate-trials", {"gate": RUNTIME, "environment": "nowhere"})
        assert unknown.status_code == 404

    def test_takes_the_highest_guarded_environment_for_a_gate_that_guards_none(self, runtime: Api) -> None:
        observe(runtime, "pass")
        runtime.submit(junit())
        trial = runtime.post("/gate-trials", {"gate": {**RUNTIME, "name": "new"}}).get_json()
        assert trial["revisions"][0]["state"] == "pass"

    def test_asks_for_an_environment_where_none_has_a_gate(self, api: Api) -> None:
        answer = api.post("/gate-trials", {"gate": RUNTIME})
        assert answer.status_code == 422
        assert "no environment has a gate yet" in answer.get_json()["detail"]


class TestPages:
    def test_show_facts_with_source_and_time_and_run_nothing_in_them(self, runtime: Api) -> None:
        observe(runtime, "<script>alert(1)</script>")
        verdict = runtime.submit(junit()).get_json()["verdicts"][0]["id"]
        sign_in(runtime.client, runtime.database.engine, "ada", runtime.clock.now(), role=Role.VIEWER)
        shown = runtime.client.get(f"/verdicts/{verdict}", headers=BROWSER).get_data(True)
        assert "<script>alert" not in shown
        assert re.search(r"<dt>Facts</dt><dd>.*health\.state.*observed at 20.* by ", shown)
        gate = runtime.client.get("/gates/runtime", headers=BROWSER).get_data(True)
        assert re.search(r"<td>facts</td><td>1h</td>", gate)
