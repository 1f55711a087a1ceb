"""Feature flags over HTTP and on pages, on both databases: what they switch, and what is kept of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Role
from tidegate.domain.errors import Unavailable
from tidegate.domain.health_words import facts_in
from tidegate.domain.principals import SERVER
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.flags.service import FlagService

OFF = {"enabled": False, "reason": "It leaks."}
FEED = "/verdicts.atom"


@pytest.fixture
def api(api: Api) -> Api:
    """An API with an environment, in whose pages an administrator is signed in."""
    api.set_up()
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.ADMINISTRATOR)
    return api


def events(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/audit/events?subject=flag:verdict-feeds").get_json()["items"]
    return found


def flag(api: Api, name: str = "verdict-feeds") -> dict[str, Any]:
    (found,) = [one for one in api.get("/flags").get_json()["items"] if one["name"] == name]
    return dict(found)


class TestFlags:
    @pytest.mark.requirement("S1-2")
    def test_switch_an_operation_off_and_say_how_to_switch_it_on(self, api: Api) -> None:
        assert api.get(FEED).status_code == 200
        assert api.put("/flags/verdict-feeds", OFF).status_code == 200
        answer = api.get(FEED)
        assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/switched-off")
        assert "tidegate flag set verdict-feeds on --reason WHY" in answer.get_json()["detail"]
        assert api.delete("/flags/verdict-feeds").get_json()["decided_by"] == "default"
        assert api.get(FEED).status_code == 200

    def test_are_kept_with_who_said_so_and_why(self, api: Api) -> None:
        api.put("/flags/verdict-feeds", OFF)
        (said,) = flag(api)["settings"]
        assert said == {
            **OFF,
            "environment": None,
            "set_by": "token:tests",
            "set_at": "2026-11-21T02:30:00.000Z",
        }

    def test_are_audited_once(self, api: Api) -> None:
        for _ in range(2):
            api.put("/flags/verdict-feeds", OFF)
        for _ in range(2):
            api.delete("/flags/verdict-feeds")
        assert [one["action"] for one in events(api)] == ["flag.unset", "flag.set"]
        details = events(api)[1]["details"]
        assert details.items() >= {**OFF, "before": None, "environment": None}.items()

    @pytest.mark.requirement("S1-10")
    def test_may_differ_by_environment(self, api: Api) -> None:
        api.put("/flags/verdict-feeds", OFF)
        made = api.put("/flags/verdict-feeds", {**OFF, "enabled": True, "environment": "production"})
        assert [(one["environment"], one["enabled"]) for one in made.get_json()["settings"]] == [
            (None, False),
            ("production", True),
        ]
        left = api.delete("/flags/verdict-feeds?environment=production").get_json()
        assert [one["environment"] for one in left["settings"]] == [None]

    @pytest.mark.parametrize(
        ("path", "body", "status", "says"),
        [
            ("/flags/verdict-feed", OFF, 404, "Did you mean 'verdict-feeds'?"),
            ("/flags/try-it", {**OFF, "environment": "nowhere"}, 404, "no environment named 'nowhere'"),
            ("/flags/try-it", {"enabled": False, "reason": " "}, 422, "reason"),
            ("/flags/try-it", {"enabled": "perhaps", "reason": "R."}, 422, "enabled"),
        ],
    )
    def test_that_are_not_there_are_refused(
        self, api: Api, path: str, body: dict[str, Any], status: int, says: str
    ) -> None:
        answer = api.put(path, body)
        assert (answer.status_code, says in answer.text) == (status, True), answer.text

    def test_are_told_by_status(self, api: Api) -> None:
        api.put("/flags/try-it", OFF)
        told = api.client.get("/status").get_json()
        assert told["flags"] == {"try-it": False, "verdict-feeds": True, "written-explanations": True}
        assert "flags" in told["modules"]

    @pytest.mark.requirement("S1-10")
    def test_and_modules_of_a_tidegate_are_facts_to_the_one_that_probes_it(self, api: Api) -> None:
        told = api.client.get("/status").get_json()
        facts = facts_in(told, (("flags.try-it", ("flags", "try-it")),))
        assert facts["modules.flags"] is facts["modules.parity"] is facts["flags.try-it"] is True

    def test_are_remembered_while_the_table_is_away_and_health_says_so(self, api: Api) -> None:
        api.put("/flags/try-it", OFF)
        assert api.client.get("/status").get_json()["status"] == "operational"
        source = self.source(api)
        source._read, source._due = _away, 0.0
        health = api.client.get("/health").get_json(force=True)
        (check,) = health["checks"]["flags"]
        assert (health["status"], check["status"]) == ("warn", "warn")
        assert "cannot be read (Unavailable): flags keep what was read" in check["output"]
        assert api.client.get("/status").get_json()["status"] == "degraded"
        assert not api.client.get("/status").get_json()["flags"]["try-it"]

    def test_have_their_defaults_while_the_table_was_never_read(self, api: Api) -> None:
        source = self.source(api)
        source._read, source._due, source._read_at = _away, 0.0, None
        (check,) = api.client.get("/health").get_json(force=True)["checks"]["flags"]
        assert "every flag has its default" in check["output"]

    def test_switched_by_another_process_hold_here_within_their_age(
        self, database: Database, tmp_path: Path
    ) -> None:
        here, there = (make_api(database, tmp_path / "api", FEATURE_FLAGS_MAX_AGE="0") for _ in range(2))
        assert here.get(FEED).status_code == 200
        there.put("/flags/verdict-feeds", OFF)
        assert here.get(FEED).status_code == 404

    def test_that_are_declared_no_more_are_kept_and_not_shown(self, api: Api) -> None:
        with api.database.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO flag_settings "
                    "VALUES ('gone', '', true, 'R.', 'person:eve', '2026-01-31 00:00:00')"
                )
            )
        assert [one["name"] for one in api.get("/flags").get_json()["items"]] == [
            "try-it",
            "verdict-feeds",
            "written-explanations",
        ]

    def source(self, api: Api) -> Any:
        work = api.client.application.extensions[EXTENSION].work(SERVER)
        try:
            return work.use(FlagService)._flags.source
        finally:
            work.close()


def _away() -> Any:
    raise Unavailable("It is away.")


class TestVariables:
    @pytest.fixture
    def by_variables(self, database: Database, tmp_path: Path) -> Api:
        said = {"FEATURE_FLAGS_SOURCE": "env", "FEATURE_FLAG_VERDICT_FEEDS": "off,staging=on"}
        return make_api(database, tmp_path / "api", **said)

    def test_decide_where_they_are_the_source(self, by_variables: Api) -> None:
        detail = by_variables.get(FEED).get_json()["detail"]
        assert "set FEATURE_FLAG_VERDICT_FEEDS=on and start again" in detail
        assert [one["enabled"] for one in flag(by_variables)["settings"]] == [False, True]

    def test_are_not_overruled(self, by_variables: Api) -> None:
        answer = by_variables.put("/flags/try-it", {**OFF, "environment": "staging"})
        assert answer.status_code == 409
        assert "set FEATURE_FLAG_TRY_IT=staging=on or off" in answer.get_json()["detail"]
        assert by_variables.delete("/flags/try-it").status_code == 409

    def test_are_named_by_health(self, by_variables: Api) -> None:
        (check,) = by_variables.client.get("/health").get_json(force=True)["checks"]["flags"]
        assert check["output"] == "2 settings of flags were read from variables at the start."


class TestPages:
    def test_switch_a_page_off_and_take_it_out_of_the_navigation(self, api: Api) -> None:
        said = {"flag": "try-it", "environment": "", "enabled": "off", "reason": "Nobody needs it."}
        assert fill_in(api.client, "/flags", **said).status_code == 303
        assert 'href="/docs/try"' not in api.client.get("/docs").text
        refused = api.client.get("/docs/try", headers=BROWSER)
        assert refused.status_code == 404
        assert "tidegate flag set try-it on" in refused.text
        shown = api.client.get("/flags", headers=BROWSER).text
        assert "Nobody needs it." in shown and "person:ada" in shown

    def test_take_a_setting_back(self, api: Api) -> None:
        api.put("/flags/try-it", OFF)
        assert "Take back" in api.client.get("/flags", headers=BROWSER).text
        fill_in(api.client, "/flags", "/flags/try-it/unset")
        assert flag(api, "try-it")["settings"] == []

    def test_say_what_is_wrong_with_a_form(self, api: Api) -> None:
        said = {"flag": "try-it", "environment": "", "enabled": "off", "reason": ""}
        answer = fill_in(api.client, "/flags", **said)
        assert answer.status_code == 422 and "Why is needed" in answer.text

    def test_refuse_to_take_back_what_is_no_flag(self, api: Api) -> None:
        api.put("/flags/try-it", OFF)
        shown = dict(forms_of(api.client.get("/flags", headers=BROWSER)))
        sent = shown["/flags/try-it/unset"]
        answer = api.client.post("/flags/tri-it/unset", data=sent, headers=BROWSER)
        assert "Did you mean" in answer.text

    def test_hide_the_feed_that_is_off(self, api: Api) -> None:
        assert "verdicts.atom" in api.client.get("/verdicts", headers=BROWSER).text
        api.put("/flags/verdict-feeds", OFF)
        assert "verdicts.atom" not in api.client.get("/verdicts", headers=BROWSER).text
        assert api.client.get("/verdicts.atom", headers=BROWSER).status_code == 404

    def test_offer_nothing_to_who_may_not_switch(self, api: Api) -> None:
        other = api.client.application.test_client()
        viewer = dataclasses.replace(api, client=other)
        sign_in(viewer.client, api.database.engine, "eve", api.clock.now(), role=Role.VIEWER)
        shown = viewer.client.get("/flags", headers=BROWSER).text
        assert "verdict-feeds" in shown and "Switch one" not in shown
