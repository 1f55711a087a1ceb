"""Passkeys on both databases, with an authenticator in software that can also be hostile."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.support.api import Api, make_api
from tests.support.authenticator import PRESENT, SoftwareAuthenticator
from tests.support.people import COOKIE, sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.errors import NotFound
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.identity.sessions import SessionService
from tidegate.modules.passkeys.service import MOST_PASSKEYS, REFUSED, PasskeyService

BROWSER = {"Accept": "text/html"}
PASSWORD = "seven moored boats at dawn"
ORIGIN = "https://tidegate.example.org"
HOST = "tidegate.example.org"
HOST_COOKIE = f"__Host-{COOKIE}"


def started(database: Database, folder: Path, **settings: str) -> Api:
    """Start an API that knows ada and eve, viewers, at an address of its own."""
    api = make_api(
        database, folder / "api", PUBLIC_URL=ORIGIN, ALLOWED_HOSTS="tidegate.example.org", **settings
    )
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    with work_of(api) as work:
        for name in ("ada", "eve"):
            work.use(UserService).create(name, binding=Binding(Role.VIEWER))
    return api


@contextmanager
def work_of(api: Api) -> Iterator[Work]:
    """Do something as the server's own process does."""
    work: Work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        yield work
    finally:
        work.close()


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Api:
    """An API at whose address people have passkeys beside their passwords."""
    return started(database, tmp_path)


def send(api: Api, path: str, **form: str) -> TestResponse:
    """Send a form as a browser does that opened a page before."""
    page = api.client.get("/sign-in", headers=BROWSER, base_url=ORIGIN).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    return api.client.post(
        path, data={"csrf_token": token[1], **form}, headers={**BROWSER, "Origin": ORIGIN}, base_url=ORIGIN
    )


def enter(api: Api, name: str = "ada") -> None:
    """Begin a session, without the work of hashing a password."""
    with work_of(api) as work:
        secret = work.use(SessionService).begin(name, address="127.0.0.1")
    api.client.set_cookie(HOST_COOKIE, secret, domain=HOST, secure=True)


def leave(api: Api) -> None:
    """Sign out."""
    send(api, "/sign-out")


def signed_in(api: Api) -> bool:
    """Tell whether the browser is let in."""
    return api.client.get("/account", headers=BROWSER, base_url=ORIGIN).status_code == 200


def options(answer: TestResponse) -> str:
    """Return what the page asks the browser for."""
    found = re.search(r'data-options="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def add(api: Api, key: SoftwareAuthenticator, name: str = "Laptop") -> TestResponse:
    """Add a passkey to the account of who is signed in."""
    return send(
        api, "/account/passkeys", answer=key.make(options(send(api, "/account/passkeys/new"))), name=name
    )


def use_passkey(api: Api, key: SoftwareAuthenticator, following: str = "/gates") -> TestResponse:
    """Sign in with a passkey."""
    asked = options(send(api, "/sign-in/passkey", next=following))
    return send(api, "/sign-in/passkey/answer", answer=key.use(asked), next=following)


def audit(api: Api) -> list[tuple[str, str]]:
    """Return actions and details of the audit log, newest first."""
    with work_of(api) as work:
        rows = work.use(AuditService).events(PageRequest(limit=50)).items
        return [(row.entry.action, json.dumps(row.entry.details)) for row in rows]


@pytest.fixture
def key(site: Api) -> SoftwareAuthenticator:
    """A passkey of ada's, who is signed out."""
    enter(site)
    made = SoftwareAuthenticator()
    assert add(site, made).status_code == 303
    leave(site)
    return made


class TestSignIn:
    def test_with_a_passkey_needs_neither_name_nor_password(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        assert not signed_in(site)

        answer = use_passkey(site, key)

        assert (answer.status_code, answer.headers["Location"]) == (303, "/gates")
        page = site.client.get("/account", headers=BROWSER, base_url=ORIGIN).text
        assert "<h1>ada</h1>" in page and "Laptop" in page
        begun = next(details for action, details in audit(site) if action == "session.begun")
        assert '"credential": "passkey ' in begun

    def test_begins_another_session_each_time(self, site: Api, key: SoftwareAuthenticator) -> None:
        seen = set()
        for _ in range(2):
            use_passkey(site, key)
            cookie = site.client.get_cookie(HOST_COOKIE, domain=HOST)
            assert cookie is not None
            seen.add(cookie.value)
        assert len(seen) == 2

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
    def test_leads_nowhere_else(self, site: Api, key: SoftwareAuthenticator, elsewhere: str) -> None:
        assert use_passkey(site, key, elsewhere).headers["Location"] == "/"

    def test_runs_scripts_on_pages_that_ask_for_a_passkey_alone(self, site: Api) -> None:
        asked = send(site, "/sign-in/passkey").headers["Content-Security-Policy"]
        plain = site.client.get("/sign-in", base_url=ORIGIN).headers["Content-Security-Policy"]
        assert "script-src 'self'" in asked and "unsafe" not in asked
        assert "script-src" not in plain

    def test_lets_nobody_in_who_is_disabled(self, site: Api, key: SoftwareAuthenticator) -> None:
        with work_of(site) as work:
            work.use(UserService).disable("ada")

        assert use_passkey(site, key).status_code == 401

    def test_is_delayed_after_many_failures_from_one_address(self, site: Api) -> None:
        stranger = SoftwareAuthenticator()
        answers = [use_passkey(site, stranger) for _ in range(21)]
        assert [one.status_code for one in answers] == [401] * 20 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1


class TestAttacks:
    def refused(self, site: Api, answer: TestResponse, reason: str) -> None:
        """Hold that nobody was let in, that the page says no more than that, and the audit log why."""
        assert answer.status_code == 401
        assert REFUSED in answer.text and reason not in answer.text
        assert not signed_in(site)
        action, details = audit(site)[0]
        assert action == "access.unauthenticated" and reason in details

    def test_an_answer_counts_once(self, site: Api, key: SoftwareAuthenticator) -> None:
        asked = options(send(site, "/sign-in/passkey"))
        answer = key.use(asked)
        assert send(site, "/sign-in/passkey/answer", answer=answer).status_code == 303
        leave(site)
        self.refused(
            site, send(site, "/sign-in/passkey/answer", answer=answer), "it answers nothing that was asked"
        )

    def test_an_answer_that_failed_counts_no_more_either(self, site: Api, key: SoftwareAuthenticator) -> None:
        asked = options(send(site, "/sign-in/passkey"))
        assert send(site, "/sign-in/passkey/answer", answer=key.use(asked, signature=b"0")).status_code == 401
        self.refused(
            site,
            send(site, "/sign-in/passkey/answer", answer=key.use(asked)),
            "it answers nothing that was asked",
        )

    def test_an_answer_comes_within_five_minutes(self, site: Api, key: SoftwareAuthenticator) -> None:
        asked = options(send(site, "/sign-in/passkey"))
        site.clock.advance(timedelta(minutes=5))
        self.refused(
            site,
            send(site, "/sign-in/passkey/answer", answer=key.use(asked)),
            "it answers nothing that was asked",
        )

    def test_an_answer_comes_from_the_browser_that_was_asked(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        asked = options(send(site, "/sign-in/passkey"))
        site.client.delete_cookie("__Host-tidegate-browser", domain=HOST)
        self.refused(
            site,
            send(site, "/sign-in/passkey/answer", answer=key.use(asked)),
            "it answers what another browser was asked",
        )

    def test_an_answer_for_another_site_is_worth_nothing(self, site: Api, key: SoftwareAuthenticator) -> None:
        key.origin = "https://tidegate.example.org.evil.example"
        self.refused(site, use_passkey(site, key), "Unexpected client data origin")

    def test_an_answer_for_another_relying_party_is_worth_nothing(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        asked = options(send(site, "/sign-in/passkey")).replace('"rpId": "tidegate.', '"rpId": "other.')
        assert "other.example.org" in asked
        self.refused(
            site, send(site, "/sign-in/passkey/answer", answer=key.use(asked)), "Unexpected RP ID hash"
        )

    def test_a_passkey_that_verified_nobody_is_worth_nothing(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        key.flags = PRESENT
        self.refused(site, use_passkey(site, key), "User verification is required")

    def test_a_counter_that_does_not_rise_means_a_copy(self, site: Api, key: SoftwareAuthenticator) -> None:
        assert use_passkey(site, key).status_code == 303
        leave(site)
        key.count = 0
        self.refused(site, use_passkey(site, key), "Response sign count of 1 was not greater")

    def test_another_key_is_worth_nothing(self, site: Api, key: SoftwareAuthenticator) -> None:
        forged = SoftwareAuthenticator(credential_id=key.credential_id, handle=key.handle)
        self.refused(site, use_passkey(site, forged), "Could not verify authentication signature")

    def test_an_account_that_the_passkey_does_not_name_is_not_entered(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        key.handle = "AAAA"
        self.refused(site, use_passkey(site, key), "another person was asked")

    @pytest.mark.parametrize(
        "answer",
        [
            "",
            "[]",
            "{",
            '{"id":1}',
            '{"id":"a","response":{"clientDataJSON":"e30"}}',
            '{"id":"a","response":{"clientDataJSON":"%"}}',
            '{"id":"a","response":{"clientDataJSON":"\u00e9"}}',
            "x" * 30_000,
        ],
    )
    def test_what_is_no_answer_is_worth_nothing(self, site: Api, answer: str) -> None:
        self.refused(
            site, send(site, "/sign-in/passkey/answer", answer=answer), "it is not what a passkey answers"
        )

    def test_what_was_asked_for_a_new_passkey_lets_nobody_in(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        enter(site, "eve")
        asked = options(send(site, "/account/passkeys/new")).replace('"rp"', '"rpId":"x","rp"')
        leave(site)
        self.refused(
            site,
            send(site, "/sign-in/passkey/answer", answer=key.use(asked)),
            "it answers nothing that was asked",
        )

    def test_a_form_of_another_site_is_refused(self, site: Api, key: SoftwareAuthenticator) -> None:
        answer = key.use(options(send(site, "/sign-in/passkey")))
        forged = site.client.post("/sign-in/passkey/answer", data={"answer": answer}, base_url=ORIGIN)
        assert forged.status_code == 400
        assert not signed_in(site)


class TestAdd:
    def test_is_recorded_and_shown(self, site: Api, key: SoftwareAuthenticator) -> None:
        assert next(details for action, details in audit(site) if action == "passkey.added").count("Laptop")

    def test_again_is_refused_by_name(self, site: Api, key: SoftwareAuthenticator) -> None:
        enter(site)
        again = add(site, key)
        assert again.status_code == 422 and "This passkey is kept here already." in again.text

    def test_tells_authenticators_which_are_there_and_one_handle(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        enter(site)
        other, before = SoftwareAuthenticator(), key.handle
        asked = options(send(site, "/account/passkeys/new"))
        other.make(asked)
        assert '"excludeCredentials": [{' in asked and other.handle == before

    @pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb"])
    def test_needs_a_name(self, site: Api, name: str) -> None:
        enter(site)
        refused = add(site, SoftwareAuthenticator(), name)
        assert refused.status_code == 422 and "A passkey is called by 1 to 100" in refused.text

    def test_takes_no_answer_that_somebody_else_was_asked(self, site: Api) -> None:
        enter(site)
        answer = SoftwareAuthenticator().make(options(send(site, "/account/passkeys/new")))
        enter(site, "eve")
        refused = send(site, "/account/passkeys", answer=answer, name="mine")
        assert refused.status_code == 422
        assert "it answers what somebody else was asked" in html.unescape(refused.text)

    def test_takes_none_that_verified_nobody(self, site: Api) -> None:
        enter(site)
        refused = add(site, SoftwareAuthenticator(flags=PRESENT))
        assert refused.status_code == 422 and "User verification" in refused.text

    def test_has_an_end(self, site: Api) -> None:
        enter(site)
        for number in range(MOST_PASSKEYS):
            assert add(site, SoftwareAuthenticator(), f"key {number}").status_code == 303
        assert send(site, "/account/passkeys/new").status_code == 409


class TestOwn:
    def address(self, site: Api, step: str) -> str:
        """Return where the account's page sends a form."""
        page = site.client.get("/account", headers=BROWSER, base_url=ORIGIN).text
        found = re.search(rf'action="(/account/passkeys/[^"]+/{step})"', page)
        assert found is not None
        return found[1]

    def test_are_renamed_and_removed(self, site: Api, key: SoftwareAuthenticator) -> None:
        enter(site)
        assert send(site, self.address(site, "name"), name="Phone").status_code == 303
        assert 'value="Phone"' in site.client.get("/account", headers=BROWSER, base_url=ORIGIN).text
        assert send(site, self.address(site, "remove")).status_code == 303
        leave(site)
        assert use_passkey(site, key).status_code == 401
        assert {"passkey.renamed", "passkey.removed"} <= {action for action, _ in audit(site)}

    def test_are_not_there_for_others(self, site: Api, key: SoftwareAuthenticator) -> None:
        enter(site)
        removal = self.address(site, "remove")
        enter(site, "eve")
        assert send(site, removal).status_code == 404

    def test_are_removed_by_an_administrator_where_they_are_lost(
        self, site: Api, key: SoftwareAuthenticator
    ) -> None:
        with work_of(site) as work:
            passkeys = work.use(PasskeyService)
            (kept,) = passkeys.passkeys_of("ada")
            with pytest.raises(NotFound):
                passkeys.remove_of("ada", "another")
            with pytest.raises(NotFound):
                passkeys.remove_of("nobody")
            assert passkeys.remove_of("ada", kept.id) == 1
            assert passkeys.remove_of("ada") == 0


class TestAfterPassword:
    @pytest.fixture
    def strict(self, database: Database, tmp_path: Path) -> Api:
        """An API where who has a passkey needs it after the password."""
        api = started(database, tmp_path, PASSKEY_AFTER_PASSWORD="true")
        with work_of(api) as work:
            work.use(UserService).set_password("ada", PASSWORD)
        return api

    def by_password(self, api: Api) -> TestResponse:
        """Sign in with the password."""
        return send(api, "/sign-in", name="ada", password=PASSWORD)

    def test_is_asked_of_those_alone_who_have_one(self, strict: Api) -> None:
        assert self.by_password(strict).status_code == 303
        assert signed_in(strict)

    def test_both_together_let_in(self, strict: Api) -> None:
        enter(strict)
        key = SoftwareAuthenticator()
        add(strict, key)
        leave(strict)

        asked = self.by_password(strict)

        assert asked.status_code == 200 and not signed_in(strict)
        answer = send(strict, "/sign-in/passkey/answer", answer=key.use(options(asked)), next="/gates")
        assert answer.headers["Location"] == "/gates" and signed_in(strict)
        begun = next(details for action, details in audit(strict) if action == "session.begun")
        assert '"credential": "password and passkey ' in begun

    def test_the_passkey_is_one_of_the_same_person(self, strict: Api) -> None:
        keys = {}
        for name in ("ada", "eve"):
            enter(strict, name)
            keys[name] = SoftwareAuthenticator()
            add(strict, keys[name])
            leave(strict)
        asked = options(self.by_password(strict))
        assert send(strict, "/sign-in/passkey/answer", answer=keys["eve"].use(asked)).status_code == 401
        assert not signed_in(strict)


class TestWithoutAnAddress:
    def test_there_are_none_and_the_account_says_why(self, api: Api) -> None:
        del api.client.environ_base["HTTP_AUTHORIZATION"]
        sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.VIEWER)
        page = api.client.get("/sign-in", headers=BROWSER).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None and "with a passkey" not in page
        form = {"csrf_token": token[1]}
        assert "PUBLIC_URL" in api.client.get("/account", headers=BROWSER).text
        for path in ("/sign-in/passkey", "/account/passkeys/new"):
            assert api.client.post(path, data=form, headers=BROWSER).status_code == 409
        refused = api.client.post(
            "/account/passkeys", data={**form, "name": "a", "answer": "{}"}, headers=BROWSER
        )
        assert refused.status_code == 409
