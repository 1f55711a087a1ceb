"""Incidents that probes open and close, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import Api, make_api
from tests.support.incidents import (
    HARBOUR,
    KeptOutbox,
    as_worker,
    history,
    incidents,
    kept_outbox,
    probe,
    reading,
    register,
)
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.kernel.db.constraints import BrokenConstraint
from tidegate.kernel.db.engine import Database
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.service import ProbeService


@pytest.fixture
def api(database: Database, tmp_path: Path) -> Api:
    made = make_api(database, tmp_path / "api")
    register(made, "harbour")
    return made


@pytest.fixture
def outbox(api: Api) -> KeptOutbox:
    return kept_outbox(api)


def rows(api: Api, table: str) -> int:
    query = text(f"SELECT count(*) FROM {table}")  # nosec B608  # a name of ours
    with api.database.engine.connect() as connection:
        count: int = connection.execute(query).scalar_one()
    return count


class TestHealth:
    def test_opens_one_after_three_failures_and_closes_it_after_two_successes(
        self, api: Api, outbox: KeptOutbox
    ) -> None:
        probe(api, "FF")
        assert incidents(api) == []
        probe(api, "FFF")
        (one,) = incidents(api)
        assert (one["state"], one["source"], one["times"]) == ("open", "health", 1)
        assert one["title"] == "harbour/production: its health check fails"
        assert one["reason"] == "it answered 503, not 200"
        probe(api, "P")
        assert incidents(api)[0]["state"] == "open"
        probe(api, "P")
        (one,) = incidents(api)
        assert (one["state"], one["closed_by"]) == ("closed", "system:worker")
        assert history(api, one["id"]) == ["opened", "closed"]
        assert [str(event.kind) for event in outbox.events] == ["incident.opened", "incident.closed"]

    def test_tells_what_receivers_need(self, api: Api, outbox: KeptOutbox) -> None:
        probe(api, "FFF")
        (event,) = outbox.events
        (one,) = incidents(api)
        assert (event.component, event.environment, event.thread) == ("harbour", "production", one["id"])
        assert event.title == "Opened: harbour/production: its health check fails"
        assert event.lines[0] == "it answered 503, not 200"
        assert event.path == f"/incidents/{one['id']}"
        assert event.data["state"] == "open"

    def test_counts_no_unknown_look_as_a_success(self, api: Api) -> None:
        probe(api, "FFFPUPU")
        assert incidents(api)[0]["state"] == "open"

    def test_opens_the_same_again_where_it_fails_soon_after(self, api: Api) -> None:
        probe(api, "FFFPPFFF")
        (one,) = incidents(api)
        assert (one["state"], one["times"], one["closed_at"]) == ("open", 2, None)
        assert history(api, one["id"]) == ["opened", "closed", "reopened"]

    def test_opens_another_where_it_fails_long_after(self, api: Api) -> None:
        probe(api, "FFFPP")
        api.clock.advance(timedelta(hours=2))
        probe(api, "PFFF")
        assert [one["state"] for one in incidents(api)] == ["open", "closed"]

    def test_opens_another_where_the_first_look_long_after_fails(self, api: Api) -> None:
        probe(api, "FFFPP")
        api.clock.advance(timedelta(hours=2))
        probe(api, "FFF")
        assert [one["times"] for one in incidents(api)] == [1, 1]

    def test_writes_nothing_in_good_times_and_forgets_old_trouble(self, api: Api) -> None:
        probe(api, "PPP")
        assert rows(api, "incident_checks") == 0
        probe(api, "F")
        assert rows(api, "incident_checks") == 1
        probe(api, "P")
        assert rows(api, "incident_checks") == 0

    def test_holds_open_what_flaps_and_tells_so_once(self, api: Api, outbox: KeptOutbox) -> None:
        probe(api, "FFFPP" * 6)
        (one,) = incidents(api)
        assert (one["state"], one["flapping"], one["times"]) == ("open", True, 3)
        kinds = [str(event.kind).removeprefix("incident.") for event in outbox.events]
        assert kinds == ["opened", "closed", "opened", "closed", "opened", "flapping"]

    def test_is_noted_in_the_audit_log(self, api: Api) -> None:
        probe(api, "FFFPP")
        (one,) = incidents(api)
        events = api.get(f"/audit/events?subject=incident:{one['id']}").get_json()["items"]
        assert [event["action"] for event in events] == ["incident.closed", "incident.opened"]

    def test_closes_what_a_target_left_behind(self, api: Api) -> None:
        probe(api, "FFF")
        assert api.delete("/components/harbour/targets/production").status_code == 204
        (one,) = incidents(api)
        assert one["state"] == "closed"
        shown = api.get(f"/incidents/{one['id']}").get_json()
        assert shown["history"][0]["note"] == "The target was taken out."
        assert rows(api, "incident_checks") == 0

    def test_opens_nothing_where_the_transaction_of_the_probe_fails(
        self, api: Api, outbox: KeptOutbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        probe(api, "FF")

        def broken(event: object) -> None:
            raise RuntimeError("killed")

        monkeypatch.setattr(outbox, "add", broken)
        with pytest.raises(RuntimeError, match="killed"):
            probe(api, "F")
        assert incidents(api) == []
        monkeypatch.undo()
        probe(api, "F")
        assert len(incidents(api)) == 1


class TestTwoWorkers:
    def test_record_the_same_probe_once(self, api: Api) -> None:
        probe(api, "FF")
        api.clock.advance(timedelta(minutes=1))
        with as_worker(api) as one, as_worker(api) as other:
            (target,) = one.use(InventoryService).several([HARBOUR])
            found = [(target, reading(api, HealthState.FAIL))]
            one.uow.release()
            one.use(ProbeService).store(found)
            other.use(ProbeService).store(found)
        (incident,) = incidents(api)
        assert history(api, incident["id"]) == ["opened"]

    def test_cannot_both_have_one_open(self, api: Api) -> None:
        probe(api, "FFF")
        copied = (
            "INSERT INTO incidents SELECT 'other', source, component, environment, name, title, reason, "
            "public_title, state, flapping, times, opened_at, assignee, acknowledged_at, acknowledged_by, "
            "closed_at, closed_by, version, updated_at FROM incidents"
        )
        with pytest.raises(BrokenConstraint), api.database.engine.begin() as connection:
            connection.execute(text(copied))


class TestStorm:
    def test_loses_none_and_doubles_none(self, api: Api, outbox: KeptOutbox) -> None:
        names = [f"boat{number:03}" for number in range(60)]
        register(api, *names)
        subjects = [FactSubject(name, "production") for name in names]
        probe(api, "FFFFPPP", *subjects)
        found = incidents(api, "limit=500")
        assert {one["component"] for one in found} == set(names)
        assert len(found) == len(names)
        assert {one["state"] for one in found} == {"closed"}
        told: dict[str, list[str]] = {}
        for event in outbox.events:
            told.setdefault(event.thread, []).append(str(event.kind))
        assert set(map(tuple, told.values())) == {("incident.opened", "incident.closed")}
        assert len(told) == len(names)


class TestMaintenance:
    @pytest.fixture
    def window(self, api: Api) -> dict[str, Any]:
        start = api.clock.now() + timedelta(minutes=1)
        said = {
            "title": "New disks",
            "component": "harbour",
            "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
            "minutes": 6,
        }
        answer = api.post("/maintenance-windows", said)
        assert answer.status_code == 201, answer.get_json()
        made: dict[str, Any] = answer.get_json()
        return made

    @pytest.mark.usefixtures("window")
    def test_suppresses_what_fails_within_it_and_ends_within_it(self, api: Api, outbox: KeptOutbox) -> None:
        probe(api, "FFF")
        (one,) = incidents(api)
        assert (one["state"], one["times"], outbox.events) == ("suppressed", 0, [])
        probe(api, "PP")
        (one,) = incidents(api)
        assert (one["state"], outbox.events) == ("closed", [])
        assert history(api, one["id"]) == ["suppressed", "closed"]

    @pytest.mark.usefixtures("window")
    def test_opens_what_still_fails_after_it(self, api: Api, outbox: KeptOutbox) -> None:
        probe(api, "FFFFFFF")
        (one,) = incidents(api)
        assert (one["state"], one["times"]) == ("open", 1)
        assert history(api, one["id"]) == ["suppressed", "opened"]
        assert [str(event.kind) for event in outbox.events] == ["incident.opened"]

    @pytest.mark.usefixtures("window")
    def test_says_nothing_of_other_targets(self, api: Api) -> None:
        register(api, "boat")
        probe(api, "FFF", FactSubject("boat", "production"))
        assert incidents(api)[0]["state"] == "open"
