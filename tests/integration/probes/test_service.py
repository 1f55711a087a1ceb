"""Plans, records and history of probes, on both databases, by a clock that is moved by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import Api, make_api
from tidegate.domain.errors import NotFound
from tidegate.domain.facts import FactSubject
from tidegate.domain.health_words import HealthState
from tidegate.domain.principals import WORKER
from tidegate.domain.probing import ProbeReading
from tidegate.domain.targets import Target
from tidegate.kernel.container import Container, Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.inventory.service import InventoryService
from tidegate.modules.probes.repository import ProbeState, ProbeStateRepository
from tidegate.modules.probes.service import ProbeService
from tidegate.modules.probes.tasks import ROLL_UP

_TARGET = "/components/harbour/targets/production"
_HARBOUR = FactSubject("harbour", "production")
_MINUTE = timedelta(minutes=1)


@pytest.fixture
def small(database: Database, tmp_path: Path) -> Api:
    api = make_api(database, tmp_path / "api", ENABLE_MONITORING="true")
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 100})
    api.put(_TARGET, {"base_url": "https://harbour.example.org", "interval": 60})
    return api


@pytest.fixture
def work(small: Api) -> Any:
    made = container_of(small).work(WORKER)
    yield made
    made.close()


def container_of(api: Api) -> Container:
    container: Container = api.client.application.extensions[EXTENSION]
    return container


def reading(api: Api, state: HealthState = HealthState.PASS, **more: Any) -> ProbeReading:
    status = more.pop("status", 200)
    facts = {"health.state": state.value}
    latency = more.pop("latency_ms", 12)
    return ProbeReading(api.clock.now(), state, "", latency, status, "/health", facts, **more)


def target(work: Work) -> Target:
    return work.use(InventoryService).target("harbour", "production")


def state(work: Work) -> ProbeState:
    found = ProbeStateRepository(work.uow).of_subject(_HARBOUR)
    work.uow.release()
    assert found is not None
    return found


def claim(work: Work) -> list[tuple[Target, str | None]]:
    return work.use(ProbeService).claim(10, {})


def store(api: Api, work: Work, **more: Any) -> None:
    api.clock.advance(_MINUTE)
    work.use(ProbeService).store([(target(work), reading(api, **more))])


class TestPlans:
    @pytest.mark.requirement("S2-8")
    def test_have_a_target_asked_at_once_and_then_once_an_interval(self, small: Api, work: Work) -> None:
        ((taken, path),) = claim(work)
        assert (taken.subject, path) == (_HARBOUR, None)
        assert claim(work) == []
        work.use(ProbeService).store([(taken, reading(small))])
        small.clock.advance(timedelta(seconds=59))
        assert claim(work) == []
        small.clock.advance(timedelta(seconds=1))
        assert len(claim(work)) == 1

    def test_spread_what_came_at_once(self, small: Api, work: Work) -> None:
        work.use(ProbeService).store([(target(work), reading(small, latency_ms=0))], lambda: 1.0)
        assert state(work).next_at == small.clock.now() + timedelta(seconds=54)

    def test_have_what_a_killed_worker_had_taken_asked_by_others_within_seconds(
        self, small: Api, work: Work
    ) -> None:
        claim(work)
        small.clock.advance(timedelta(seconds=3))
        assert len(claim(work)) == 1

    def test_leave_a_target_to_who_is_still_asking_it(self, small: Api, work: Work) -> None:
        claim(work)
        small.clock.advance(timedelta(seconds=2))
        work.use(ProbeService).postpone([_HARBOUR])
        small.clock.advance(timedelta(seconds=2))
        assert claim(work) == []

    def test_are_not_moved_by_who_is_late_to_say_that_it_still_asks(self, small: Api, work: Work) -> None:
        store(small, work)
        planned = state(work).next_at
        work.use(ProbeService).postpone([_HARBOUR])
        assert state(work).next_at == planned

    def test_follow_a_change_of_the_target(self, small: Api, work: Work) -> None:
        claim(work)
        store(small, work)
        small.put(_TARGET, {"base_url": "https://new.example.org"}, headers={"If-Match": '"1"'})
        ((taken, path),) = claim(work)
        assert (taken.base_url, path) == ("https://new.example.org", None)

    def test_end_with_a_target_that_is_paused_or_removed(self, small: Api, work: Work) -> None:
        paused = {"base_url": "https://harbour.example.org", "paused": True}
        small.put(_TARGET, paused, headers={"If-Match": '"1"'})
        assert claim(work) == []
        small.put(_TARGET, {**paused, "paused": False}, headers={"If-Match": '"2"'})
        assert len(claim(work)) == 1
        small.delete(_TARGET)
        small.clock.advance(timedelta(hours=1))
        assert claim(work) == []

    def test_are_made_good_where_they_are_wrong(self, small: Api, work: Work) -> None:
        service = work.use(ProbeService)
        assert service.reconcile() == 0
        small.put("/components/boat", {"title": "Boat", "owner": "port"})
        with small.database.engine.begin() as connection:
            connection.execute(text("UPDATE probe_states SET component = 'boat'"))
        work.uow.release()
        assert service.reconcile() == 2
        assert state(work).target_version == 1
        assert service.has_plans()

    def test_follow_changes_that_were_made_without_a_word(self, small: Api, work: Work) -> None:
        service = work.use(ProbeService)
        mark = service.follow(None)
        claim(work)
        assert service.follow(mark) == mark
        assert claim(work) == []
        with small.database.engine.begin() as connection:
            connection.execute(text("UPDATE targets SET base_url = 'https://new.example.org', version = 2"))
        work.uow.release()
        assert service.follow(mark) != mark
        assert [one.base_url for one, _ in claim(work)] == ["https://new.example.org"]

    def test_postpone_what_was_not_asked(self, small: Api, work: Work) -> None:
        claim(work)
        work.use(ProbeService).postpone([_HARBOUR], timedelta(seconds=5))
        assert state(work).next_at == small.clock.now() + timedelta(seconds=5)


class TestRecords:
    def test_count_probes_of_one_state_in_a_row(self, small: Api, work: Work) -> None:
        for one in (HealthState.PASS, HealthState.FAIL, HealthState.FAIL):
            store(small, work, state=one)
        found = state(work)
        assert (found.state, found.consecutive) == (HealthState.FAIL, 2)
        assert found.since == small.clock.now() - _MINUTE

    def test_leave_out_what_was_asked_of_another_version_of_the_target(self, small: Api, work: Work) -> None:
        before = target(work)
        small.put(_TARGET, {"base_url": "https://new.example.org"}, headers={"If-Match": '"1"'})
        work.uow.release()
        work.use(ProbeService).store([(before, reading(small))])
        assert state(work).state is None

    def test_leave_out_what_is_older_than_what_is_known(self, small: Api, work: Work) -> None:
        old = reading(small, HealthState.FAIL)
        store(small, work)
        work.use(ProbeService).store([(target(work), old)])
        assert state(work).state is HealthState.PASS

    def test_of_a_target_that_was_removed_meanwhile_are_dropped(self, small: Api, work: Work) -> None:
        before = target(work)
        small.delete(_TARGET)
        work.uow.release()
        work.use(ProbeService).store([(before, reading(small))])
        with pytest.raises(NotFound):
            work.use(ProbeService).newest("harbour", "production", 1)

    def test_ask_less_often_what_never_answers(self, small: Api, work: Work) -> None:
        for _ in range(8):
            store(small, work, state=HealthState.FAIL, status=None)
            claim(work)
        waits = state(work).next_at - small.clock.now()
        assert timedelta(minutes=2) < waits <= timedelta(minutes=5)
        store(small, work)
        assert state(work).unanswered == 0

    def test_obey_a_wish_for_patience(self, small: Api, work: Work) -> None:
        claim(work)
        store(small, work, retry_after=600.0)
        assert state(work).next_at == small.clock.now() + timedelta(seconds=600)


class TestLateness:
    def test_is_told_before_facts_are_stale(self, small: Api, work: Work) -> None:
        claim(work)
        store(small, work)
        service = work.use(ProbeService)
        assert service.lateness() == (0, None)
        small.clock.advance(timedelta(minutes=3))  # the next one was due after one of them
        count, since = service.lateness()
        assert (count, since) == (1, small.clock.now() - timedelta(milliseconds=12))

    def test_fails_the_health_check_and_shows_in_the_gauges(self, small: Api) -> None:
        checks = small.client.get("/health").get_json()["checks"]
        assert checks["prober"][0]["status"] == "pass"
        small.clock.advance(timedelta(hours=1))
        (check,) = small.client.get("/health").get_json()["checks"]["prober"]
        assert (check["status"], "1 target was not probed in time" in check["output"]) == ("fail", True)
        page = small.client.get("/metrics").get_data(as_text=True)
        assert 'tidegate_probe_targets{state="new"} 1.0' in page
        assert "tidegate_probe_late_targets 1.0" in page
        assert "tidegate_probe_behind_seconds 3480.0" in page


class TestHistory:
    def test_stays_whatever_a_target_and_its_component_are_called_and_wherever_they_answer(
        self, small: Api, work: Work
    ) -> None:
        store(small, work)
        before = small.get(f"{_TARGET}/history").get_json()["hours"]
        work.uow.release()
        small.put("/components/harbour", {"title": "Haven", "owner": "sea"}, headers={"If-Match": '"1"'})
        small.put(_TARGET, {"base_url": "https://haven.example.org"}, headers={"If-Match": '"1"'})
        assert small.get(f"{_TARGET}/history").get_json()["hours"] == before
        small.delete(_TARGET)
        small.put(_TARGET, {"base_url": "https://new.example.org"})
        assert small.get(f"{_TARGET}/history").get_json()["hours"] == before


class TestRollUp:
    def test_keeps_each_hour_and_then_nothing(self, small: Api, work: Work) -> None:
        for number in range(20):
            small.clock.advance(timedelta(minutes=9))
            store(small, work, state=HealthState.FAIL if number % 5 == 4 else HealthState.PASS)
        url = f"{_TARGET}/history?from=2026-11-20T00:00:00Z&to=2026-12-01T00:00:00Z"
        before = small.get(url).get_json()
        assert (before["exact"], before["probes"], before["uptime"]) == (True, 20, 0.8)
        small.clock.advance(timedelta(days=4))
        work.uow.release()
        assert ROLL_UP.run(work, {}) == "1 days of targets summed up, 0 forgotten"
        assert ROLL_UP.run(work, {}) == "0 days of targets summed up, 0 forgotten"
        after = small.get(url).get_json()
        assert after["exact"] is False
        assert after["hours"] == before["hours"]
        assert after["latency_ms"] == {"p50": 13, "p95": 13, "p99": 13}
        small.clock.advance(timedelta(days=400))
        assert ROLL_UP.run(work, {}) == "0 days of targets summed up, 1 forgotten"
        assert small.get(url).get_json()["probes"] == 0
