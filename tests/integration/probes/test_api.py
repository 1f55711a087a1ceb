"""Probes over HTTP, of a real service on loopback, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.access import headers_of, let_in, other_token
from tests.support.api import Api, make_api
from tests.support.targets import Service, running_service
from tidegate.domain.access import Binding, Role
from tidegate.kernel.db.engine import Database

_TARGET = "/components/harbour/targets/production"


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def small(database: Database, tmp_path: Path) -> Api:
    api = make_api(database, tmp_path / "api", OUTGOING_ALLOW="127.0.0.1/32", PROBE_TIMEOUT="2")
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 100})
    return api


def probe(api: Api) -> dict[str, Any]:
    api.clock.advance(timedelta(minutes=1))
    answer = api.post(f"{_TARGET}/probe", None)
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def facts(api: Api) -> dict[str, Any]:
    items = api.get("/components/harbour/facts?environment=production&side=observed").get_json()["items"]
    return {one["field"]: one["value"] for one in items}


class TestProbeNow:
    def test_records_state_history_and_facts(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        assert small.get(f"{_TARGET}/probes").get_json()["state"]["state"] is None
        found = probe(small)
        assert (found["state"]["state"], found["state"]["path"]) == ("pass", "/health")
        assert (found["items"][0]["status"], len(found["items"])) == (200, 1)
        assert facts(small) == {"health.state": "pass", "http.status": 200, "version": "1.0.0"}
        service.says({"status": "down", "version": "1.0.1"}, status=503)
        found = probe(small)
        assert found["state"]["reason"] == "it answered 503, not 200; it says 'down'"
        assert facts(small) == {"health.state": "fail", "http.status": 503, "version": "1.0.1"}
        newest = small.get(f"{_TARGET}/probes?limit=5").get_json()
        assert [one["state"] for one in newest["items"]] == ["fail", "pass"]

    def test_is_not_outvoted_by_the_pipeline_that_wants_to_ship(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        service.says({"status": "down", "version": "1.0.1"}, status=503)
        probe(small)
        submitter = headers_of(
            let_in(small.database.engine, other_token(), name="ci", binding=Binding(Role.SUBMITTER))
        )
        path = "/components/harbour/facts/observed?environment=production"

        said = small.post(path, {"facts": {"health.state": "pass", "backup": "done"}}, headers=submitter)
        assert said.status_code == 409
        assert "Probes observe health.state of harbour/production" in said.get_json()["detail"]
        gone = small.delete(
            "/components/harbour/facts/version/observed?environment=production", headers=submitter
        )
        assert gone.status_code == 409
        assert facts(small) == {"health.state": "fail", "http.status": 503, "version": "1.0.1"}

        assert small.post(path, {"facts": {"backup": "done"}}, headers=submitter).status_code == 200
        assert small.post(path, {"facts": {"version": "1.0.2"}}).status_code == 200  # by an administrator
        small.clock.advance(timedelta(hours=25))
        late = small.post(path, {"facts": {"health.state": "pass"}}, headers=submitter)
        assert late.status_code == 200  # nobody has probed it since

    def test_remembers_the_path_that_answers(self, small: Api, service: Service) -> None:
        service.answers.clear()
        service.says("ready", path="/readyz")
        small.put(_TARGET, {"base_url": service.url})
        assert probe(small)["state"]["state"] == "pass"
        assert service.asked == ["/health", "/healthz", "/readyz"]
        assert probe(small)["state"]["consecutive"] == 2
        assert service.asked[3:] == ["/readyz"]

    def test_of_what_is_nowhere_is_unknown(self, small: Api, service: Service) -> None:
        service.answers.clear()
        small.put(_TARGET, {"base_url": service.url})
        for _ in range(2):
            state = probe(small)["state"]
            assert (state["state"], "a contract can say" in state["reason"]) == ("unknown", True)

    def test_observes_nothing_in_the_page_of_what_is_not_there(self, small: Api, service: Service) -> None:
        service.answers.clear()
        service.says({"version": "9.9.9"}, path="/health", status=404)
        small.put(_TARGET, {"base_url": service.url})
        probe(small)
        assert "version" not in facts(small)

    def test_of_what_is_there_no_more_fails(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        probe(small)
        service.answers.clear()
        for _ in range(2):
            state = probe(small)["state"]
            assert state["state"] == "fail"
            assert state["reason"].endswith("any more, and /health answered before")

    def test_that_is_not_answered_leaves_no_status_of_an_answer(self, small: Api, service: Service) -> None:
        with running_service() as short:
            small.put(_TARGET, {"base_url": short.url})
            probe(small)
        for _ in range(2):
            assert probe(small)["state"]["state"] == "fail"
            assert facts(small) == {"health.state": "fail", "version": "1.0.0"}
        submitter = headers_of(
            let_in(small.database.engine, other_token(), name="ci", binding=Binding(Role.SUBMITTER))
        )
        said = small.post(
            "/components/harbour/facts/observed?environment=production",
            {"facts": {"http.status": 200}},
            headers=submitter,
        )
        assert said.status_code == 409

    def test_reads_facts_where_the_contract_says(self, small: Api, service: Service) -> None:
        service.says({"up": "yes, ok", "state": "ok", "build": {"commit": "abc"}}, path="/about")
        contract = {"checks": [{"path": "/about", "facts": {"commit": "/build/commit"}}, {"path": "/health"}]}
        assert small.put(_TARGET, {"base_url": service.url, "contract": contract}).status_code == 201
        assert probe(small)["state"]["state"] == "pass"
        assert facts(small)["commit"] == "abc"

    def test_refuses_a_contract_naming_each_fault(self, small: Api) -> None:
        contract = {"checks": [{"path": "health", "status": 302}]}
        answer = small.put(_TARGET, {"base_url": "https://a.example.org", "contract": contract})
        assert answer.status_code == 422
        pointers = [fault["pointer"] for fault in answer.get_json()["errors"]]
        assert pointers == ["/contract/checks/0/path", "/contract/checks/0/status"]

    def test_of_an_address_that_policy_forbids_fails_and_says_so(self, small: Api) -> None:
        small.put(_TARGET, {"base_url": "http://169.254.169.254"})
        state = probe(small)["state"]
        assert (state["state"], "link-local" in state["reason"]) == ("fail", True)

    @pytest.mark.requirement("S2-36")
    def test_heeds_a_wish_for_patience(self, small: Api, service: Service) -> None:
        service.headers["Retry-After"] = "600"
        small.put(_TARGET, {"base_url": service.url})
        found = probe(small)["state"]
        waits = datetime.fromisoformat(found["next_at"]) - datetime.fromisoformat(found["probed_at"])
        assert waits == timedelta(seconds=600)

    def test_of_what_answers_nothing_fails(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": "http://127.0.0.1:9"})
        state = probe(small)["state"]
        assert (state["state"], state["reason"]) == ("fail", "it refuses connections")

    def test_needs_a_target_with_a_url(self, small: Api) -> None:
        assert small.post(f"{_TARGET}/probe", None).status_code == 404
        small.put(_TARGET, {"base_url": None})
        assert small.post(f"{_TARGET}/probe", None).status_code == 422

    def test_of_a_paused_target_tells_its_facts_alone(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url, "paused": True})
        found = probe(small)
        assert (found["state"], found["items"][0]["state"]) == (None, "pass")
        assert facts(small)["health.state"] == "pass"

    def test_takes_the_empty_body_that_the_command_sends(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        assert small.post(f"{_TARGET}/probe", {}).status_code == 200
        assert small.delete(_TARGET, json={}).status_code == 204

    def test_is_told_to_the_audit_log(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        probe(small)
        event, _ = small.get("/audit/events?subject=target:harbour/production").get_json()["items"]
        assert (event["action"], event["details"]["state"], event["details"]["status"]) == (
            "target.probed",
            "pass",
            200,
        )


class TestHistory:
    def test_sums_up_hours(self, small: Api, service: Service) -> None:
        small.put(_TARGET, {"base_url": service.url})
        for status in (200, 200, 503):
            service.says({"status": "ok" if status == 200 else "down"}, status=status)
            probe(small)
        history = small.get(f"{_TARGET}/history").get_json()
        assert (history["probes"], round(history["uptime"], 3), history["exact"]) == (3, 0.667, True)
        (hour,) = history["hours"]
        assert hour["counts"] == {"fail": 1, "pass": 2}
        assert set(history["latency_ms"]) == {"p50", "p95", "p99"}

    def test_of_a_span_without_a_probe_says_nothing(self, small: Api) -> None:
        small.put(_TARGET, {"base_url": "https://harbour.example.org"})
        span = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
        history = small.get(f"{_TARGET}/history?{span}").get_json()
        assert history == {"hours": [], "uptime": None, "probes": 0, "latency_ms": None, "exact": True}

    def test_refuses_an_empty_span(self, small: Api) -> None:
        small.put(_TARGET, {"base_url": "https://harbour.example.org"})
        span = "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"
        assert small.get(f"{_TARGET}/history?{span}").status_code == 422

    def test_is_of_targets_alone(self, small: Api) -> None:
        assert small.get(f"{_TARGET}/history").status_code == 404
        assert small.get(f"{_TARGET}/probes").status_code == 404
