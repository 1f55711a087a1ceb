"""Who has signed in and has no role, or one for a part alone, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role
from tidegate.kernel.db.engine import Database


@pytest.fixture
def site(api: Api) -> Api:
    """An API whose client is a browser in which nobody has signed in."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    return api


def enter(api: Api, name: str, *bindings: Binding) -> None:
    """Sign somebody in who has these roles."""
    sign_in(api.client, api.database.engine, name, api.clock.now(), *bindings)


def page(api: Api, path: str = "/no-role", *, status: int = 200) -> str:
    """Return the text of a page."""
    shown = api.client.get(path, headers=BROWSER)
    assert shown.status_code == status
    return shown.text


class TestWithoutARole:
    @pytest.mark.parametrize("path", ["/", "/gates", "/components/harbour", "/people", "/audit"])
    def test_every_page_leads_to_the_one_that_says_so(self, site: Api, path: str) -> None:
        enter(site, "eve")
        led = site.client.get(path, headers=BROWSER)
        assert (led.status_code, led.headers["Location"]) == (302, "/no-role")

    def test_it_says_who_one_is_whom_to_ask_and_how_to_sign_out(self, site: Api) -> None:
        enter(site, "eve")
        shown = page(site)
        assert "You have no role yet" in shown and "<b>eve</b>" in shown
        assert "whoever looks after Tidegate" in shown
        assert 'href="/account"' in shown and "Sign out" in shown

    def test_it_names_nobody_unless_a_setting_says_so(self, site: Api) -> None:
        enter(site, "ada", Binding(Role.ADMINISTRATOR))
        enter(site, "eve")
        assert "ada" not in page(site)

    def test_it_names_administrators_who_are_let_in_and_have_the_role_for_everything(
        self, database: Database, tmp_path: Path
    ) -> None:
        api = make_api(database, tmp_path / "api", SHOW_ADMINISTRATORS="true")
        created = {"name": "grace", "display_name": "Grace of the pier"}
        assert api.post("/users", created).status_code == 201
        assert api.put("/groups/crew/members/grace", None).status_code == 204
        assert api.post("/roles", {"group": "crew", "role": "administrator"}).status_code == 201
        for name in ("frank", "heidi"):
            assert api.post("/users", {"name": name}).status_code == 201
        part = {"user": "heidi", "role": "administrator", "component": "harbour"}
        assert api.post("/roles", part).status_code == 201
        assert api.post("/roles", {"user": "frank", "role": "administrator"}).status_code == 201
        assert api.client.patch("/api/v1/users/frank", json={"disabled": True}).status_code == 200
        del api.client.environ_base["HTTP_AUTHORIZATION"]
        enter(api, "eve")
        shown = page(api)
        assert "Grace of the pier" in shown and "<small>grace</small>" in shown
        assert "frank" not in shown and "heidi" not in shown

    def test_the_account_can_be_looked_after_and_makes_no_token(self, site: Api) -> None:
        enter(site, "eve")
        shown = page(site, "/account")
        assert "/account/password" in shown and "End all sessions" in shown and 'href="/no-role"' in shown
        assert "Make a token" not in shown
        assert fill_in(site.client, "/account", "/account/sessions/end").status_code == 303
        assert site.client.get("/account", headers=BROWSER).headers["Location"].startswith("/sign-in")

    def test_a_form_is_refused_with_a_page_by_which_one_can_sign_out(self, site: Api) -> None:
        enter(site, "eve")
        token = next(fields for _, fields in forms_of(site.client.get("/account", headers=BROWSER)))
        refused = site.client.post("/register/component", data=token, headers=BROWSER)
        assert refused.status_code == 403
        assert "/sign-out" in {to for to, _ in forms_of(refused)}

    def test_whoever_has_got_a_role_is_led_on(self, site: Api) -> None:
        enter(site, "eve", Binding(Role.VIEWER, component="harbour"))
        led = site.client.get("/no-role", headers=BROWSER)
        assert (led.status_code, led.headers["Location"]) == (302, "/")


class TestWithARoleForAPart:
    def test_sees_that_part_alone(self, api: Api) -> None:
        api.set_up()
        assert api.put("/components/crane", {"title": "Crane", "owner": "quay"}).status_code in (200, 201)
        del api.client.environ_base["HTTP_AUTHORIZATION"]
        enter(api, "eve", Binding(Role.VIEWER, component="crane"))
        overview = page(api, "/")
        assert "/components/crane" in overview and "/components/harbour" not in overview
        assert "Register a component" not in overview and "People" not in overview
        hidden, missing = page(api, "/components/harbour", status=404), page(
            api, "/components/no", status=404
        )
        assert "There is no component" in hidden and "There is no component" in missing
        for text in (hidden, missing, page(api, "/gate", status=404)):
            assert 'action="/search"' in text and 'href="/verdicts"' in text and "Sign out" in text
            assert "component.read" not in text and "person:eve" not in text
        assert "harbour" not in page(api, "/search?q=h")
        assert "harbour" not in page(api, "/verdicts")
