"""People, groups, tokens and one's own account by form, on both databases."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.support.api import Api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import COOKIE, sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import SERVER
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.identity.job_tokens import JobTokenService
from tidegate.modules.identity.service import UserService

PASSWORD = "seven moored boats at dawn"
OTHER = "nine lanterns on the breakwater"


@pytest.fixture
def admin(api: Api) -> Api:
    """An API whose client is ada's browser, an administrator who has just signed in with a password."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        work.use(UserService).create("ada", password=PASSWORD, binding=Binding(Role.ADMINISTRATOR))
        work.use(UserService).create("bob")
    finally:
        work.close()
    fill_in(api.client, "/sign-in", name="ada", password=PASSWORD)
    return api


def get(api: Api, path: str) -> TestResponse:
    """Open a page."""
    return api.client.get(path, headers=BROWSER)


def press(api: Api, path: str, ending: str) -> TestResponse:
    """Open a page and press the one button whose form goes to an address that ends so."""
    found = next((to, fields) for to, fields in forms_of(get(api, path)) if to.endswith(ending))
    return api.client.post(found[0], data=found[1], headers=BROWSER)


def secret(api: Api) -> str:
    """Return what the session's cookie holds."""
    cookie = api.client.get_cookie(COOKIE)
    return cookie.value if cookie else ""


def shown_token(answer: TestResponse) -> str:
    """Return the token that a page shows."""
    found = re.search(r"tdg_[0-9A-Za-z]{61}", answer.text)
    assert found is not None, answer.text
    return found[0]


class TestPeople:
    def test_are_created_given_roles_and_disabled(self, admin: Api) -> None:
        made = fill_in(admin.client, "/people", name="eve", display_name="Eve E.")
        assert made.headers["Location"] == "/people/eve"
        given = fill_in(
            admin.client, "/people/eve", "/people/eve/roles", role="release-manager", owner="port"
        )
        assert given.status_code == 303
        assert "release-manager of all components of port" in get(admin, "/people/eve").text
        assert press(admin, "/people/eve", "/withdraw").status_code == 303
        assert "release-manager of all components" not in get(admin, "/people/eve").text
        assert press(admin, "/people/eve", "/disable").status_code == 303
        assert "disabled" in get(admin, "/people").text
        assert press(admin, "/people/eve", "/enable").status_code == 303

    @pytest.mark.parametrize(
        ("values", "message"),
        [({"name": "bob"}, "a user named &#39;bob&#39; already"), ({"name": "b b"}, "is no name for a user")],
    )
    def test_keep_what_was_typed_where_it_is_refused(
        self, admin: Api, values: dict[str, str], message: str
    ) -> None:
        refused = fill_in(admin.client, "/people", display_name="Some Body", **values)
        assert refused.status_code in (409, 422)
        assert message in refused.text and 'value="Some Body"' in refused.text

    def test_say_of_a_role_that_its_component_is_not_registered(self, admin: Api) -> None:
        fill_in(admin.client, "/register/component", component="harbour", title="Harbour", owner="port")
        fill_in(admin.client, "/groups", group="crew", user="bob")
        for path in ("/people/bob", "/groups/crew"):
            for component in ("harbour", "harbuor"):
                fill_in(admin.client, path, f"{path}/roles", role="viewer", component=component)
            text = get(admin, path).text
            assert "No component named &#39;harbuor&#39; is registered yet" in text
            assert "Did you mean harbour?" in text and "named &#39;harbour&#39;" not in text
        assert "is registered yet" not in get(admin, "/people/ada").text

    def test_refuse_limits_that_exclude_each_other(self, admin: Api) -> None:
        refused = fill_in(
            admin.client, "/people/bob", "/people/bob/roles", role="viewer", component="a", owner="b"
        )
        assert refused.status_code == 422 and "not to both" in refused.text

    def test_keep_their_last_administrator(self, admin: Api) -> None:
        for ending in ("/withdraw", "/disable"):
            refused = press(admin, "/people/ada", ending)
            assert refused.status_code == 409
            assert "tidegate user create NAME --admin" in refused.text
        assert get(admin, "/people").status_code == 200

    def test_choose_passwords_with_a_code_that_is_shown_once(self, admin: Api) -> None:
        shown = press(admin, "/people/bob", "/password-code")
        code = re.search(r"<code>([0-9A-Z-]{19})</code>", shown.text)
        assert code is not None and code[1] not in get(admin, "/people/bob").text
        browser = admin.client.application.test_client()
        other = fill_in(browser, "/choose-password", code=code[1], name="ada", password=OTHER)
        assert other.status_code == 422 and "opens nothing" in other.text
        chosen = fill_in(browser, "/choose-password", code=code[1].lower(), name="bob", password=OTHER)
        assert chosen.status_code == 303
        again = fill_in(browser, "/choose-password", code=code[1], name="bob", password=PASSWORD)
        assert again.status_code == 422 and "opens nothing" in again.text
        assert fill_in(browser, "/sign-in", name="bob", password=OTHER).status_code == 303

    def test_choose_no_password_once_they_are_disabled(self, admin: Api) -> None:
        code = re.search(r"<code>([0-9A-Z-]{19})</code>", press(admin, "/people/bob", "/password-code").text)
        assert code is not None
        press(admin, "/people/bob", "/disable")
        browser = admin.client.application.test_client()
        refused = fill_in(browser, "/choose-password", code=code[1], name="bob", password=OTHER)
        assert refused.status_code == 422
        disabled = press(admin, "/people/bob", "/enable")
        assert disabled.status_code == 303

    def test_have_sessions_that_can_be_ended(self, admin: Api) -> None:
        for ending in ("/end", "/sessions/end"):
            his = admin.client.application.test_client()
            sign_in(his, admin.database.engine, f"p{len(ending)}", admin.clock.now(), role=Role.VIEWER)
            path = f"/people/p{len(ending)}"
            assert his.get("/", headers=BROWSER).status_code == 200
            assert press(admin, path, ending).status_code == 303
            assert his.get("/", headers=BROWSER).status_code == 302

    def test_have_pages_that_say_so_where_there_is_nobody(self, admin: Api) -> None:
        assert get(admin, "/people/nobody").status_code == 404
        assert get(admin, "/groups/none").status_code == 404


class TestGroups:
    def test_are_made_filled_given_roles_and_emptied(self, admin: Api) -> None:
        made = fill_in(admin.client, "/groups", group="port", user="bob")
        assert made.headers["Location"] == "/groups/port"
        members, roles = "/groups/port/members", "/groups/port/roles"
        assert fill_in(admin.client, "/groups/port", members, user="ada").status_code == 303
        assert fill_in(admin.client, "/groups/port", roles, role="viewer").status_code == 303
        page = get(admin, "/groups/port").text
        assert "viewer everywhere" in page and "/people/bob" in page
        assert press(admin, "/groups/port", "/ada/remove").status_code == 303
        assert press(admin, "/groups/port", "/withdraw").status_code == 303
        gone = press(admin, "/groups/port", "/bob/remove")
        assert gone.headers["Location"] == "/groups"

    def test_say_who_is_not_there(self, admin: Api) -> None:
        refused = fill_in(admin.client, "/groups", group="port", user="nobody")
        assert refused.status_code == 422 and "no user named" in refused.text
        fill_in(admin.client, "/groups", group="port", user="bob")
        for to, values in (("members", {"user": "nobody"}), ("roles", {"component": "a", "owner": "b"})):
            refused = fill_in(admin.client, "/groups/port", f"/groups/port/{to}", **values)
            assert refused.status_code == 422

    def test_keep_the_last_administrator(self, admin: Api) -> None:
        fill_in(admin.client, "/groups", group="admins", user="ada")
        fill_in(admin.client, "/groups/admins", "/groups/admins/roles", role="administrator")
        assert press(admin, "/people/ada", "/withdraw").status_code == 303
        refused = press(admin, "/groups/admins", "/ada/remove")
        assert refused.status_code == 409 and "nobody who may manage access" in refused.text


class TestTokens:
    def test_are_made_shown_once_rotated_and_revoked(self, admin: Api) -> None:
        made = fill_in(admin.client, "/tokens", name="ci", role="submitter", component="harbour", days="7")
        token = shown_token(made)
        assert made.headers["Cache-Control"] == "private, no-store"
        listed = get(admin, "/tokens").text
        assert token not in listed and "submitter of harbour" in listed
        rotated = press(admin, "/tokens", "/rotate")
        assert shown_token(rotated) != token
        assert press(admin, "/tokens", "/revoke").status_code == 303
        assert "revoked" in get(admin, "/tokens").text

    def test_say_what_is_wrong(self, admin: Api) -> None:
        for values in ({"days": "0"}, {"days": "9999"}, {"name": "a b"}):
            refused = fill_in(admin.client, "/tokens", **{"name": "ci", "role": "viewer", **values})
            assert refused.status_code == 422, values
        fill_in(admin.client, "/tokens", name="ci", role="viewer")
        assert fill_in(admin.client, "/tokens", name="ci", role="viewer").status_code == 409
        rotate = next(to for to, _ in forms_of(get(admin, "/tokens")) if to.endswith("/rotate"))
        press(admin, "/tokens", "/revoke")
        fields = next(found for _, found in forms_of(get(admin, "/tokens")) if "csrf_token" in found)
        gone = admin.client.post(rotate, data=fields, headers=BROWSER)
        assert gone.status_code == 409 and "create a new one" in gone.text

    def test_of_a_job_is_not_rotated(self, admin: Api) -> None:
        work = admin.client.application.extensions[EXTENSION].work(SERVER)
        until = admin.clock.now() + timedelta(minutes=15)
        try:
            issued = work.use(JobTokenService).issue("mole-ci", Binding(Role.SUBMITTER), expires_at=until)
        finally:
            work.close()
        fields = next(found for _, found in forms_of(get(admin, "/tokens")) if "csrf_token" in found)
        refused = admin.client.post(f"/tokens/{issued.token.id}/rotate", data=fields, headers=BROWSER)
        assert refused.status_code == 409
        assert "of a job of the trusted publisher" in refused.text and "mole-ci" in refused.text


class TestAccount:
    def test_makes_a_token_with_one_click(self, admin: Api) -> None:
        made = fill_in(admin.client, "/account", "/account/tokens")
        found = {"Authorization": f"Bearer {shown_token(made)}"}
        assert admin.get("/me", headers=found).get_json()["permissions"] == [
            "declarations.read",
            "component.read",
        ]
        assert press(admin, "/account", "/revoke").status_code == 303
        assert admin.get("/me", headers=found).status_code == 401

    def test_offers_no_role_that_one_has_not(self, api: Api) -> None:
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), role=Role.SUBMITTER)
        assert 'value="release-manager"' not in get(api, "/account").text
        refused = fill_in(api.client, "/account", "/account/tokens", role="administrator")
        assert refused.status_code == 422

    def test_changes_the_password_and_ends_the_other_sessions(self, admin: Api) -> None:
        other = admin.client.application.test_client()
        fill_in(other, "/sign-in", name="ada", password=PASSWORD)
        before = secret(admin)
        weak = fill_in(admin.client, "/account/password", password="password1234")
        assert weak.status_code == 422 and "not accepted" in weak.text
        assert fill_in(admin.client, "/account/password", password=OTHER).status_code == 303
        assert secret(admin) != before
        assert get(admin, "/account").status_code == 200
        assert other.get("/", headers=BROWSER).status_code == 302
        admin.client.set_cookie(COOKIE, before)
        assert get(admin, "/account").status_code == 302


class TestNavigation:
    def test_shows_what_one_may_open(self, admin: Api) -> None:
        assert 'href="/people"' in get(admin, "/").text
        sign_in(admin.client, admin.database.engine, "eve", admin.clock.now(), role=Role.RELEASE_MANAGER)
        assert 'href="/people"' not in get(admin, "/").text


class TestProof:
    def test_is_asked_for_after_a_while_and_loses_nothing(self, admin: Api) -> None:
        admin.clock.advance(timedelta(minutes=11))
        asked = fill_in(admin.client, "/people", name="eve", display_name='Eve "E" <b>')
        assert asked.status_code == 401
        ((to, fields),) = [found for found in forms_of(asked) if "proof_of_person" in found[1]]
        assert to == "/people" and fields["display_name"] == 'Eve "E" <b>'
        wrong = admin.client.post("/people", data={**fields, "proof_of_person": "x"}, headers=BROWSER)
        assert wrong.status_code == 401 and "not right" in wrong.text
        before = secret(admin)
        done = admin.client.post("/people", data={**fields, "proof_of_person": PASSWORD}, headers=BROWSER)
        assert (done.status_code, urlsplit(done.headers["Location"]).path) == (303, "/people/eve")
        assert secret(admin) != before
        assert "Eve &#34;E&#34; &lt;b&gt;" in get(admin, "/people/eve").text
        assert fill_in(admin.client, "/people", name="fay").status_code == 303

    def test_is_asked_for_by_every_sensitive_act(self, admin: Api) -> None:
        admin.clock.advance(timedelta(minutes=11))
        for path, ending in (("/people/bob", "/disable"), ("/people/bob", "/password-code")):
            assert press(admin, path, ending).status_code == 401
        assert fill_in(admin.client, "/tokens", name="x", role="viewer").status_code == 401
        assert fill_in(admin.client, "/account", "/account/tokens").status_code == 401
        assert get(admin, "/account/password").status_code == 401

    def test_carries_no_password(self, admin: Api) -> None:
        _, fields = next(one for one in forms_of(get(admin, "/account/password")) if "password" in one[1])
        admin.clock.advance(timedelta(minutes=11))
        asked = admin.client.post("/account/password", data={**fields, "password": OTHER}, headers=BROWSER)
        assert asked.status_code == 401 and OTHER not in asked.text
        assert OTHER not in get(admin, "/audit").text
        proof = {**fields, "proof_of_person": PASSWORD}
        del proof["password"]
        form = admin.client.post("/account/password", data=proof, headers=BROWSER)
        assert form.status_code == 200 and 'name="password"' in form.text

    def test_is_delayed_as_signing_in_is(self, admin: Api) -> None:
        admin.clock.advance(timedelta(minutes=11))
        asked = fill_in(admin.client, "/people", name="eve")
        fields = next(found for _, found in forms_of(asked) if "proof_of_person" in found)
        for _ in range(5):
            last = admin.client.post("/people", data={**fields, "proof_of_person": "x"}, headers=BROWSER)
        assert last.status_code == 429 and int(last.headers["Retry-After"]) >= 1

    def test_needs_a_password(self, api: Api) -> None:
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), role=Role.ADMINISTRATOR)
        api.clock.advance(timedelta(minutes=11))
        asked = fill_in(api.client, "/people", name="fay")
        assert asked.status_code == 401 and "Sign out and in again" in asked.text

    def test_ends_nobodys_way_where_an_act_fails(self, admin: Api) -> None:
        admin.clock.advance(timedelta(minutes=11))
        asked = press(admin, "/people/ada", "/disable")
        fields = next(found for _, found in forms_of(asked) if "proof_of_person" in found)
        refused = admin.client.post(
            "/people/ada/disable", data={**fields, "proof_of_person": PASSWORD}, headers=BROWSER
        )
        assert refused.status_code == 409
        assert get(admin, "/people").status_code == 200


class TestOneself:
    def test_goes_on_under_another_secret_after_a_change_of_ones_own_rights(self, admin: Api) -> None:
        before = secret(admin)
        given = fill_in(admin.client, "/people/ada", "/people/ada/roles", role="viewer")
        assert given.status_code == 303 and secret(admin) != before
        assert get(admin, "/people").status_code == 200
        admin.client.set_cookie(COOKIE, before)
        assert get(admin, "/people").status_code == 302

    def test_is_signed_out_by_ending_all_of_ones_sessions(self, admin: Api) -> None:
        assert press(admin, "/people/ada", "/sessions/end").status_code == 303
        assert secret(admin) == ""
