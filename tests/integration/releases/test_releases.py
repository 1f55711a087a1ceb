"""Releases through the API: created where the gate is open, refused with every reason where it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.api import COMMIT, GATE, OTHER_COMMIT, Api, flake8, junit

NEW = {"version": "1.0.0", "revision": COMMIT, "notes": "Boats can be counted."}


def actions(api: Api) -> list[str]:
    return [one["action"] for one in api.get("/audit/events?limit=100").get_json()["items"]]


NOTHING_NEW = {"id": "new", "that": "findings.new.total == 0", "needs": ["lint"], "on": "warn"}


class TestCreate:
    @pytest.mark.requirement("S3-15")
    def test_lets_a_release_through_an_open_gate(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        made = api.post("/components/harbour/releases", NEW)
        assert made.status_code == 201
        body = made.get_json()
        assert (body["tag"], body["revision"], body["edition"]) == ("prod/v1.0.0", COMMIT, 1)
        verdict = api.get(f"/verdicts/{body['verdict']}").get_json()
        assert verdict["verdict"]["state"] == "pass"
        assert "release.created" in actions(api)

    def test_refuses_while_a_gate_is_closed_and_says_which_rule(self, api: Api) -> None:
        api.set_up()
        api.submit(junit(failed=1))
        refused = api.post("/components/harbour/releases", NEW)
        assert refused.status_code == 409
        body = refused.get_json()
        assert body["type"].endswith("/gate-closed")
        assert [one["pointer"] for one in body["errors"]] == ["production/tests-pass"]
        assert api.get("/components/harbour/releases").get_json()["items"] == []
        assert "release.refused" in actions(api)

    def test_refuses_evidence_that_has_grown_stale(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.clock.advance(timedelta(days=2))
        assert api.post("/components/harbour/releases", NEW).status_code == 409

    def test_asked_again_it_answers_with_the_same_release(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        first = api.post("/components/harbour/releases", NEW)
        again = api.post("/components/harbour/releases", NEW)
        assert (again.status_code, again.get_json()) == (200, first.get_json())

    def test_asked_again_it_asks_the_gate_again(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        made = api.post("/components/harbour/releases", NEW).get_json()
        api.clock.advance(timedelta(days=2))
        refused = api.post("/components/harbour/releases", NEW)
        assert refused.status_code == 409
        assert f"released at {made['created_at']}" in refused.get_json()["detail"]
        assert api.get("/components/harbour/releases/1.0.0").get_json() == made

    def test_refuses_the_version_that_another_environment_let_through(self, api: Api) -> None:
        api.set_up()
        api.put("/environments/staging", {"rank": 2, "gate": "production"})
        api.submit(junit())
        assert api.post("/components/harbour/releases", {**NEW, "environment": "staging"}).status_code == 201
        answer = api.post("/components/harbour/releases", NEW)
        assert answer.status_code == 409
        assert "for staging" in answer.get_json()["detail"]
        # The tag says where it was let into, and does not start what ships to production.
        assert api.get("/components/harbour/releases/1.0.0").get_json()["tag"] == "staging/v1.0.0"

    def test_refuses_the_version_of_another_commit(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.submit(junit(), commit=OTHER_COMMIT)
        api.post("/components/harbour/releases", NEW)
        answer = api.post("/components/harbour/releases", {**NEW, "revision": OTHER_COMMIT})
        assert answer.status_code == 409
        assert COMMIT in answer.get_json()["detail"]

    def test_refuses_a_version_that_is_not_above_the_last(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.post("/components/harbour/releases", {**NEW, "version": "1.10.0"})
        answer = api.post("/components/harbour/releases", {**NEW, "version": "1.9.0"})
        assert answer.status_code == 409
        assert "1.10.0" in answer.get_json()["detail"]

    @pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0-rc.1"])
    def test_refuses_what_is_no_version_to_ship(self, api: Api, version: str) -> None:
        api.set_up()
        api.submit(junit())
        assert api.post("/components/harbour/releases", {**NEW, "version": version}).status_code == 422

    def test_refuses_a_component_that_is_not_there(self, api: Api) -> None:
        assert api.post("/components/nobody/releases", NEW).status_code == 404

    def test_becomes_the_baseline_of_what_comes_after(self, api: Api) -> None:
        api.set_up({**GATE, "rules": [*GATE["rules"], NOTHING_NEW]})
        api.submit(junit())
        api.submit(flake8("a.py"), slot="flake8.txt")
        api.post("/components/harbour/releases", NEW)
        after = api.submit(flake8("a.py", "b.py"), slot="flake8.txt", commit=OTHER_COMMIT).get_json()
        assert after["evidence"]["baseline"] == COMMIT
        assert after["verdicts"][0]["verdict"]["rules"][1]["measured"] == {"findings.new.total": 1}

    def test_leaves_the_released_revision_with_the_baseline_it_had(self, api: Api) -> None:
        api.set_up({**GATE, "rules": [*GATE["rules"], NOTHING_NEW]})
        api.submit(junit())
        api.submit(flake8("a.py"), slot="flake8.txt")
        api.post("/components/harbour/releases", NEW)
        after = api.submit(flake8("a.py", "b.py"), slot="flake8.txt").get_json()
        assert after["evidence"]["baseline"] is None
        assert after["verdicts"][0]["verdict"]["rules"][1]["state"] == "missing"


class TestReading:
    def test_lists_the_newest_first(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        for version in ("1.0.0", "1.1.0"):
            api.post("/components/harbour/releases", {**NEW, "version": version})
        listed = api.get("/components/harbour/releases").get_json()["items"]
        assert [one["version"] for one in listed] == ["1.1.0", "1.0.0"]

    @pytest.mark.parametrize("path", ["/components/nobody/releases", "/components/harbour/releases/9.9.9"])
    def test_says_what_is_not_there(self, api: Api, path: str) -> None:
        assert api.get(path).status_code == 404


class TestCorrectNotes:
    def test_changes_the_notes_and_nothing_else(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        made = api.post("/components/harbour/releases", NEW)
        path = "/components/harbour/releases/1.0.0"
        changed = api.patch(path, {"notes": "And moored."}, headers={"If-Match": made.headers["ETag"]})
        assert changed.status_code == 200
        body = changed.get_json()
        assert (body["notes"], body["edition"]) == ("And moored.", 2)
        assert api.get(path).get_json() == body
        same = api.patch(path, {"notes": "And moored."}, headers={"If-Match": '"2"'})
        assert same.get_json()["edition"] == 2

    def test_refuses_what_has_changed_since(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.post("/components/harbour/releases", NEW)
        path = "/components/harbour/releases/1.0.0"
        assert api.patch(path, {"notes": "a"}).status_code == 428
        assert api.patch(path, {"notes": "a"}, headers={"If-Match": '"7"'}).status_code == 412

    def test_refuses_a_release_that_is_not_there(self, api: Api) -> None:
        answer = api.patch("/components/harbour/releases/1.0.0", {"notes": "a"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 404
