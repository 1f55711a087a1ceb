"""Incidents, maintenance windows and objectives over HTTP, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.access import headers_of, let_in
from tests.support.api import Api, make_api
from tests.support.incidents import (
    HARBOUR,
    as_worker,
    history,
    incidents,
    kept_outbox,
    probe,
    register,
)
from tidegate.domain.access import Binding, Role
from tidegate.domain.facts import FactSubject
from tidegate.domain.tokens import write_token
from tidegate.kernel.db.engine import Database
from tidegate.kernel.jobs.tasks import Task
from tidegate.modules.incidents.objectives import ObjectiveService
from tidegate.modules.incidents.tasks import watch_objectives, watch_parity
from tidegate.modules.parity.service import ParityService

_WINDOWS = "/maintenance-windows"
_OBJECTIVES = "/components/harbour/targets/production/objectives"
_UP = {"kind": "availability", "target": 99.9, "days": 30}
_SUNDAYS = {
    "title": "Backup",
    "component": "harbour",
    "environment": "production",
    "starts_at": "2026-11-22T02:00",
    "timezone": "Europe/Berlin",
    "minutes": 60,
    "rule": "FREQ=WEEKLY;BYDAY=SU",
}


@pytest.fixture
def api(small_api: Api) -> Api:
    register(small_api, "harbour", "shop")
    small_api.post("/users", {"name": "ada"})
    return small_api


@pytest.fixture
def opened(api: Api) -> str:
    probe(api, "FFF")
    identifier: str = incidents(api)[0]["id"]
    return identifier


def change(api: Api, incident: str, **said: Any) -> Any:
    version = api.get(f"/incidents/{incident}").headers["ETag"]
    return api.patch(f"/incidents/{incident}", said, headers={"If-Match": version})


def keeper(api: Api, role: Role = Role.RELEASE_MANAGER, component: str = "shop") -> dict[str, str]:
    """The headers of somebody who has a role for one component alone."""
    token = write_token(2**71, 7)
    let_in(api.database.engine, token, name="keeper", binding=Binding(role, component=component))
    return headers_of(token)


class TestIncidents:
    def test_are_filtered_by_state_component_and_environment(self, api: Api, opened: str) -> None:
        probe(api, "FFFPP", FactSubject("shop", "production"))
        assert len(incidents(api)) == 2
        assert [one["id"] for one in incidents(api, "state=open")] == [opened]
        assert [one["state"] for one in incidents(api, "component=shop")] == ["closed"]
        assert incidents(api, "environment=production&state=acknowledged") == []
        for typo in ("component=harbor", "environment=productoin"):
            assert api.get(f"/incidents?{typo}").status_code == 404

    def test_of_components_that_one_may_not_see_are_not_there(self, api: Api, opened: str) -> None:
        headers = keeper(api)
        assert api.get("/incidents", headers=headers).get_json()["items"] == []
        assert api.get(f"/incidents/{opened}", headers=headers).status_code == 404
        refused = api.patch(f"/incidents/{opened}", {"note": "x"}, headers={**headers, "If-Match": '"1"'})
        assert refused.status_code == 404

    def test_are_changed_by_those_alone_who_describe_targets(self, api: Api, opened: str) -> None:
        headers = keeper(api, Role.SUBMITTER, "harbour")
        refused = api.patch(f"/incidents/{opened}", {"note": "x"}, headers={**headers, "If-Match": '"1"'})
        assert refused.status_code == 403

    def test_are_acknowledged_and_assigned_at_once(self, api: Api, opened: str) -> None:
        outbox = kept_outbox(api)
        answer = change(api, opened, state="acknowledged", assignee="ada", note="I look at it.")
        one = answer.get_json()["incident"]
        assert (one["state"], one["assignee"], one["version"]) == ("acknowledged", "ada", 3)
        assert one["acknowledged_by"]
        assert history(api, opened) == ["opened", "assigned", "acknowledged"]
        assert [str(event.kind) for event in outbox.events] == ["incident.acknowledged"]

    def test_are_given_to_people_who_sign_in_alone(self, api: Api, opened: str) -> None:
        refused = change(api, opened, state="acknowledged", assignee="adda")
        assert refused.status_code == 422
        assert "Nobody called 'adda' can look after it: name a person who signs in here" in refused.text
        assert history(api, opened) == ["opened"]

    def test_keep_comments(self, api: Api, opened: str) -> None:
        answer = change(api, opened, note="The disk is full.")
        assert answer.get_json()["history"][0]["note"] == "The disk is full."
        assert history(api, opened) == ["opened", "commented"]

    def test_take_a_public_title(self, api: Api, opened: str) -> None:
        one = change(api, opened, public_title="Sign-in is slow").get_json()["incident"]
        assert one["public_title"] == "Sign-in is slow"
        assert history(api, opened)[-1] == "commented"
        assert change(api, opened, public_title="").get_json()["incident"]["public_title"] is None

    def test_tell_what_the_public_is_told_whatever_else_changes(self, api: Api, opened: str) -> None:
        said = change(api, opened, state="acknowledged", note="I look at it.", public_title="Slow").get_json()
        notes = [(event["kind"], event["note"]) for event in said["history"]]
        assert notes[:2] == [("commented", "The status page says: Slow"), ("acknowledged", "I look at it.")]
        gone = change(api, opened, public_title="").get_json()["history"][0]
        assert gone["note"] == "The status page says nothing more of it."

    def test_said_to_be_what_they_are_stay_as_they_are(self, api: Api, opened: str) -> None:
        change(api, opened, state="acknowledged", assignee="ada")
        answer = change(api, opened, state="acknowledged", assignee="ada")
        assert answer.get_json()["incident"]["version"] == 3

    def test_closed_by_hand_need_a_note(self, api: Api, opened: str) -> None:
        refused = change(api, opened, state="closed")
        assert refused.status_code == 422
        assert "say why it is over" in refused.get_json()["detail"]

    def test_closed_by_hand_open_again_after_as_many_failures(self, api: Api, opened: str) -> None:
        one = change(api, opened, state="closed", note="It is switched off.").get_json()["incident"]
        assert one["state"] == "closed"
        probe(api, "FF")
        assert incidents(api)[0]["state"] == "closed"
        probe(api, "F")
        (one,) = incidents(api)
        assert (one["id"], one["state"], one["times"]) == (opened, "open", 2)

    def test_that_are_closed_take_comments_alone(self, api: Api, opened: str) -> None:
        probe(api, "PP")
        assert change(api, opened, note="It was the disk.").status_code == 200
        refused = change(api, opened, state="acknowledged")
        assert refused.status_code == 409
        assert "The incident is closed" in refused.get_json()["detail"]

    def test_are_changed_as_they_were_read(self, api: Api, opened: str) -> None:
        change(api, opened, note="first")
        assert (
            api.patch(f"/incidents/{opened}", {"note": "x"}, headers={"If-Match": '"1"'}).status_code == 412
        )
        assert api.patch(f"/incidents/{opened}", {"note": "x"}).status_code == 428

    def test_that_nobody_knows_are_not_found(self, api: Api) -> None:
        assert api.get("/incidents/none").status_code == 404
        assert api.patch("/incidents/none", {"note": "x"}, headers={"If-Match": '"1"'}).status_code == 404

    def test_that_are_suppressed_have_nothing_to_acknowledge(self, api: Api) -> None:
        start = api.clock.now().strftime("%Y-%m-%dT%H:%M")
        api.post(_WINDOWS, {**_SUNDAYS, "rule": None, "starts_at": start, "timezone": "UTC"})
        probe(api, "FFF")
        (one,) = incidents(api)
        assert change(api, one["id"], state="acknowledged").status_code == 409
        outbox = kept_outbox(api)
        assert change(api, one["id"], state="closed", note="planned").status_code == 200
        assert outbox.events == []


class TestMaintenanceWindows:
    def test_are_planned_shown_changed_and_taken_out(self, api: Api) -> None:
        made = api.post(_WINDOWS, _SUNDAYS)
        assert made.status_code == 201
        one = made.get_json()
        assert (one["starts_at"], one["next_start"]) == ("2026-11-22T02:00", "2026-11-22T01:00:00.000Z")
        here = f"{_WINDOWS}/{one['id']}"
        assert api.get(here).get_json() == one
        longer = {**_SUNDAYS, "minutes": 90}
        changed = api.put(here, longer, headers={"If-Match": '"1"'})
        assert (changed.get_json()["minutes"], changed.get_json()["version"]) == (90, 2)
        again = api.put(here, longer, headers={"If-Match": '"2"'})
        assert again.get_json()["version"] == 2
        assert api.delete(here).status_code == 204
        assert api.get(here).status_code == 404
        assert api.delete(here).status_code == 404
        events = api.get(f"/audit/events?subject=maintenance-window:{one['id']}").get_json()["items"]
        assert [event["action"].split(".")[1] for event in events] == ["removed", "changed", "planned"]

    def test_that_would_be_over_already_are_refused_with_the_time_that_it_is(self, api: Api) -> None:
        refused = api.post(_WINDOWS, {**_SUNDAYS, "rule": None, "starts_at": "2026-01-01T00:00"})
        assert refused.status_code == 422
        assert "starts_at: it would be over already: write a later time than now, 2026-11-2" in refused.text
        made = api.post(_WINDOWS, _SUNDAYS).get_json()
        ended = {**_SUNDAYS, "starts_at": "2026-01-04T02:00", "rule": "FREQ=WEEKLY;COUNT=2"}
        refused = api.put(f"{_WINDOWS}/{made['id']}", ended, headers={"If-Match": '"1"'})
        assert (refused.status_code, "rule: its last time would be over" in refused.text) == (422, True)

    def test_that_run_are_ended_early_and_come_no_more(self, api: Api) -> None:
        start = (api.clock.now() - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M")
        running = {**_SUNDAYS, "rule": None, "starts_at": start, "timezone": "UTC"}
        made = api.post(_WINDOWS, running).get_json()
        assert made["next_start"] is not None
        here = f"{_WINDOWS}/{made['id']}"
        ended = api.put(here, {**running, "minutes": 20}, headers={"If-Match": '"1"'})
        assert (ended.status_code, ended.get_json()["next_start"]) == (200, None)

    def test_are_listed_newest_first_and_filtered(self, api: Api) -> None:
        for component in ("harbour", "shop", None):
            api.post(_WINDOWS, {**_SUNDAYS, "component": component, "environment": None})
        listed = api.get(_WINDOWS).get_json()["items"]
        assert [one["component"] for one in listed] == [None, "shop", "harbour"]
        assert len(api.get(f"{_WINDOWS}?component=shop").get_json()["items"]) == 1
        assert api.get(f"{_WINDOWS}?environment=production").get_json()["items"] == []
        seen = api.get(_WINDOWS, headers=keeper(api)).get_json()["items"]
        assert [one["component"] for one in seen] == [None, "shop"]

    def test_of_everything_are_planned_by_those_alone_who_look_after_everything(self, api: Api) -> None:
        headers = keeper(api)
        refused = api.post(_WINDOWS, {**_SUNDAYS, "component": None}, headers=headers)
        assert refused.status_code == 403
        made = api.post(_WINDOWS, {**_SUNDAYS, "component": "shop"}, headers=headers)
        assert made.status_code == 201
        hidden = api.post(_WINDOWS, _SUNDAYS).get_json()["id"]
        assert api.get(f"{_WINDOWS}/{hidden}", headers=headers).status_code == 404
        everything = api.post(_WINDOWS, {**_SUNDAYS, "component": None}).get_json()["id"]
        assert api.get(f"{_WINDOWS}/{everything}", headers=headers).status_code == 200
        assert api.delete(f"{_WINDOWS}/{everything}", headers=headers).status_code == 403

    @pytest.mark.parametrize(
        ("said", "status", "why"),
        [
            ({"rule": "FREQ=HOURLY"}, 422, "write FREQ=DAILY"),
            ({"timezone": "Mars/Base"}, 422, "such as Europe/Berlin"),
            ({"starts_at": "2026-13-40T02:00"}, 422, "starts_at"),
            ({"starts_at": "2026-12-06T02:00Z"}, 422, "starts_at"),
            ({"component": "none"}, 404, "no component named 'none'"),
            ({"environment": "none"}, 404, "no environment named 'none'"),
        ],
    )
    def test_that_cannot_be_say_why(self, api: Api, said: dict[str, Any], status: int, why: str) -> None:
        answer = api.post(_WINDOWS, {**_SUNDAYS, **said})
        assert answer.status_code == status
        assert why in answer.text

    def test_are_bounded_in_number(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.incidents.maintenance.MOST_WINDOWS", 1)
        assert api.post(_WINDOWS, _SUNDAYS).status_code == 201
        assert api.post(_WINDOWS, _SUNDAYS).status_code == 409


class TestObjectives:
    def test_are_declared_shown_changed_and_taken_out(self, api: Api) -> None:
        here = f"{_OBJECTIVES}/up"
        made = api.put(here, _UP)
        assert (made.status_code, made.get_json()["target"]) == (201, 99.9)
        assert made.get_json()["figures"]["state"] == "unmeasured"
        assert api.put(here, _UP).status_code == 200
        changed = api.put(here, {**_UP, "days": 7})
        assert (changed.get_json()["days"], changed.get_json()["version"]) == (7, 2)
        assert api.get(here).get_json()["days"] == 7
        assert api.delete(here).status_code == 204
        assert api.get(here).status_code == 404
        assert api.delete(here).status_code == 404

    def test_tell_exact_figures(self, api: Api) -> None:
        api.put(f"{_OBJECTIVES}/quick", {"kind": "latency", "target": 95, "days": 1, "latency_ms": 100})
        probe(api, "P" * 9)
        probe(api, "P", latency=101)
        (one,) = api.get(_OBJECTIVES).get_json()["items"]
        figures = one["figures"]
        assert (figures["probes"], figures["bad"], figures["share"]) == (10, 1, 0.9)
        assert figures["resolution"] == "probe"

    @pytest.mark.requirement("S2-24")
    def test_that_are_missed_open_an_incident_and_close_it_when_met(self, api: Api) -> None:
        api.put(f"{_OBJECTIVES}/up", {**_UP, "target": 50, "days": 1})
        api.put(f"{_OBJECTIVES}/half", {**_UP, "target": 50, "days": 90})
        with as_worker(api) as work:
            assert "2 objectives: 0 are missed" in watch_objectives(work, {})
            for _ in range(13):
                api.clock.advance(timedelta(minutes=59))
                probe(api, "F")
            assert "1 are missed" in watch_objectives(work, {})
            (one,) = (found for found in incidents(api) if found["source"] == "objective")
            assert one["title"] == "harbour/production: the objective up is missed"
            assert "of the error budget is left" in one["reason"]
            api.clock.advance(timedelta(days=2))
            watch_objectives(work, {})  # nothing was measured: it is no success
            assert api.get(f"/incidents/{one['id']}").get_json()["incident"]["state"] == "open"
            probe(api, "P")
            watch_objectives(work, {})  # how it was lately a single probe does not tell
            assert api.get(f"/incidents/{one['id']}").get_json()["incident"]["state"] == "open"
            for _ in range(2):
                api.clock.advance(timedelta(minutes=1))
                probe(api, "P")
            watch_objectives(work, {})
        assert api.get(f"/incidents/{one['id']}").get_json()["incident"]["state"] == "closed"

    def test_that_are_taken_out_while_they_are_measured_open_nothing(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.put(f"{_OBJECTIVES}/up", {**_UP, "target": 50, "days": 1})
        for _ in range(13):
            api.clock.advance(timedelta(minutes=59))
            probe(api, "F")
        looked = ObjectiveService._look

        def look(service: ObjectiveService, *asked: Any) -> Any:
            seen = looked(service, *asked)
            assert api.delete(f"{_OBJECTIVES}/up").status_code == 204
            return seen

        monkeypatch.setattr(ObjectiveService, "_look", look)
        with as_worker(api) as work:
            watch_objectives(work, {})
        assert [one for one in incidents(api) if one["source"] == "objective"] == []

    def test_go_with_their_target(self, api: Api) -> None:
        api.put(f"{_OBJECTIVES}/up", _UP)
        api.delete("/components/harbour/targets/production")
        register(api, "harbour")
        assert api.get(_OBJECTIVES).get_json()["items"] == []

    def test_are_bounded_in_number(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tidegate.modules.incidents.objectives.MOST_OF_TARGET", 1)
        assert api.put(f"{_OBJECTIVES}/up", _UP).status_code == 201
        assert api.put(f"{_OBJECTIVES}/quick", _UP).status_code == 409

    @pytest.mark.parametrize(
        "said",
        [
            {"latency_ms": 300},
            {"kind": "latency"},
            {"target": 100},
            {"days": 0},
        ],
    )
    def test_that_cannot_be_measured_are_refused(self, api: Api, said: dict[str, Any]) -> None:
        assert api.put(f"{_OBJECTIVES}/up", {**_UP, **said}).status_code == 422

    def test_of_no_target_are_not_found(self, api: Api) -> None:
        assert api.get("/components/harbour/targets/staging/objectives").status_code == 404
        assert api.put("/components/harbour/targets/staging/objectives/up", _UP).status_code == 404


class TestParity:
    def test_opens_one_of_a_target_and_closes_it_when_it_is_as_declared(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0", license="MIT")
        tell(api, "observed", version="1.3.9", license="MIT")
        report(api)
        (one,) = incidents(api)
        assert (one["source"], one["reason"]) == ("parity", "Other than declared: version.")
        report(api)
        assert history(api, one["id"]) == ["opened"]
        tell(api, "observed", version="1.4.0")
        report(api)
        assert history(api, one["id"]) == ["opened", "closed"]

    def test_says_nothing_of_what_somebody_explained(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        made = report(api, rules={"rules": [{"fields": ["version"], "compare": "text"}]})
        assert incidents(api) == []
        said = {
            "report": made["id"],
            "component": "harbour",
            "environment": "production",
            "field": "version",
            "note": "Rolled back on purpose.",
        }
        assert api.post("/parity-items", said).status_code == 201
        report(api)
        assert incidents(api) == []

    def test_closes_nothing_that_a_report_did_not_compare(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        report(api)
        report(api, component="shop")
        assert incidents(api)[0]["state"] == "open"

    def test_closes_nothing_while_what_differed_was_not_looked_at(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0", license="MIT")
        tell(api, "observed", version="1.3.9", license="MIT")
        report(api)
        api.clock.advance(timedelta(days=2))
        tell(api, "observed", license="MIT")  # the version is stale by now, and differs still
        report(api)
        (one,) = incidents(api)
        assert one["state"] == "open"
        tell(api, "observed", version="1.4.0")
        report(api)
        assert incidents(api)[0]["state"] == "closed"

    @pytest.mark.parametrize("side", ["declared", "observed"])
    def test_closes_nothing_where_what_differed_is_known_on_one_side_alone(self, api: Api, side: str) -> None:
        tell(api, "declared", version="1.4.0", license="MIT")
        tell(api, "observed", version="1.3.9", license="MIT")
        report(api)
        withdraw(api, side, "version")
        report(api)
        assert incidents(api)[0]["state"] == "open"
        tell(api, side, version="1.4.0" if side == "observed" else "1.3.9")
        report(api)
        assert incidents(api)[0]["state"] == "closed"

    def test_closes_where_a_field_that_was_as_declared_is_gone(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0", license="MIT", zone="north")
        tell(api, "observed", version="1.3.9", license="MIT", zone="south")
        tell(api, "observed", zone="north")
        report(api)
        withdraw(api, "observed", "zone")
        tell(api, "observed", version="1.4.0")
        report(api)
        assert incidents(api)[0]["state"] == "closed"

    def test_is_not_closed_by_a_report_that_another_one_overtook(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        report(api)
        tell(api, "observed", version="1.4.0")

        def overtaken() -> None:
            tell(api, "observed", version="1.3.8")
            report(api)

        while_computed(monkeypatch, overtaken)
        report(api)
        assert incidents(api)[0]["state"] == "open"

    def test_is_not_opened_by_a_report_that_a_newer_one_overtook(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")

        def overtaken() -> None:
            tell(api, "observed", version="1.4.0")
            report(api)

        while_computed(monkeypatch, overtaken)
        report(api)
        assert incidents(api) == []

    def test_counts_no_report_of_two_environments(self, api: Api) -> None:
        register(api, "harbour", environment="staging")
        tell(api, "observed", version="1.4.0")
        told = {"facts": {"version": "1.3.9"}}
        api.post("/components/harbour/facts/observed?environment=staging", told)
        sides = {
            "left": {"side": "observed", "environment": "staging"},
            "right": {"side": "observed", "environment": "production"},
        }
        assert api.post("/parity-reports", sides).get_json()["findings"] == 1
        assert incidents(api) == []

    def test_names_a_few_of_many_fields(self, api: Api) -> None:
        tell(api, "declared", **{f"f{number}": "a" for number in range(8)})
        tell(api, "observed", **{f"f{number}": "b" for number in range(8)})
        report(api)
        assert incidents(api)[0]["reason"] == "Other than declared: f0, f1, f2, f3, f4 and 3 more."

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.SUBMITTER])
    def test_opens_and_closes_nothing_for_who_only_reads_or_submits(self, api: Api, role: Role) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        headers = keeper(api, role, "harbour")
        assert report(api, headers=headers)["findings"] == 1
        assert incidents(api) == []
        report(api)
        tell(api, "observed", version="1.4.0")
        assert report(api, headers=headers)["findings"] == 0
        assert incidents(api)[0]["state"] == "open"

    def test_opens_what_is_theirs_alone_for_who_describes_some_targets(self, api: Api) -> None:
        for name in ("harbour", "shop"):
            tell(api, "declared", name, version="1.4.0")
            tell(api, "observed", name, version="1.3.9")
        report(api, headers=keeper(api))
        assert [one["component"] for one in incidents(api)] == ["shop"]


class TestParityWatch:
    def test_opens_and_closes_without_a_report(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0", license="MIT")
        tell(api, "observed", version="v1.4", license="MIT")
        assert watched(api) == "Compared 1 targets that may differ or did: 0 do"
        assert incidents(api) == []
        tell(api, "observed", version="1.3.9")
        assert watched(api).endswith(": 1 do")
        watched(api)
        (one,) = incidents(api)
        assert (one["source"], history(api, one["id"])) == ("parity", ["opened"])
        tell(api, "observed", version="1.4.0")
        watched(api)
        assert history(api, one["id"]) == ["opened", "closed"]
        assert api.get("/parity-reports").get_json()["items"] == []
        api.clock.advance(timedelta(hours=2))
        watched(api)
        assert watched(api).startswith("Compared 0 targets")

    @pytest.mark.parametrize("everything", [True, False])
    @pytest.mark.parametrize("said", [{"note": "Rolled back."}, {"state": "accepted"}])
    def test_opens_nothing_of_what_somebody_looks_after(
        self, api: Api, everything: bool, said: dict[str, Any]
    ) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        usual = {"fields": ["version"], "compare": "text"}
        sides = {"left": {"side": "declared"}, "right": {"side": "observed"}} if everything else {}
        made = report(api, rules={"rules": [usual]}, **sides)
        until = (api.clock.now() + timedelta(days=1)).isoformat()
        more = {"note": "Until May.", "accepted_until": until} if "state" in said else {}
        row = {"component": "harbour", "environment": "production", "field": "version"}
        assert api.post("/parity-items", {"report": made["id"], **row, **said, **more}).status_code == 201
        watched(api)
        assert incidents(api) == []
        tell(api, "observed", version="1.3.8")
        watched(api)
        assert incidents(api)[0]["state"] == "open"

    def test_opens_nothing_by_what_probes_saw_of_a_target_that_is_gone(self, api: Api) -> None:
        tell(api, "declared", **{"health.state": "pass"})
        probe(api, "F")
        watched(api)
        assert [one["source"] for one in incidents(api)] == ["parity"]
        tag = api.get("/components/harbour/targets/production").headers["ETag"]
        gone = api.delete("/components/harbour/targets/production", headers={"If-Match": tag})
        assert gone.status_code == 204
        watched(api)
        assert [one["state"] for one in incidents(api)] == ["closed"]

    def test_of_two_at_once_opens_one(self, api: Api) -> None:
        tell(api, "declared", version="1.4.0")
        tell(api, "observed", version="1.3.9")
        with ThreadPoolExecutor(2) as both:
            list(both.map(watched, [api, api]))
        (one,) = incidents(api)
        assert history(api, one["id"]) == ["opened"]

    def test_goes_through_many_targets_some_at_a_time(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tidegate.modules.incidents.differences._AT_ONCE", 1)
        for name in ("harbour", "shop"):
            tell(api, "declared", name, version="1.4.0")
            tell(api, "observed", name, version="1.3.9")
        assert watched(api) == "Compared 2 targets that may differ or did: 2 do"
        assert {one["component"] for one in incidents(api)} == {"harbour", "shop"}

    def test_is_a_task_of_so_many_minutes_or_none(self, database: Database, tmp_path: Path) -> None:
        for minutes, periods in (("7", [timedelta(minutes=7)]), ("0", [])):
            api = make_api(database, tmp_path / minutes, PARITY_INTERVAL_MINUTES=minutes)
            with as_worker(api) as work:
                tasks = [task for task in work.all_of(Task) if task.name == "incidents.parity"]
            assert [task.schedule and task.schedule.period for task in tasks] == periods


def watched(api: Api) -> str:
    """Compare as the worker does every few minutes."""
    with as_worker(api) as work:
        return watch_parity(work, {})


def tell(api: Api, side: str, component: str = "harbour", **facts: Any) -> None:
    api.clock.advance(timedelta(minutes=1))
    where = f"/components/{component}/facts/{side}?environment={HARBOUR.environment}"
    answer = api.post(where, {"facts": facts})
    assert answer.status_code == 200, answer.get_json()


def withdraw(api: Api, side: str, field: str) -> None:
    api.clock.advance(timedelta(minutes=1))
    where = f"/api/v1/components/harbour/facts/{field}/{side}?environment={HARBOUR.environment}"
    answer = api.client.delete(where)
    assert answer.status_code == 200, answer.get_json()


def while_computed(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """Have something happen once between the computing of the next report and its end."""
    computed = ParityService._computed

    def later(service: ParityService, *args: Any) -> Any:
        found = computed(service, *args)
        monkeypatch.setattr(ParityService, "_computed", computed)
        with ThreadPoolExecutor(1) as another:  # a request within a request would share what is its own
            another.submit(do).result()
        return found

    monkeypatch.setattr(ParityService, "_computed", later)


def report(api: Api, *, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    sides = {
        "left": {"side": "declared", "environment": "production"},
        "right": {"side": "observed", "environment": "production"},
    }
    answer = api.post("/parity-reports", {**sides, **more}, headers=headers)
    assert answer.status_code == 201, answer.get_json()
    made: dict[str, Any] = answer.get_json()
    return made
