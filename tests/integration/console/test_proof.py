"""Sensitive acts of people without a password: proved by passkey or anew at the provider, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from tests.integration.passkeys.test_passkeys import add, options
from tests.integration.single_sign_on.test_sign_on import (
    BROWSER,
    ORIGIN,
    audit,
    get,
    settings,
    sign_on,
    signed_in_as,
    started,
    work_of,
)
from tests.support.api import START, Api
from tests.support.authenticator import SoftwareAuthenticator
from tests.support.forms import forms_of
from tests.support.provider import Provider, provider_process
from tidegate.kernel.db.engine import Database
from tidegate.modules.identity.service import UserService

PASSWORD = "seven moored boats at dawn"
STALE = timedelta(minutes=11)
TOKEN = {"name": "deploy-key", "role": "viewer", "days": "7"}


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    """A provider for all tests of the file."""
    with provider_process() as running:
        yield running


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """The provider, well behaved, before which stands ada of the crew."""
    running_provider.behave(now=START.timestamp())
    running_provider.person("248", "ada", groups=["harbour-crew"])
    return running_provider


@pytest.fixture
def site(provider: Provider, database: Database, tmp_path: Path) -> Api:
    """A server where ada has signed in through the provider, and is a viewer."""
    api = started(database, tmp_path, **settings(provider))
    assert sign_on(api).status_code == 303
    return api


def send(api: Api, path: str, **form: str) -> TestResponse:
    """Send a form with its token."""
    fields = next(found for _, found in forms_of(get(api, "/account")) if "csrf_token" in found)
    data = {"csrf_token": fields["csrf_token"], **form}
    return api.client.post(path, data=data, headers={**BROWSER, "Origin": ORIGIN}, base_url=ORIGIN)


def later(api: Api, provider: Provider, by: timedelta = STALE) -> None:
    """Let time go by, for the provider as well."""
    api.clock.advance(by)
    provider.behave(now=api.clock.now().timestamp())


def to_provider(api: Api) -> str:
    """Follow the link of the page that asks; returns where the browser is sent."""
    led = get(api, "/proof/oidc")
    assert led.status_code == 303, led.text
    return str(led.headers["Location"])


def prove(api: Api) -> TestResponse:
    """Go to the provider for a proof and back."""
    back = requests.get(to_provider(api), allow_redirects=False, timeout=20).headers["Location"]
    return get(api, back.removeprefix(ORIGIN))


def go_on(api: Api) -> TestResponse:
    """Press the button of the page that one is led back to."""
    address, fields = next(found for found in forms_of(get(api, "/proof")) if found[0] != "/sign-out")
    return api.client.post(address, data=fields, headers={**BROWSER, "Origin": ORIGIN}, base_url=ORIGIN)


class TestProvider:
    def test_is_asked_anew_and_the_form_is_sent_as_it_was_filled_in(
        self, site: Api, provider: Provider
    ) -> None:
        later(site, provider)
        asked = send(site, "/account/tokens", **TOKEN)
        assert asked.status_code == 401
        assert "Sign in anew with Pier" in asked.text and "Password of" not in asked.text

        query = parse_qs(urlsplit(to_provider(site)).query)
        assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
        back = prove(site)
        assert (back.status_code, back.headers["Location"]) == (303, "/proof")
        shown = get(site, "/proof").text
        assert "Nothing was lost" in shown and "deploy-key" in shown and "Pier" not in shown

        made = go_on(site)
        assert made.status_code == 200 and re.search(r"tdg_\w{20,}", made.text)
        assert get(site, "/proof").headers["Location"] == "/account"
        assert "deploy-key" in get(site, "/account").text

    def test_that_did_not_ask_anew_proves_nothing(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        for mode in ("silent", "no-time"):
            send(site, "/account/tokens", **TOKEN)
            provider.behave(mode, now=site.clock.now().timestamp())
            back = prove(site)
            assert back.headers["Location"] == "/proof?refused=oidc"
            told = get(site, back.headers["Location"])
            assert told.status_code == 401 and "did not say that it had asked you anew" in told.text
            assert "does not say that it has asked anew" in audit(site)[0][1]
        assert send(site, "/account/tokens", **TOKEN).status_code == 401
        provider.behave(now=site.clock.now().timestamp())
        assert prove(site).headers["Location"] == "/proof"
        assert "deploy-key" in get(site, "/proof").text, "what was filled in is still there"

    def test_that_lets_somebody_else_in_proves_nothing(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        send(site, "/account/tokens", **TOKEN)
        provider.person("249", "eve", groups=["harbour-crew"])
        assert prove(site).headers["Location"] == "/proof?refused=oidc"
        assert "'249'" in audit(site)[0][1] and "is not ada" in audit(site)[0][1]
        assert signed_in_as(site) == "ada"
        assert send(site, "/account/tokens", **TOKEN).status_code == 401

    def test_answer_to_a_proof_signs_nobody_in(self, site: Api, provider: Provider) -> None:
        send(site, "/account/tokens", **TOKEN)
        back = requests.get(to_provider(site), allow_redirects=False, timeout=20).headers["Location"]
        send(site, "/sign-out")
        assert get(site, back.removeprefix(ORIGIN)).headers["Location"] == "/account"
        assert get(site, "/account").headers["Location"].startswith("/sign-in")

    def test_answer_to_a_sign_in_proves_nothing(self, site: Api, provider: Provider) -> None:
        """Whoever finds an open browser gets no further by signing in without being asked at the provider."""
        later(site, provider)
        address = to_provider(site)
        state = parse_qs(urlsplit(address).query)["state"][0]
        assert state.startswith("proof.")
        stripped = f"/sign-in/oidc/answer?code=x&state={state.removeprefix('proof.')}"
        assert get(site, stripped).status_code == 401
        assert send(site, "/account/tokens", **TOKEN).status_code == 401

    def test_that_is_away_is_told(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        back = requests.get(to_provider(site), allow_redirects=False, timeout=20).headers["Location"]
        provider.behave("away", now=site.clock.now().timestamp())
        assert get(site, back.removeprefix(ORIGIN)).status_code == 503

    def test_of_many_failed_attempts_has_to_wait(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        answers = [get(site, "/sign-in/oidc/answer?code=x&state=proof.none") for _ in range(21)]
        assert [one.status_code for one in answers[:20]] == [303] * 20
        assert answers[20].status_code == 429

    def test_that_cannot_ask_anew_is_not_offered(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        provider.person("7", "grace", groups=["acme"])
        none = dict.fromkeys(("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_GROUPS"), "")
        api = started(database, tmp_path, **settings(provider, **none))
        assert sign_on(api, "github").status_code == 303
        later(api, provider)
        asked = send(api, "/account/tokens", **TOKEN)
        assert asked.status_code == 401 and "neither a password nor a passkey" in asked.text
        assert get(api, "/proof/github").status_code == 404
        assert get(api, "/proof/nobody").status_code == 404

    def test_takes_a_form_that_is_too_long_in_another_tab(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        long = {**TOKEN, "note": "".join(f"{number:x} " for number in range(4000))}
        asked = send(site, "/account/tokens", **long)
        assert 'target="_blank"' in asked.text and "I have signed in anew" in asked.text
        assert prove(site).headers["Location"] == "/proof"
        assert get(site, "/proof").headers["Location"] == "/account"
        assert send(site, "/account/tokens", **long).status_code == 200

    def test_form_of_another_session_is_not_shown(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        send(site, "/account/tokens", **TOKEN)
        send(site, "/sign-out")
        provider.person("250", "carol", groups=["harbour-crew"])
        assert sign_on(site).status_code == 303
        assert get(site, "/proof").headers["Location"] == "/account"

    def test_form_that_was_made_up_is_not_shown(self, site: Api) -> None:
        for text in ("", "x", "a.b.c"):
            site.client.set_cookie("__Host-tidegate-form", text, domain="tidegate.example.org", secure=True)
            assert get(site, "/proof").headers["Location"] == "/account"

    def test_proves_before_a_password_is_typed(self, site: Api, provider: Provider) -> None:
        later(site, provider)
        asked = get(site, "/account/password")
        assert asked.status_code == 401 and "Sign in anew with Pier" in asked.text
        assert prove(site).headers["Location"] == "/proof"
        assert "Nothing is done yet" in get(site, "/proof").text
        form = go_on(site)
        assert form.status_code == 200 and "New password" in form.text and "fault" not in form.text
        assert send(site, "/account/password", password=PASSWORD).status_code == 303


class TestPasskey:
    def test_of_the_same_person_is_a_proof(self, site: Api, provider: Provider) -> None:
        key = SoftwareAuthenticator(origin=ORIGIN)
        assert add(site, key).status_code == 303
        later(site, provider)
        asked = send(site, "/account/tokens", **TOKEN)
        assert asked.status_code == 401 and "Use a passkey" in asked.text
        made = send(site, "/account/tokens", **TOKEN, proof_by_passkey=key.use(options(asked)))
        assert made.status_code == 200 and "tdg_" in made.text

    def test_of_somebody_else_is_none(self, site: Api, provider: Provider) -> None:
        mine, other = SoftwareAuthenticator(origin=ORIGIN), SoftwareAuthenticator(origin=ORIGIN)
        assert add(site, mine).status_code == 303
        later(site, provider)
        asked = send(site, "/account/tokens", **TOKEN)
        for answer in (other.use(options(asked)), "{}", "x"):
            refused = send(site, "/account/tokens", **TOKEN, proof_by_passkey=answer)
            assert refused.status_code == 401 and "passkey was not accepted" in refused.text
            assert "deploy-key" in refused.text
        assert "The passkey that a sensitive act asks for" in audit(site)[0][1]

    def test_that_was_asked_for_a_sign_in_is_none(self, site: Api, provider: Provider) -> None:
        key = SoftwareAuthenticator(origin=ORIGIN)
        assert add(site, key).status_code == 303
        later(site, provider)
        asked = send(site, "/sign-in/passkey")
        refused = send(site, "/account/tokens", **TOKEN, proof_by_passkey=key.use(options(asked)))
        assert refused.status_code == 401


class TestPasskeyAfterSignOn:
    def sign_on_with_passkey(self, api: Api) -> SoftwareAuthenticator:
        """Give ada a passkey, and sign her out."""
        key = SoftwareAuthenticator(origin=ORIGIN)
        assert sign_on(api).status_code == 303
        assert add(api, key).status_code == 303
        send(api, "/sign-out")
        return key

    def test_is_asked_where_the_setting_says_so(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        api = started(database, tmp_path, **settings(provider, PASSKEY_AFTER_SIGN_ON="true"))
        key = self.sign_on_with_passkey(api)
        asked = sign_on(api)
        assert asked.status_code == 200 and "The provider knows you." in asked.text
        assert get(api, "/account").status_code == 302
        csrf = next(found for _, found in forms_of(asked) if "csrf_token" in found)
        data = {"csrf_token": csrf["csrf_token"], "answer": key.use(options(asked)), "next": "/gates"}
        headers = {**BROWSER, "Origin": ORIGIN}
        entered = api.client.post("/sign-in/passkey/answer", data=data, headers=headers, base_url=ORIGIN)
        assert (entered.status_code, entered.headers["Location"]) == (303, "/gates")
        begun = next(details for action, details in audit(api) if action == "session.begun")
        assert '"credential": "single sign-on and passkey ' in begun

    @pytest.mark.parametrize("setting", ["PASSKEY_AFTER_PASSWORD", "SHOW_ADMINISTRATORS"])
    def test_is_not_asked_otherwise_the_provider_is_trusted(
        self, provider: Provider, database: Database, tmp_path: Path, setting: str
    ) -> None:
        api = started(database, tmp_path, **settings(provider, **{setting: "true"}))
        self.sign_on_with_passkey(api)
        assert sign_on(api).status_code == 303

    def test_is_asked_of_nobody_who_has_none(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        api = started(database, tmp_path, **settings(provider, PASSKEY_AFTER_SIGN_ON="true"))
        assert sign_on(api).status_code == 303

    def test_lets_nobody_in_who_was_disabled_meanwhile(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        api = started(database, tmp_path, **settings(provider, PASSKEY_AFTER_SIGN_ON="true"))
        key = self.sign_on_with_passkey(api)
        asked = sign_on(api)
        with work_of(api) as work:
            work.use(UserService).disable("ada")
        csrf = next(found for _, found in forms_of(asked) if "csrf_token" in found)
        data = {"csrf_token": csrf["csrf_token"], "answer": key.use(options(asked))}
        headers = {**BROWSER, "Origin": ORIGIN}
        refused = api.client.post("/sign-in/passkey/answer", data=data, headers=headers, base_url=ORIGIN)
        assert refused.status_code == 401
