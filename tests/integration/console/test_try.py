""" "Try it" on both databases: who may open it, what its page may do, and what its token is worth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.api import Api
from tests.support.forms import BROWSER, fill_in
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role

PATH = "/docs/try"


@pytest.fixture
def ada(api: Api) -> Api:
    """An API whose client is ada's browser: a viewer of staging."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    held = Binding(Role.VIEWER, environment="staging")
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), held)
    return api


def token_in(text: str) -> str:
    """Return the token that the page gives to Swagger UI."""
    return text.partition('data-token="')[2].partition('"')[0]


class TestTry:
    def test_runs_our_scripts_and_calls_this_server_alone(self, ada: Api) -> None:
        shown = ada.client.get(PATH, headers=BROWSER)

        assert shown.status_code == 200 and token_in(shown.text) == ""
        policy = dict(
            one.strip().split(" ", 1) for one in shown.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'"
        assert {policy[one] for one in ("script-src", "style-src", "connect-src")} == {"'self'"}
        other = ada.client.get("/account", headers=BROWSER).headers["Content-Security-Policy"]
        assert "connect-src" not in other and "script-src" not in other

    def test_serves_swagger_ui_to_be_kept_for_ever(self, ada: Api) -> None:
        text = ada.client.get(PATH, headers=BROWSER).text
        for name in ("swagger-ui-bundle", "swagger-ui", "try"):
            address = f"/static/{name}." + text.partition(f"/static/{name}.")[2].partition('"')[0]
            answer = ada.client.get(address)
            assert answer.status_code == 200, name
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    def test_makes_a_token_for_a_quarter_of_an_hour_with_ones_own_rights(self, ada: Api) -> None:
        made = fill_in(ada.client, PATH)
        token = token_in(made.text)
        bearer = {"Authorization": f"Bearer {token}"}

        assert made.status_code == 200 and made.text.count(token) == 2
        assert "no-store" in made.headers["Cache-Control"]
        assert token not in str(made.headers)
        me = ada.client.get("/api/v1/me", headers=bearer).get_json()
        assert me["name"] == "ada"
        assert [one["role"] for one in me["roles"]] == ["viewer"]
        assert ada.client.get("/api/v1/users", headers=bearer).status_code == 403
        assert token not in ada.client.get(PATH, headers=BROWSER).text

        ada.clock.advance(timedelta(minutes=14))
        assert ada.client.get("/api/v1/me", headers=bearer).status_code == 200
        ada.clock.advance(timedelta(minutes=1))
        assert ada.client.get("/api/v1/me", headers=bearer).status_code == 401

    def test_asks_who_signed_in_long_ago_for_the_password(self, ada: Api) -> None:
        ada.clock.advance(timedelta(minutes=25))
        asked = fill_in(ada.client, PATH)

        assert asked.status_code == 401 and "tdg_" not in asked.text
        assert "Sign out and in again" in asked.text
