"""The pages of incidents, maintenance, objectives and status, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.integration.console.test_gate_forms import read
from tests.integration.console.test_pages import PAYLOAD, parsed
from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in
from tests.support.incidents import incidents, probe, register
from tests.support.people import sign_in
from tests.support.stock import AIM
from tidegate.domain.access import Role
from tidegate.domain.errors import Unavailable
from tidegate.domain.principals import WORKER
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.incidents.status_pages import PublicStatusPages, StatusPage

_OBJECTIVES = "/components/harbour/targets/production/objectives"


@pytest.fixture
def manager(database: Database, tmp_path: Path) -> Api:
    """An API with an open incident, whose caller is a release manager's browser as well."""
    api = make_api(database, tmp_path / "api", STATUS_PAGES_PUBLIC="production")
    register(api, "harbour")
    register(api, "harbour", environment="staging")
    probe(api, "PPFFF")
    sign_in(api.client, api.database.engine, "mia", api.clock.now(), role=Role.RELEASE_MANAGER)
    return api


def shown(api: Api, path: str, **more: Any) -> str:
    answer = api.client.get(path, headers=BROWSER, **more)
    assert answer.status_code == 200, answer.text
    parsed(answer)
    return read(answer.text)


def opened(api: Api) -> str:
    identifier: str = incidents(api)[0]["id"]
    return identifier


class TestIncidentPages:
    def test_list_what_fails_and_count_it_in_the_navigation(self, manager: Api) -> None:
        page = shown(manager, "/incidents")
        assert "harbour/production: its health check fails" in page
        assert "it answered 503, not 200" in page
        assert "Incidents 1" in page
        assert "There is no such incident." in shown(manager, "/incidents?state=closed")

    def test_say_that_nothing_has_failed(self, manager: Api) -> None:
        probe(manager, "PP")
        assert "Incidents 1" not in shown(manager, "/incidents")

    def test_take_acknowledgements_and_titles_for_the_public(self, manager: Api) -> None:
        here = f"/incidents/{opened(manager)}"
        said = {"state": "acknowledged", "assignee": "mia", "note": PAYLOAD, "public_title": "Slow sign-in"}
        sent = fill_in(manager.client, here, **said)
        assert sent.status_code == 303, sent.text
        page = shown(manager, here)
        assert "acknowledged" in page
        assert "Slow sign-in" in page

    def test_say_what_is_missing_and_keep_what_was_typed(self, manager: Api) -> None:
        sent = fill_in(manager.client, f"/incidents/{opened(manager)}", state="closed", assignee="ada")
        assert sent.status_code == 422
        assert "say why it is over" in sent.text
        assert 'value="ada"' in sent.text

    def test_say_that_nobody_of_a_name_can_look_after_it(self, manager: Api) -> None:
        sent = fill_in(manager.client, f"/incidents/{opened(manager)}", state="acknowledged", assignee="adda")
        assert sent.status_code == 422
        assert "name a person who signs in here" in sent.text
        assert 'value="adda"' in sent.text

    def test_show_as_past_what_is_over(self, manager: Api) -> None:
        here = f"/incidents/{opened(manager)}"
        assert 'class="fault"' in manager.client.get(here, headers=BROWSER).text
        sent = fill_in(manager.client, here, state="closed", note="it was moved")
        assert sent.status_code == 303, sent.text
        assert "It was: it answered 503, not 200" in shown(manager, here)
        assert 'class="fault"' not in manager.client.get(here, headers=BROWSER).text

    def test_show_flapping_and_how_often(self, manager: Api) -> None:
        probe(manager, "PPFFF" * 4)
        page = shown(manager, f"/incidents/{opened(manager)}")
        assert "It flaps" in page
        assert "3 times" in page


class TestMaintenancePages:
    def test_plan_a_window_and_take_it_out(self, manager: Api) -> None:
        assert "No maintenance is planned." in shown(manager, "/maintenance")
        start = manager.clock.now().strftime("%Y-%m-%dT%H:%M")
        said = {"title": "New disks", "starts_at": start, "timezone": "UTC", "minutes": "60"}
        sent = fill_in(manager.client, "/maintenance", component="harbour", **said)
        assert sent.status_code == 303, sent.text
        assert "New disks" in (page := shown(manager, "/maintenance"))
        assert "now" in page
        window = manager.get("/maintenance-windows").get_json()["items"][0]["id"]
        assert fill_in(manager.client, "/maintenance", to=f"/maintenance/{window}/removal").status_code == 303
        assert "No maintenance is planned." in shown(manager, "/maintenance")

    def test_say_what_cannot_be(self, manager: Api) -> None:
        said = {"title": "x", "starts_at": "2026-12-06T02:00", "timezone": "Mars", "minutes": "60"}
        sent = fill_in(manager.client, "/maintenance", **said)
        assert sent.status_code == 422
        assert "such as Europe/Berlin" in sent.text
        sent = fill_in(manager.client, "/maintenance", **{**said, "timezone": "UTC", "minutes": "0"})
        assert "from 1 to 10,080" in sent.text


class TestObjectivePages:
    def test_declare_an_objective_and_take_it_out(self, manager: Api) -> None:
        assert "Nothing is aimed at" in shown(manager, _OBJECTIVES)
        said = {"name": "up", "kind": "availability", "target": "99.9", "days": "30"}
        assert fill_in(manager.client, _OBJECTIVES, **said).status_code == 303
        page = shown(manager, _OBJECTIVES)
        assert "99.9 % availability, 30 days" in page
        assert "3 of 5 probes were not" in page
        assert fill_in(manager.client, _OBJECTIVES, to=f"{_OBJECTIVES}/up/removal").status_code == 303
        assert "Nothing is aimed at" in shown(manager, _OBJECTIVES)

    def test_say_what_cannot_be(self, manager: Api) -> None:
        said = {"name": "Up!", "kind": "availability", "target": "99.9", "days": "30"}
        assert fill_in(manager.client, _OBJECTIVES, **said).status_code == 422
        sent = fill_in(manager.client, _OBJECTIVES, **{**said, "name": "up", "days": "400"})
        assert sent.status_code == 422

    def test_show_what_is_not_measured(self, manager: Api) -> None:
        manager.put("/components/harbour/targets/staging/objectives/up", AIM)
        assert "unmeasured" in shown(manager, "/components/harbour/targets/staging/objectives")


class TestStatusPages:
    @pytest.fixture
    def stranger(self, manager: Api) -> FlaskClient:
        """A browser that nobody signed in with."""
        client: FlaskClient = manager.client.application.test_client()
        return client

    def test_show_anybody_no_more_than_they_are_to_know(self, stranger: FlaskClient) -> None:
        answer = stranger.get("/status-pages/production", headers=BROWSER)
        assert answer.status_code == 200
        page = read(answer.text)
        assert "Harbour down" in page
        assert "Harbour : it is being looked into" in page
        assert "40.000 % of probes" in page
        for secret in ("example.org", "503", "health check", "/components/", "<script"):
            assert secret not in answer.text

    def test_are_kept_by_who_asks(self, stranger: FlaskClient) -> None:
        answer = stranger.get("/status-pages/production", headers=BROWSER)
        assert answer.headers["Cache-Control"] == "public, max-age=30"
        known = {**BROWSER, "If-None-Match": answer.headers["ETag"]}
        assert stranger.get("/status-pages/production", headers=known).status_code == 304

    @pytest.mark.parametrize("name", ["staging", "nowhere"])
    def test_that_are_not_public_lead_strangers_to_the_sign_in(
        self, stranger: FlaskClient, name: str
    ) -> None:
        led = stranger.get(f"/status-pages/{name}", headers=BROWSER)
        assert (led.status_code, led.headers["Location"]) == (302, f"/environments/{name}/status")
        answer = stranger.get(f"/environments/{name}/status", headers=BROWSER)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in")

    def test_that_are_not_public_are_for_those_who_signed_in(self, manager: Api) -> None:
        page = shown(manager, "/environments/staging/status")
        assert "Harbour not known" in page
        assert "Not measured yet" in page
        assert manager.client.get("/environments/nowhere/status", headers=BROWSER).status_code == 404

    def test_are_kept_for_half_a_minute(self, manager: Api) -> None:
        assert "Harbour down" in shown(manager, "/status-pages/production")
        manager.patch(
            f"/incidents/{opened(manager)}", {"public_title": "Slow sign-in"}, headers={"If-Match": "*"}
        )
        assert "Slow sign-in" not in shown(manager, "/status-pages/production")
        manager.clock.advance(timedelta(seconds=31))
        assert "Slow sign-in" in shown(manager, "/status-pages/production")

    def test_call_nothing_well_while_the_database_is_away(self, manager: Api, stranger: FlaskClient) -> None:
        probe(manager, "PP")
        assert "production operational" in read(
            stranger.get("/status-pages/production", headers=BROWSER).text
        )
        kept = manager.client.application.extensions[EXTENSION].work(WORKER).use(PublicStatusPages)
        make, asked = kept._make, []

        def away(environment: str) -> StatusPage:
            asked.append(environment)
            raise Unavailable("It is away.")

        kept._make = away
        manager.clock.advance(timedelta(minutes=12))
        for _ in range(2):
            answer = stranger.get("/status-pages/production", headers=BROWSER)
            parsed(answer)
            page = read(answer.text)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert answer.headers["Cache-Control"] == "no-store"
            assert "production not known How production is cannot be told now" in page
            assert "may have changed since: operational." in page
            assert "state pass" not in answer.text and 'class="uptime"' not in answer.text
        assert asked == ["production"], "those who look wait for it once, not one after the other"
        kept._make = make
        manager.clock.advance(timedelta(seconds=5))
        again = stranger.get("/status-pages/production", headers=BROWSER)
        assert (again.status_code, "cannot be told now" in again.text) == (200, False)

    def test_say_that_nothing_is_known_where_nothing_ever_was(
        self, manager: Api, stranger: FlaskClient
    ) -> None:
        kept = manager.client.application.extensions[EXTENSION].work(WORKER).use(PublicStatusPages)

        def away(environment: str) -> StatusPage:
            raise Unavailable(f"{environment} is away.")

        kept._make = away
        answer = stranger.get("/status-pages/production", headers=BROWSER)
        assert (answer.status_code, "What was known last" in answer.text) == (503, False)

    def test_call_what_was_not_asked_in_time_not_known(self, manager: Api) -> None:
        manager.clock.advance(timedelta(hours=1))
        assert "Harbour not known" in shown(manager, "/status-pages/production")

    def test_show_maintenance_that_is_now_or_comes(self, manager: Api) -> None:
        start = manager.clock.now()
        for ahead, title in ((0, "New disks"), (3, "New roof"), (30, "Far away")):
            plan = {
                "title": title,
                "component": "harbour" if ahead else None,
                "starts_at": (start + timedelta(days=ahead)).strftime("%Y-%m-%dT%H:%M"),
                "minutes": 60,
            }
            assert manager.post("/maintenance-windows", plan).status_code == 201
        page = shown(manager, "/status-pages/production")
        assert "Harbour under maintenance" in page
        assert "Everything : New disks" in page
        assert "Harbour : New roof" in page
        assert "Far away" not in page
