"""The pages of targets, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.console.test_pages import page, words
from tests.support.api import Api, make_api
from tests.support.forms import forms_of
from tests.support.people import sign_in
from tests.support.targets import Service, running_service
from tidegate.domain.access import Role
from tidegate.kernel.db.engine import Database

BROWSER = {"Accept": "text/html"}
_TARGET = "/components/harbour/targets/production"


@pytest.fixture
def service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def signed_in(database: Database, tmp_path: Path) -> Api:
    api = make_api(database, tmp_path / "api", OUTGOING_ALLOW="127.0.0.1/32")
    api.put("/components/harbour", {"title": "Harbour", "owner": "port"})
    api.put("/environments/production", {"rank": 100})
    return api


def as_role(api: Api, role: Role) -> None:
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=role)


def probe_on_page(api: Api) -> int:
    shown = api.client.get(_TARGET, headers=BROWSER)
    fields = next(fields for action, fields in forms_of(shown) if action.endswith("/probe"))
    status: int = api.client.post(f"{_TARGET}/probe", data=fields, headers=BROWSER).status_code
    return status


class TestTheList:
    def test_says_what_to_do_where_there_is_none(self, signed_in: Api) -> None:
        as_role(signed_in, Role.VIEWER)
        assert "tidegate target put harbour production" in page(signed_in, "/targets")
        assert "There is no such target" in page(signed_in, "/targets?component=none")

    def test_shows_how_each_is_in_words(self, signed_in: Api, service: Service) -> None:
        signed_in.put(_TARGET, {"base_url": service.url})
        signed_in.put("/components/boat", {"title": "Boat", "owner": "port"})
        signed_in.put("/components/boat/targets/production", {"base_url": service.url, "paused": True})
        signed_in.put("/environments/staging", {"rank": 50})
        signed_in.put("/components/boat/targets/staging", {"base_url": None})
        signed_in.post(f"{_TARGET}/probe", None)
        as_role(signed_in, Role.VIEWER)
        shown = page(signed_in, "/targets")
        assert all(word in shown for word in ("harbour/production", "pass", "paused", "not probed"))
        assert "boat/staging" not in page(signed_in, "/targets?environment=production")


class TestATarget:
    def test_is_shown_before_anything_is_known(self, signed_in: Api) -> None:
        signed_in.put(_TARGET, {"base_url": None})
        as_role(signed_in, Role.VIEWER)
        shown = page(signed_in, _TARGET)
        assert "it is not probed" in shown
        assert "Probe now" not in shown
        page(signed_in, "/components/harbour/targets/none", status=404)

    def test_is_probed_and_shown_with_both_sides_and_its_history(
        self, signed_in: Api, service: Service
    ) -> None:
        contract = {"checks": [{"path": "/health"}]}
        signed_in.put(_TARGET, {"base_url": service.url, "contract": contract})
        declared = {"facts": {"version": "1.0.0", "health.state": "pass", "license": "MIT"}}
        signed_in.post("/components/harbour/facts/declared?environment=production", declared)
        as_role(signed_in, Role.SUBMITTER)
        assert "not probed yet" in page(signed_in, _TARGET)
        assert probe_on_page(signed_in) == 303
        signed_in.clock.advance(timedelta(minutes=40))
        service.says({"status": "down<b>"}, status=503)
        assert probe_on_page(signed_in) == 303
        shown = page(signed_in, _TARGET)
        for text in (
            "mismatch",
            "match</",
            "unobserved",
            "it answered 503",
            "told by probes",
            "2 probes, up in 50.00",
        ):
            assert text in shown, text
        assert "polyline" in shown

    def test_shows_nothing_as_a_match_that_was_not_seen_for_a_day(self, signed_in: Api) -> None:
        signed_in.put(_TARGET, {"base_url": None})
        for side in ("declared", "observed"):
            told = {"facts": {"version": "1.0.0"}}
            signed_in.post(f"/components/harbour/facts/{side}?environment=production", told)
        as_role(signed_in, Role.VIEWER)
        assert "match</" in page(signed_in, _TARGET)
        signed_in.clock.advance(timedelta(hours=25))
        sign_in(signed_in.client, signed_in.database.engine, "vera", signed_in.clock.now(), role=Role.VIEWER)
        shown = page(signed_in, _TARGET)
        assert "stale</" in shown and "match</" not in shown

    def test_says_on_its_page_why_it_cannot_be_probed(self, signed_in: Api, service: Service) -> None:
        signed_in.put(_TARGET, {"base_url": service.url})
        as_role(signed_in, Role.SUBMITTER)
        fields = forms_of(signed_in.client.get(_TARGET, headers=BROWSER))
        sent = next(one for action, one in fields if action.endswith("/probe"))
        work = signed_in.database.engine.begin()
        with work as connection:
            connection.exec_driver_sql("UPDATE targets SET base_url = NULL")
        answer = signed_in.client.post(f"{_TARGET}/probe", data=sent, headers=BROWSER)
        assert (answer.status_code, "cannot be probed" in answer.text) == (422, True)


class TestTheOverview:
    def test_shows_what_runs_beside_what_was_declared(self, signed_in: Api, service: Service) -> None:
        signed_in.put(_TARGET, {"base_url": service.url})
        facts = "/components/harbour/facts/declared?environment=production"
        signed_in.post(facts, {"facts": {"version": "1.0"}})
        as_role(signed_in, Role.RELEASE_MANAGER)
        assert "not probed yet, declared 1.0" in page(signed_in, "/")
        probe_on_page(signed_in)
        shown = words(page(signed_in, "/"))
        assert "not judged yet runs 1.0.0 probed 0 s ago" in shown
        service.says({"status": "pass", "version": "0.9.7"})
        signed_in.clock.advance(timedelta(minutes=1))
        probe_on_page(signed_in)
        assert "runs 0.9.7, declared 1.0" in words(page(signed_in, "/"))
        assert "production runs 0.9.7, declared 1.0" in words(page(signed_in, "/components/harbour"))

    def test_says_what_ran_where_nobody_has_asked_in_time(self, signed_in: Api, service: Service) -> None:
        signed_in.put(_TARGET, {"base_url": service.url})
        as_role(signed_in, Role.RELEASE_MANAGER)
        probe_on_page(signed_in)
        assert "not probed in time" not in page(signed_in, "/targets")
        signed_in.clock.advance(timedelta(minutes=30))
        assert "not probed in time, ran 1.0.0 probed 30 min ago" in words(page(signed_in, "/"))
        assert "not probed in time it was: pass" in words(page(signed_in, "/targets"))
        assert "It was pass for 1 probe" in words(page(signed_in, _TARGET))

    def test_says_nothing_of_what_runs_without_a_target(self, signed_in: Api) -> None:
        as_role(signed_in, Role.VIEWER)
        assert "running" not in page(signed_in, "/")
        assert "Where it runs" not in page(signed_in, "/components/harbour")
