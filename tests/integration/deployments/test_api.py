"""Deployments over HTTP, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import COMMIT, OTHER_COMMIT, Api, junit

_HERE = "/components/harbour/deployments"


@pytest.fixture
def small(small_api: Api) -> Api:
    small_api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    small_api.put("/environments/production", {"rank": 100})
    small_api.put("/environments/staging", {"rank": 50})
    return small_api


def report(api: Api, **said: Any) -> dict[str, Any]:
    api.clock.advance(timedelta(minutes=1))
    answer = api.post(_HERE, {"environment": "production", **said})
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made


def finish(api: Api, deployment: dict[str, Any], **said: Any) -> dict[str, Any]:
    api.clock.advance(timedelta(minutes=1))
    headers = {"If-Match": f'"{deployment["edition"]}"'}
    answer = api.patch(f"{_HERE}/{deployment['id']}", said, headers=headers)
    assert answer.status_code == 200, answer.get_json()
    changed: dict[str, Any] = answer.get_json()
    return changed


def declared(api: Api) -> dict[str, Any]:
    facts = api.get("/components/harbour/facts?environment=production&side=declared").get_json()["items"]
    return {one["field"]: one["value"] for one in facts}


class TestDeployments:
    def test_declare_nothing_before_they_have_succeeded(self, small: Api) -> None:
        started = report(small, version="1.0.0", revision=COMMIT)
        assert (started["outcome"], started["ended_at"], declared(small)) == ("started", None, {})
        ended = finish(small, started, outcome="succeeded")
        assert (ended["outcome"], ended["edition"]) == ("succeeded", 2)
        assert declared(small) == {"version": "1.0.0", "commit": COMMIT}
        fact, _ = small.get("/components/harbour/facts?environment=production").get_json()["items"]
        assert fact["source"] == f"deployment {started['id']}"

    def test_say_whether_they_had_been_released_for_this_environment(self, api: Api) -> None:
        api.set_up()
        api.put("/environments/staging", {"rank": 1})
        early = report(api, version="1.0.0", outcome="succeeded")
        api.submit(junit())
        released = {"version": "1.0.0", "revision": COMMIT, "environment": "production"}
        assert api.post("/components/harbour/releases", released).status_code == 201
        told = {
            "by version": report(api, version="1.0.0", outcome="succeeded"),
            "by commit": report(api, revision=COMMIT, outcome="succeeded"),
            "another version": report(api, version="7.7.7", outcome="succeeded"),
            "another version of its commit": report(api, version="7.7.7", revision=COMMIT),
            "elsewhere": report(api, version="1.0.0", environment="staging"),
        }
        assert {name: one["released"] for name, one in told.items()} == {
            "by version": True,
            "by commit": True,
            "another version": False,
            "another version of its commit": False,
            "elsewhere": False,
        }
        assert not early["released"]
        listed = {one["id"]: one["released"] for one in api.get(_HERE).get_json()["items"]}
        assert listed == {one["id"]: one["released"] for one in (early, *told.values())}
        assert not finish(api, told["elsewhere"], outcome="succeeded")["released"]
        assert not api.get(f"{_HERE}/{early['id']}").get_json()["released"]
        another = api.post("/components/harbour/releases", {**released, "environment": "staging"})
        assert "Release the same commit for staging under a higher version." in another.get_json()["detail"]

    def test_that_failed_leave_what_was_declared(self, small: Api) -> None:
        report(small, version="1.0.0", outcome="succeeded")
        finish(small, report(small, version="1.1.0"), outcome="failed")
        assert declared(small) == {"version": "1.0.0"}

    def test_that_are_rolled_back_bring_back_what_was_before(self, small: Api) -> None:
        report(small, version="1.0.0", outcome="succeeded")
        newer = report(small, version="1.1.0", revision=COMMIT, outcome="succeeded")
        assert declared(small) == {"version": "1.1.0", "commit": COMMIT}
        finish(small, newer, outcome="rolled-back")
        assert declared(small) == {"version": "1.0.0"}

    def test_that_are_rolled_back_alone_leave_nothing(self, small: Api) -> None:
        finish(small, report(small, version="1.0.0", outcome="succeeded"), outcome="rolled-back")
        assert declared(small) == {}

    def test_that_do_not_know_the_version_leave_none_of_another_deployment(self, small: Api) -> None:
        report(small, version="1.0.0", outcome="succeeded")
        report(small, revision=COMMIT, outcome="succeeded")
        assert declared(small) == {"commit": COMMIT}

    def test_leave_what_a_person_declared_of_other_fields(self, small: Api) -> None:
        said = {"facts": {"port": 8000, "version": "0.9.0"}}
        small.post("/components/harbour/facts/declared?environment=production", said)
        report(small, revision=COMMIT, outcome="succeeded")
        assert declared(small) == {"port": 8000, "version": "0.9.0", "commit": COMMIT}

    def test_of_long_ago_change_nothing(self, small: Api) -> None:
        before = small.clock.now().isoformat()
        report(small, version="1.1.0", outcome="succeeded")
        report(small, version="1.0.0", outcome="succeeded", ended_at=before)
        assert declared(small) == {"version": "1.1.0"}

    def test_are_recorded_in_the_audit_log(self, small: Api) -> None:
        finish(small, report(small, version="1.0.0"), outcome="succeeded")
        events = small.get("/audit/events?subject=target:harbour/production").get_json()["items"]
        assert [event["action"] for event in events] == ["deployment.finished", "deployment.reported"]

    def test_said_to_have_ended_twice_change_once(self, small: Api) -> None:
        ended = finish(small, report(small, version="1.0.0"), outcome="succeeded")
        assert finish(small, ended, outcome="succeeded") == ended

    def test_that_failed_never_succeed_later(self, small: Api) -> None:
        failed = report(small, version="1.0.0", outcome="failed")
        answer = small.patch(f"{_HERE}/{failed['id']}", {"outcome": "succeeded"}, headers={"If-Match": '"1"'})
        assert answer.status_code == 409
        assert "is recorded as failed; rolled-back may follow" in answer.get_json()["detail"]

    def test_know_the_commit_of_their_release(self, api: Api) -> None:
        api.set_up()
        api.submit(junit())
        api.post("/components/harbour/releases", {"version": "1.0.0", "revision": COMMIT})
        assert report(api, version="1.0.0", outcome="succeeded")["revision"] == COMMIT
        said = {"environment": "production", "version": "1.0.0", "revision": OTHER_COMMIT}
        refused = api.post(_HERE, said)
        assert refused.status_code == 409
        assert f"has been released from commit {COMMIT}" in refused.get_json()["detail"]

    def test_are_listed_newest_first(self, small: Api) -> None:
        old = report(small, version="1.0.0")
        new = report(small, version="1.1.0", outcome="succeeded")
        other = report(small, environment="staging", version="1.2.0")

        def listed(query: str) -> list[str]:
            return [one["id"] for one in small.get(f"{_HERE}?{query}").get_json()["items"]]

        assert listed("") == [other["id"], new["id"], old["id"]]
        assert listed("environment=production") == [new["id"], old["id"]]
        assert listed("environment=production&outcome=started") == [old["id"]]
        assert small.get(f"{_HERE}?outcome=started").status_code == 422

    def test_of_another_component_are_not_found(self, small: Api) -> None:
        made = report(small, version="1.0.0")
        small.put("/components/boat", {"title": "Boat", "owner": "port"})
        assert small.get(f"/components/boat/deployments/{made['id']}").status_code == 404

    @pytest.mark.parametrize(
        ("said", "status", "why"),
        [
            ({}, 422, "name the revision or the version"),
            ({"version": "1", "environment": "none"}, 404, "no environment named 'none'"),
            ({"version": "1", "ended_at": "2026-11-21T02:00:00Z"}, 422, "has only started has no end"),
            ({"version": "1", "started_at": "2027-11-21T02:00:00Z"}, 422, "yet to come"),
            ({"version": "1", "url": "https://ada:pw@ci.example.org"}, 422, "user name or a password"),
        ],
    )
    def test_name_what_is_wrong(self, small: Api, said: dict[str, Any], status: int, why: str) -> None:
        answer = small.post(_HERE, {"environment": "production", **said})
        assert answer.status_code == status
        assert why in answer.get_json()["detail"]
        assert "pw@" not in answer.text
