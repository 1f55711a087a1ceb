"""Signing in and out on both databases, and what a session is worth: attacks on it come to nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.support.api import COMMIT, Api, junit
from tests.support.people import COOKIE, sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.audit import Entry
from tidegate.domain.principals import SERVER
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService

BROWSER = {"Accept": "text/html"}
PASSWORD = "seven moored boats at dawn"


@pytest.fixture
def people(api: Api) -> Api:
    """An API that knows ada, an administrator with a password, and whose client presents no token."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    users(api, "create", "ada", password=PASSWORD, binding=Binding(Role.ADMINISTRATOR))
    return api


def users(api: Api, use_case: str, *arguments: object, **more: object) -> None:
    """Run a use case of people as the server's own process does."""
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        getattr(work.use(UserService), use_case)(*arguments, **more)
    finally:
        work.close()


def audited(api: Api) -> list[Entry]:
    """Return what the audit log holds, oldest first."""
    work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        return [row.entry for row in work.use(AuditService).export()[1]]
    finally:
        work.close()


def form_token(api: Api) -> str:
    """Open the form, as every browser has to before it can send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', api.client.get("/sign-in", headers=BROWSER).text)
    assert found is not None
    return found[1]


def enter(api: Api, name: str = "ada", password: str = PASSWORD, *, following: str = "") -> TestResponse:
    """Fill the form in and send it."""
    form = {"csrf_token": form_token(api), "name": name, "password": password, "next": following}
    return api.client.post("/sign-in", data=form, headers=BROWSER)


def secret(api: Api) -> str:
    """Return what the session's cookie holds, empty where there is none."""
    cookie = api.client.get_cookie(COOKIE)
    return cookie.value if cookie else ""


class TestSignIn:
    def test_is_asked_for_by_every_page_and_leads_back_to_it(self, people: Api) -> None:
        asked = people.client.get("/gates?cursor=x", headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"]) == (302, "/sign-in?next=%2Fgates%3Fcursor%3Dx")
        entered = enter(people, following="/gates")
        assert (entered.status_code, entered.headers["Location"]) == (303, "/gates")
        assert people.client.get("/gates", headers=BROWSER).status_code == 200

    def test_sets_a_cookie_that_no_script_reads(self, people: Api) -> None:
        given = next(
            one for one in enter(people).headers.getlist("Set-Cookie") if one.startswith(COOKIE + "=")
        )
        assert "HttpOnly" in given and "SameSite=Lax" in given and "Path=/" in given

    def test_over_tls_ties_the_cookie_to_this_host(self, people: Api) -> None:
        page = people.client.get("/sign-in", headers=BROWSER, base_url="https://localhost").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "name": "ada", "password": PASSWORD}
        given = people.client.post("/sign-in", data=form, base_url="https://localhost").headers
        cookie = next(one for one in given.getlist("Set-Cookie") if "tidegate=" in one)
        assert cookie.startswith("__Host-tidegate=") and "Secure" in cookie

    def test_says_the_same_of_a_wrong_password_and_of_nobody(self, people: Api) -> None:
        wrong, nobody = enter(people, password="wrong"), enter(people, name="eve", password="wrong")
        assert (wrong.status_code, nobody.status_code) == (401, 401)
        said = "The name or the password is not right."
        assert said in wrong.text and said in nobody.text
        assert secret(people) == ""

    def test_is_delayed_after_several_failures(self, people: Api) -> None:
        for _ in range(5):
            enter(people, password="wrong")
        delayed = enter(people)
        assert delayed.status_code == 429
        assert int(delayed.headers["Retry-After"]) >= 1
        people.clock.advance(timedelta(minutes=20))
        assert enter(people).status_code == 303

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "evil",
            "/\tx",
        ],
    )
    def test_leads_nowhere_else(self, people: Api, elsewhere: str) -> None:
        assert enter(people, following=elsewhere).headers["Location"] == "/"

    def test_gives_a_session_that_nobody_could_plant(self, people: Api) -> None:
        people.client.set_cookie(COOKIE, "planted")
        enter(people)
        first = secret(people)
        enter(people)
        assert first not in ("planted", secret(people))
        people.client.set_cookie(COOKIE, first)
        assert people.client.get("/", headers=BROWSER).status_code == 302

    @pytest.mark.requirement("S0-12", "S1-27")
    @pytest.mark.parametrize("token", [None, "forged"])
    def test_takes_no_form_of_another_site(self, people: Api, token: str | None) -> None:
        form_token(people)
        form = {"name": "ada", "password": PASSWORD, **({"csrf_token": token} if token else {})}
        assert people.client.post("/sign-in", data=form, headers=BROWSER).status_code == 400
        assert secret(people) == ""

    def test_is_recorded_as_is_an_attempt_that_failed(self, people: Api) -> None:
        enter(people, password="wrong")
        enter(people)
        text = people.client.get("/audit", headers=BROWSER).text
        assert "session.begun" in text and "person:ada" in text
        assert "access.unauthenticated" in text
        assert PASSWORD not in text

    def test_that_failed_is_recorded_by_the_account_and_never_by_what_was_typed(self, people: Api) -> None:
        typed = "MyPassword-in-the-name-field"
        enter(people, password=typed)
        enter(people, name=typed, password=PASSWORD)
        for _ in range(4):
            enter(people, password=typed)
        enter(people, name="grace", password=PASSWORD)
        recorded = audited(people)
        failed = [(one.action, one.details.get("account")) for one in recorded if "access." in one.action]
        nobody, ada = ("access.unauthenticated", None), ("access.unauthenticated", "ada")
        assert failed == [ada, nobody, ada, ada, ada, ("access.locked_out", "ada"), nobody]
        assert typed not in str(recorded) and PASSWORD not in str(recorded)


class TestSession:
    @pytest.mark.parametrize(("steps", "each"), [(1, 61), (40, 20)])
    def test_ends_when_idle_or_after_half_a_day(self, people: Api, steps: int, each: int) -> None:
        enter(people)
        for _ in range(steps):
            people.clock.advance(timedelta(minutes=each))
            last = people.client.get("/", headers=BROWSER).status_code
        assert last == 302

    def test_ends_with_signing_out(self, people: Api) -> None:
        enter(people)
        before = secret(people)
        out = people.client.post("/sign-out", data={"csrf_token": form_token(people)}, headers=BROWSER)
        assert (out.status_code, secret(people)) == (303, "")
        people.client.set_cookie(COOKIE, before)
        assert people.client.get("/", headers=BROWSER).status_code == 302

    @pytest.mark.parametrize(
        ("use_case", "arguments"),
        [("disable", ("ada",)), ("set_password", ("ada", "another long pass phrase"))],
    )
    def test_ends_with_what_it_stood_on(self, people: Api, use_case: str, arguments: tuple[str, ...]) -> None:
        enter(people)
        users(people, use_case, *arguments)
        assert people.client.get("/", headers=BROWSER).status_code == 302

    def test_is_shown_and_ended_one_by_one_and_all_at_once(self, people: Api) -> None:
        enter(people)
        page = people.client.get("/account", headers=BROWSER).text
        assert "administrator everywhere" in page and "this browser" in page
        address = re.search(r'action="(/account/sessions/[^"]+/end)"', page)
        assert address is not None
        token = {"csrf_token": form_token(people)}
        assert people.client.post("/account/sessions/none/end", data=token).status_code == 404
        assert people.client.post(address[1], data=token).status_code == 303
        assert people.client.get("/account", headers=BROWSER).status_code == 302
        enter(people)
        token = {"csrf_token": form_token(people)}
        assert people.client.post("/account/sessions/end", data=token).headers["Location"] == "/sign-in"
        assert people.client.get("/account", headers=BROWSER).status_code == 302

    def test_counts_for_pages_alone(self, people: Api) -> None:
        enter(people)
        assert people.get("/components").status_code == 401

    def test_is_not_had_by_a_token(self, api: Api) -> None:
        assert api.get("/components").status_code == 200
        assert api.client.get("/", headers=BROWSER).status_code == 302


class TestRoles:
    def test_show_nothing_of_other_components(self, api: Api) -> None:
        api.set_up()
        api.put("/components/quay", {"title": "Quay", "owner": "land"})
        api.submit(junit())
        verdict = api.get("/verdicts").get_json()["items"][0]["id"]
        report = api.get(f"/components/harbour/revisions/{COMMIT}/evidence").get_json()["items"][0]["id"]
        limited = Binding(Role.VIEWER, component="quay")
        sign_in(api.client, api.database.engine, "eve", api.clock.now(), limited)

        def status(path: str) -> int:
            return api.client.get(path, headers=BROWSER).status_code

        overview = api.client.get("/", headers=BROWSER).text
        assert "Quay" in overview and "Harbour" not in overview
        assert status("/components/quay") == 200
        for path in ("/audit", "/jobs"):
            assert status(path) == 403, path
        for path in ("/components/harbour", f"/components/harbour/revisions/{COMMIT}"):
            assert status(path) == 404, path
        assert "No verdict yet" in api.client.get("/verdicts", headers=BROWSER).text
        assert status("/verdicts?component=harbour") == 404
        for path in (f"/verdicts/{verdict}", f"/verdicts/{verdict}/replay", f"/evidence/{report}"):
            assert status(path) == 404, path
        assert status(f"/evidence/{report}/content") == 404
        for wanted in ("harbour", COMMIT[:8]):
            assert "Nothing has this name." in api.client.get(f"/search?q={wanted}", headers=BROWSER).text
        assert 'href="/audit"' not in overview
