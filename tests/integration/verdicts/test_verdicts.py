"""Verdicts through the API: given, kept, replayed byte for byte, and tried on history."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, Api, junit
from tests.support.statements import statements
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.replays import replay
from tidegate.modules.verdicts import repository

TOO_STRICT = {
    "name": "production",
    "title": "Many tests",
    "rules": [
        {"id": "many", "title": "Many", "that": "tests.passed >= 5", "needs": ["tests"], "max_age": "7d"}
    ],
}


def judge(api: Api, commit: str = COMMIT, environment: str = "production") -> dict[str, object]:
    answer = api.post(f"/components/harbour/revisions/{commit}/verdicts", {"environment": environment})
    assert answer.status_code == 201, answer.get_json()
    body: dict[str, object] = answer.get_json()
    return body


class TestJudge:
    def test_evidence_grows_stale(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(hours=25))
        ruling = judge(api)
        assert ruling["verdict"]["state"] == "stale"  # type: ignore[index]  # a JSON document
        assert ruling["changed"] is True

    def test_nothing_submitted_is_missing(self, api: Api) -> None:
        api.set_up()
        assert api.put(f"/components/harbour/revisions/{COMMIT}", {}).status_code == 201
        assert judge(api)["verdict"]["state"] == "missing"  # type: ignore[index]  # a JSON document

    def test_refuses_an_environment_without_a_gate(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.put("/environments/local", {"rank": 1})
        answer = api.post(f"/components/harbour/revisions/{COMMIT}/verdicts", {"environment": "local"})
        assert answer.status_code == 422
        assert "local" in answer.get_json()["detail"]

    def test_refuses_a_revision_that_is_not_there(self, api: Api) -> None:
        api.set_up()
        answer = api.post(f"/components/harbour/revisions/{COMMIT}/verdicts", {"environment": "production"})
        assert answer.status_code == 404

    def test_asked_again_it_is_judged_again_whatever_key_is_sent(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        path = f"/components/harbour/revisions/{COMMIT}/verdicts"
        body, key = {"environment": "production"}, {"Idempotency-Key": "k1"}
        assert api.post(path, body, headers=key).get_json()["verdict"]["state"] == "pass"
        api.clock.advance(timedelta(days=2))
        assert api.post(path, body, headers=key).get_json()["verdict"]["state"] == "stale"


class TestNumbers:
    def test_count_for_each_environment_however_many_one_statement_asks_for(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(repository, "_AT_ONCE", 2)
        api.set_up()
        for rank, name in enumerate(("staging", "preview")):
            api.put(f"/environments/{name}", {"rank": rank, "gate": "production"})
        first = api.submit(junit()).get_json()["verdicts"]
        again = api.submit(junit(failed=1), slot="other.xml").get_json()["verdicts"]
        assert [each["changed"] for each in (*first, *again)] == [True] * 6
        numbers = [
            (item["verdict"]["subject"]["environment"], item["number"])
            for item in api.get("/verdicts?component=harbour").get_json()["items"]
        ]
        assert sorted(numbers) == [
            (name, number) for name in ("preview", "production", "staging") for number in (1, 2)
        ]

    def test_look_for_no_history_of_a_revision_that_is_registered_just_now(self, api: Api) -> None:
        api.set_up()
        with statements(api.database) as asked:
            api.submit(junit())
        assert not any("FROM verdicts" in each for each in asked)

    def test_go_on_where_the_revision_was_judged_before_its_first_evidence(self, api: Api) -> None:
        api.set_up()
        api.put(f"/components/harbour/revisions/{COMMIT}", {})
        assert judge(api)["changed"] is True
        assert api.submit(junit(failed=1)).get_json()["verdicts"][0]["changed"] is True
        assert [each["number"] for each in api.get("/verdicts").get_json()["items"]] == [2, 1]

    def test_are_of_a_gate_that_is_asked_for_once_however_many_environments_it_guards(self, api: Api) -> None:
        api.set_up()
        for rank, name in enumerate(("staging", "preview")):
            api.put(f"/environments/{name}", {"rank": rank, "gate": "production"})
        with statements(api.database) as asked:
            assert len(api.submit(junit()).get_json()["verdicts"]) == 3
        assert sum("FROM gate_versions" in each for each in asked) == 1


class TestReading:
    def test_the_newest_comes_first_and_states_can_be_asked_for(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(failed=1))
        api.clock.advance(timedelta(minutes=1))
        api.submit(junit())
        path = f"/verdicts?component=harbour&revision={COMMIT}"
        listed = api.get(path).get_json()["items"]
        assert [(one["number"], one["verdict"]["state"]) for one in listed] == [(2, "pass"), (1, "fail")]
        failing = api.get(path + "&state=fail").get_json()["items"]
        assert [one["number"] for one in failing] == [1]

    def test_all_of_a_component_can_be_asked_for(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.submit(junit(failed=1), commit=OTHER_COMMIT)
        listed = api.get("/verdicts?component=harbour").get_json()["items"]
        assert [one["verdict"]["subject"]["revision"] for one in listed] == [OTHER_COMMIT, COMMIT]
        assert api.get("/verdicts?component=nobody").status_code == 404

    def test_a_revision_of_no_component_is_refused(self, api: Api) -> None:
        answer = api.get(f"/verdicts?revision={COMMIT}")
        assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/revision")

    def test_shows_the_document_that_the_digest_names(self, api: Api) -> None:
        api.set_up()
        ruling = api.submit(junit()).get_json()["verdicts"][0]
        shown = api.get(f"/verdicts/{ruling['id']}").get_json()
        assert shown["verdict"] == ruling["verdict"]
        assert digest_of(canonical_json(shown["verdict"])) == shown["digest"]

    def test_says_what_is_not_there(self, api: Api) -> None:
        for path in ("/verdicts/none", "/verdicts/none/replay", "/verdicts/none/inputs"):
            assert api.get(path).status_code == 404


class TestReplay:
    def test_gives_the_same_bytes(self, api: Api) -> None:
        api.set_up()
        ruling = api.submit(junit(failed=1)).get_json()["verdicts"][0]
        replayed = api.get(f"/verdicts/{ruling['id']}/replay").get_json()
        assert replayed["same"] is True
        assert replayed["verdict"] == ruling["verdict"]

    def test_needs_no_server_once_the_inputs_are_at_hand(self, api: Api) -> None:
        api.set_up()
        ruling = api.submit(junit()).get_json()["verdicts"][0]
        inputs = api.get(f"/verdicts/{ruling['id']}/inputs").get_json()
        assert replay(inputs).digest == api.get(f"/verdicts/{ruling['id']}").get_json()["digest"]

    def test_gives_the_same_bytes_after_more_was_submitted_and_the_gate_changed(self, api: Api) -> None:
        api.set_up()
        ruling = api.submit(junit(failed=1)).get_json()["verdicts"][0]
        before = api.get(f"/verdicts/{ruling['id']}/inputs").data
        api.clock.advance(timedelta(minutes=1))
        api.submit(junit())
        api.put("/gates/production", TOO_STRICT)
        assert api.get(f"/verdicts/{ruling['id']}/replay").get_json()["same"] is True
        assert api.get(f"/verdicts/{ruling['id']}/inputs").data == before

    @pytest.mark.parametrize("record", ['{"engine":"0","until":null,"new_findings":{}}', '{"engine":"1"}'])
    def test_another_engine_is_refused_by_its_name(self, api: Api, record: str) -> None:
        api.set_up()
        ruling = api.submit(junit()).get_json()["verdicts"][0]
        with api.database.engine.begin() as connection:
            connection.execute(text("UPDATE verdicts SET inputs = :record"), {"record": record})
        answer = api.get(f"/verdicts/{ruling['id']}/replay")
        assert answer.status_code == 422
        assert "another engine" in answer.get_json()["detail"]

    def test_of_nothing_submitted_gives_the_same_bytes(self, api: Api) -> None:
        api.set_up()
        api.put(f"/components/harbour/revisions/{COMMIT}", {})
        assert api.get(f"/verdicts/{judge(api)['id']}/replay").get_json()["same"] is True

    def test_tells_when_the_record_was_edited(self, api: Api) -> None:
        api.set_up()
        ruling = api.submit(junit(failed=1)).get_json()["verdicts"][0]
        with api.database.engine.begin() as connection:
            connection.execute(
                text("UPDATE evidence SET measures = replace(measures, :old, :new)"),
                {"old": '"tests.failed":1', "new": '"tests.failed":0'},
            )
        replayed = api.get(f"/verdicts/{ruling['id']}/replay").get_json()
        assert replayed["same"] is False
        assert replayed["verdict"]["state"] == "pass"


class TestTry:
    def test_tells_which_revisions_a_gate_would_have_stopped(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(passed=9), commit=OTHER_COMMIT)
        api.submit(junit(passed=2))
        trial = api.post("/gate-trials", {"gate": TOO_STRICT}).get_json()
        assert (trial["tried"], trial["stopped"]) == (2, 1)
        assert [(one["revision"], one["state"]) for one in trial["revisions"]] == [
            (COMMIT, "fail"),
            (OTHER_COMMIT, "pass"),
        ]
        assert api.get("/gates/production").get_json()["number"] == 1

    def test_old_evidence_is_judged_as_of_its_own_time(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(days=300))
        trial = api.post("/gate-trials", {"gate": GATE, "component": "harbour", "last": 5}).get_json()
        assert [one["state"] for one in trial["revisions"]] == ["pass"]

    def test_can_be_narrowed_to_a_component(self, api: Api) -> None:
        api.set_up()
        api.put("/components/ferry", {"title": "Ferry", "owner": "port"})
        api.submit(junit())
        trial = api.post("/gate-trials", {"gate": GATE, "component": "ferry"}).get_json()
        assert trial["tried"] == 0

    def test_a_component_that_is_not_there_is_no_empty_history(self, api: Api) -> None:
        refused = api.post("/gate-trials", {"gate": GATE, "component": "nothere"})
        assert refused.status_code == 404
        assert refused.get_json()["detail"] == "There is no component named 'nothere'."

    def test_refuses_a_gate_with_faults(self, api: Api) -> None:
        wrong = deepcopy(GATE)
        wrong["rules"][0]["needs"] = ["testing"]
        assert api.post("/gate-trials", {"gate": wrong}).status_code == 422
