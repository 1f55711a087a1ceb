"""Targets over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Api

_ADDRESS = "/components/harbour/targets/production"
_FACTS: dict[str, Any] = {"base_url": "https://harbour.example.org/", "interval": 60}


@pytest.fixture
def small(small_api: Api) -> Api:
    small_api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    small_api.put("/environments/production", {"rank": 100})
    return small_api


class TestTargets:
    def test_are_registered_repeated_changed_and_removed(self, small: Api) -> None:
        made = small.put(_ADDRESS, _FACTS)
        assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
        assert made.get_json()["base_url"] == "https://harbour.example.org"
        assert small.put(_ADDRESS, _FACTS).status_code == 200
        assert small.put(_ADDRESS, {**_FACTS, "paused": True}).status_code == 428
        changed = small.put(_ADDRESS, {**_FACTS, "paused": True}, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.get_json()["version"]) == (200, 2)
        assert small.get(_ADDRESS).get_json()["paused"] is True
        assert small.delete(_ADDRESS).status_code == 204
        assert small.get(_ADDRESS).status_code == 404
        assert small.delete(_ADDRESS).status_code == 404

    def test_need_a_component_and_an_environment_that_are_registered(self, small: Api) -> None:
        assert small.put("/components/none/targets/production", _FACTS).status_code == 404
        assert small.put("/components/harbour/targets/none", _FACTS).status_code == 404

    def test_refuse_an_address_with_a_secret_without_repeating_it(self, small: Api) -> None:
        answer = small.put(_ADDRESS, {"base_url": "https://ada:hunter2@harbour.example.org"})
        assert answer.status_code == 422
        assert "hunter2" not in answer.get_data(as_text=True)

    def test_are_listed_by_component_and_environment(self, small: Api) -> None:
        small.put(_ADDRESS, _FACTS)
        for query, count in (
            ("", 1),
            ("?component=harbour&environment=production", 1),
            ("?component=other", 0),
            ("?environment=other", 0),
        ):
            assert len(small.get(f"/targets{query}").get_json()["items"]) == count

    def test_are_told_to_the_audit_log(self, small: Api) -> None:
        small.put(_ADDRESS, _FACTS)
        events = small.get("/audit/events?subject=target:harbour/production").get_json()["items"]
        assert [event["action"] for event in events] == ["target.registered"]
