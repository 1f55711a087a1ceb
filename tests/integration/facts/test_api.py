"""Facts over HTTP, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import Api

_FACTS = "/components/harbour/facts"
_HERE = "environment=production"


@pytest.fixture
def small(small_api: Api) -> Api:
    small_api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    small_api.put("/environments/production", {"rank": 100})
    return small_api


def observe(api: Api, at: str | None = None, **facts: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"facts": facts}
    if at is not None:
        body["at"] = at
    answer = api.post(f"{_FACTS}/observed?{_HERE}", body)
    assert answer.status_code == 200, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    return told


def values(api: Api, query: str = "") -> dict[str, Any]:
    answer = api.get(f"{_FACTS}?{_HERE}{query}")
    assert answer.status_code == 200
    return {f"{one['side']}.{one['field']}": one["value"] for one in answer.get_json()["items"]}


class TestFacts:
    def test_are_told_changed_and_confirmed(self, small: Api) -> None:
        assert observe(small, version="1.0", healthy=True)["changes"] == [
            {"field": "version", "before": None, "after": "1.0"},
            {"field": "healthy", "before": None, "after": True},
        ]
        small.clock.advance(timedelta(minutes=1))
        told = observe(small, version="1.1", healthy=True)
        assert (told["changes"], told["confirmed"]) == (
            [{"field": "version", "before": "1.0", "after": "1.1"}],
            1,
        )
        assert values(small) == {"observed.healthy": True, "observed.version": "1.1"}

    def test_are_kept_as_they_were_at_any_moment(self, small: Api) -> None:
        observe(small, version="1.0")
        then = small.clock.now().isoformat().replace("+00:00", "Z")
        small.clock.advance(timedelta(minutes=1))
        observe(small, version="1.1")
        assert values(small, f"&at={then}") == {"observed.version": "1.0"}
        history = small.get(f"{_FACTS}/version/history?{_HERE}").get_json()["items"]
        assert [one["value"] for one in history] == ["1.1", "1.0"]
        assert history[1]["until"] == history[0]["since"]

    def test_of_before_change_nothing(self, small: Api) -> None:
        before = small.clock.now().isoformat()
        small.clock.advance(timedelta(minutes=1))
        observe(small, version="1.1")
        assert observe(small, at=before, version="1.0")["too_late"] == 1
        assert values(small) == {"observed.version": "1.1"}

    def test_of_the_future_are_refused(self, small: Api) -> None:
        later = (small.clock.now() + timedelta(hours=1)).isoformat()
        answer = small.post(f"{_FACTS}/observed?{_HERE}", {"facts": {"version": "1"}, "at": later})
        assert answer.status_code == 422

    def test_are_declared_beside_what_is_observed(self, small: Api) -> None:
        observe(small, version="1.0")
        said = {"facts": {"version": "1.1"}, "label": "estate.xlsx"}
        assert small.post(f"{_FACTS}/declared?{_HERE}", said).status_code == 200
        assert values(small) == {"declared.version": "1.1", "observed.version": "1.0"}
        (declared,) = small.get(f"{_FACTS}?{_HERE}&side=declared").get_json()["items"]
        assert declared["source"].endswith(": estate.xlsx")
        events = small.get("/audit/events?subject=target:harbour/production").get_json()["items"]
        assert [event["action"] for event in events] == ["facts.declared", "facts.observed"]

    def test_of_a_component_are_its_own(self, small: Api) -> None:
        assert small.post(f"{_FACTS}/declared", {"facts": {"license": "MIT"}}).status_code == 200
        (fact,) = small.get(_FACTS).get_json()["items"]
        assert (fact["environment"], fact["value"]) == (None, "MIT")
        assert not values(small)

    def test_are_withdrawn_once(self, small: Api) -> None:
        observe(small, version="1.0", healthy=True)
        small.clock.advance(timedelta(minutes=1))
        address = f"{_FACTS}/version/observed?{_HERE}"
        assert small.delete(address).get_json()["changes"] == [
            {"field": "version", "before": "1.0", "after": None}
        ]
        assert small.delete(address).get_json()["changes"] == []
        assert values(small) == {"observed.healthy": True}

    def test_that_were_withdrawn_are_not_said_again_by_a_report_of_before(self, small: Api) -> None:
        then = small.clock.now().isoformat()
        observe(small, at=then, version="1.0")
        small.clock.advance(timedelta(minutes=1))
        assert small.delete(f"{_FACTS}/version/observed?{_HERE}").status_code == 200
        for _ in range(2):
            assert observe(small, at=then, version="1.0")["too_late"] == 1
        assert values(small) == {}
        assert observe(small, version="1.0")["changes"]

    def test_that_were_declared_are_withdrawn_as_well(self, small: Api) -> None:
        small.post(f"{_FACTS}/declared?{_HERE}", {"facts": {"version": "1.0"}})
        gone = small.delete(f"{_FACTS}/version/declared?{_HERE}").get_json()["changes"]
        assert gone == [{"field": "version", "before": "1.0", "after": None}]

    @pytest.mark.parametrize("facts", [{}, {"Version": 1}, {"version": None}, {"version": [1]}])
    def test_name_what_is_wrong(self, small: Api, facts: dict[str, Any]) -> None:
        answer = small.post(f"{_FACTS}/observed?{_HERE}", {"facts": facts})
        assert answer.status_code == 422
        assert answer.get_json()["errors"]

    @pytest.mark.parametrize(
        ("facts", "pointer", "says"),
        [
            ({}, "/facts", "Length must be between"),
            (3, "/facts", "Not a JSON object."),
            ({"Version": 1}, "/facts/Version", "lower-case letters"),
            ({"version": None}, "/facts/version", "a fact is a text"),
        ],
    )
    def test_point_to_the_field_that_is_wrong(
        self, small: Api, facts: dict[str, Any], pointer: str, says: str
    ) -> None:
        answer = small.post(f"{_FACTS}/observed?{_HERE}", {"facts": facts})
        (fault,) = answer.get_json()["errors"]
        assert (fault["in"], fault["pointer"]) == ("body", pointer)
        assert says in fault["detail"]

    def test_are_documented_as_a_mapping(self, small: Api) -> None:
        document = small.client.get("/openapi.json").get_json()
        facts = document["components"]["schemas"]["Told"]["properties"]["facts"]
        assert (facts["minProperties"], "minLength" in facts) == (1, False)
        assert facts["propertyNames"]["maxLength"] == 100
        assert facts["propertyNames"]["pattern"].startswith("^(?:[a-z]")

    def test_are_of_what_is_registered(self, small: Api) -> None:
        body = {"facts": {"version": "1"}}
        assert small.post("/components/none/facts/observed", body).status_code == 404
        assert small.post(f"{_FACTS}/observed?environment=none", body).status_code == 404
        assert small.get(f"{_FACTS}?environment=none").status_code == 404
