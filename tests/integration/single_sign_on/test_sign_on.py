"""Single sign-on on both databases, against a provider that is a process of its own and can misbehave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from tests.support.api import START, Api, make_api
from tests.support.people import COOKIE
from tests.support.provider import CLIENT, HERE, SECRET, Provider, provider_process
from tidegate.domain.access import Binding, Role
from tidegate.domain.errors import Conflict, NotFound
from tidegate.domain.principals import SERVER
from tidegate.kernel.container import Work
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.identity.service import UserService
from tidegate.modules.single_sign_on.service import SingleSignOnService

BROWSER = {"Accept": "text/html"}
HOST = "tidegate.example.org"
ORIGIN = f"https://{HOST}"
PASSWORD = "seven moored boats at dawn"
GROUPS = "harbour-crew=crew,harbour-masters=masters,guests"


@pytest.fixture(scope="module")
def running_provider() -> Iterator[Provider]:
    """A provider for all tests of the file."""
    with provider_process() as provider:
        yield provider


@pytest.fixture
def provider(running_provider: Provider) -> Provider:
    """The provider, well behaved, before which stands ada of the crew."""
    running_provider.behave(now=START.timestamp())
    running_provider.person("248", "ada", groups=["harbour-crew", "others"])
    return running_provider


def settings(provider: Provider, **more: str) -> dict[str, str]:
    """Return the settings for the provider, as OpenID Connect and as GitHub."""
    return {
        "PUBLIC_URL": ORIGIN,
        "ALLOWED_HOSTS": HOST,
        "OUTGOING_ALLOW": HERE,
        "OIDC_ISSUER": provider.url,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        "OIDC_NAME": "Pier",
        "OIDC_GROUPS": GROUPS,
        "OAUTH_CLIENT_ID": CLIENT,
        "OAUTH_CLIENT_SECRET": SECRET,
        "OAUTH_URL": provider.url,
        "OAUTH_API_URL": f"{provider.url}/api",
        "OAUTH_GROUPS": "acme=viewers,acme/platform=masters",
        **more,
    }


@pytest.fixture
def site(provider: Provider, database: Database, tmp_path: Path) -> Api:
    """A server whose people come through the provider; the group crew may read."""
    return started(database, tmp_path, **settings(provider))


def started(database: Database, folder: Path, **variables: str) -> Api:
    """Start a server where the groups crew, masters and viewers have roles."""
    api = make_api(database, folder / "api", **variables)
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    with work_of(api) as work:
        users = work.use(UserService)
        users.grant(Binding(Role.VIEWER), group="crew")
        users.grant(Binding(Role.VIEWER), group="viewers")
        users.grant(Binding(Role.RELEASE_MANAGER), group="masters")
    return api


@contextmanager
def work_of(api: Api) -> Iterator[Work]:
    """Do something as the server's own process does."""
    work: Work = api.client.application.extensions[EXTENSION].work(SERVER)
    try:
        yield work
    finally:
        work.close()


def get(api: Api, path: str) -> TestResponse:
    """Open a page."""
    return api.client.get(path, headers=BROWSER, base_url=ORIGIN)


def begin(api: Api, way: str = "oidc", following: str = "/gates") -> str:
    """Choose the provider; returns where the browser is sent."""
    answer = get(api, f"/sign-in/{way}?{urlencode({'next': following})}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def visit(address: str) -> str:
    """Go to the provider; returns where it sends the browser back to, without the host."""
    back = requests.get(address, allow_redirects=False, timeout=20).headers["Location"]
    assert back.startswith(f"{ORIGIN}/sign-in/")
    return back.removeprefix(ORIGIN)


def sign_on(api: Api, way: str = "oidc", following: str = "/gates") -> TestResponse:
    """Go to the provider and back."""
    return get(api, visit(begin(api, way, following)))


def signed_in_as(api: Api) -> str:
    """Return who the browser is, empty where nobody."""
    found = re.search(r"<h1>([^<]+)</h1>", get(api, "/account").text)
    return found[1] if found else ""


def groups(api: Api, name: str) -> tuple[str, ...]:
    """Return somebody's groups."""
    with work_of(api) as work:
        return work.use(UserService).groups_of(name)


def audit(api: Api) -> list[tuple[str, str]]:
    """Return actions and details of the audit log, newest first."""
    with work_of(api) as work:
        rows = work.use(AuditService).events(PageRequest(limit=50)).items
        return [(row.entry.action, json.dumps(row.entry.details)) for row in rows]


def refused(api: Api, answer: TestResponse, reason: str, *, told: str = "did not work") -> None:
    """Hold that nobody was let in, and that the audit log says why."""
    assert answer.status_code == 401, answer.status_code
    assert told in answer.text
    assert api.client.get_cookie(f"__Host-{COOKIE}", domain=HOST) is None
    action, details = audit(api)[0]
    assert action == "access.unauthenticated"
    assert reason in details, details


class TestFirstSignIn:
    def test_makes_a_person_without_a_password_in_the_groups_of_the_claim(self, site: Api) -> None:
        answer = sign_on(site)

        assert (answer.status_code, answer.headers["Location"]) == (303, "/gates")
        assert signed_in_as(site) == "ada"
        assert groups(site, "ada") == ("crew",)
        with work_of(site) as work:
            assert not work.use(UserService).user("ada").has_password
        done = [action for action, _ in audit(site)]
        assert {"user.created", "user.linked", "group.joined", "session.begun"} <= set(done)
        begun = next(details for action, details in audit(site) if action == "session.begun")
        assert '"credential": "single sign-on oidc"' in begun

    def test_takes_nobodys_account_whose_name_is_the_same(self, site: Api, provider: Provider) -> None:
        with work_of(site) as work:
            work.use(UserService).create("ada", binding=Binding(Role.ADMINISTRATOR))
        provider.person("248", "ada", groups=["harbour-crew"], email="ada@example.org", email_verified=True)
        sign_on(site)
        assert signed_in_as(site) == "ada-2"

    @pytest.mark.parametrize("name", ["", "Ada Lovelace / ☃", "<script>", "-", "a\0b\n\u202e"])
    def test_gives_a_name_that_can_be_one(self, site: Api, provider: Provider, name: str) -> None:
        provider.person("9", name or " ", groups=["harbour-crew"])
        sign_on(site)
        assert re.fullmatch(r"[A-Za-z0-9-]+", signed_in_as(site))

    def test_of_two_subjects_of_one_name_makes_two_people(self, site: Api, provider: Provider) -> None:
        sign_on(site)
        provider.person("249", "ada", groups=["harbour-masters"])
        sign_on(site)
        assert signed_in_as(site) == "ada-2"
        assert (groups(site, "ada"), groups(site, "ada-2")) == (("crew",), ("masters",))

    def test_lets_in_whose_group_gives_none_here(self, site: Api, provider: Provider) -> None:
        provider.person("7", "eve", groups=["guests"])
        assert sign_on(site).status_code == 303
        assert groups(site, "eve") == ()

    def test_can_be_of_somebody_who_is_here_already(self, site: Api, provider: Provider) -> None:
        with work_of(site) as work:
            work.use(UserService).create("countess")
            service = work.use(SingleSignOnService)
            service.link("countess", issuer=provider.url, subject="248")
            with pytest.raises(Conflict):
                service.link("countess", issuer=provider.url, subject="248")
            with pytest.raises(NotFound):
                service.link("nobody", issuer=provider.url, subject="249")
        sign_on(site)
        assert signed_in_as(site) == "countess"


class TestEverySignIn:
    def test_sets_the_groups_of_the_claim_anew_and_leaves_others(self, site: Api, provider: Provider) -> None:
        sign_on(site)
        with work_of(site) as work:
            work.use(UserService).join("readers", "ada")
        provider.person("248", "renamed", groups=["harbour-masters"])

        sign_on(site)

        assert signed_in_as(site) == "ada"
        assert groups(site, "ada") == ("masters", "readers")

    def test_puts_out_even_the_last_administrator_and_ends_their_sessions(
        self, site: Api, provider: Provider
    ) -> None:
        with work_of(site) as work:
            work.use(UserService).grant(Binding(Role.ADMINISTRATOR), group="masters")
        provider.person("248", "ada", groups=["harbour-masters"])
        sign_on(site)
        before = site.client.get_cookie(f"__Host-{COOKIE}", domain=HOST)
        assert before is not None and get(site, "/people").status_code == 200
        provider.person("248", "ada", groups=["harbour-crew"])
        sign_on(site)
        assert groups(site, "ada") == ("crew",) and get(site, "/people").status_code == 403
        site.client.set_cookie(f"__Host-{COOKIE}", before.value, domain=HOST, secure=True)
        assert get(site, "/account").status_code == 302

    def test_leaves_a_membership_that_was_given_by_hand(self, site: Api, provider: Provider) -> None:
        with work_of(site) as work:
            work.use(UserService).create("countess")
            work.use(UserService).join("crew", "countess")
            work.use(SingleSignOnService).link("countess", issuer=provider.url, subject="248")
        sign_on(site)
        provider.person("248", "ada", groups=["guests"])
        sign_on(site)
        assert groups(site, "countess") == ("crew",)

    def test_refuses_who_is_in_no_group_any_more(self, site: Api, provider: Provider) -> None:
        provider.person("248", "ada", groups=["others"])
        refused(site, sign_on(site), "is in no group that may sign in", told="Only members of certain groups")

    def test_refuses_who_is_disabled(self, site: Api) -> None:
        sign_on(site)
        with work_of(site) as work:
            work.use(UserService).disable("ada")
        site.client.delete_cookie(f"__Host-{COOKIE}", domain=HOST)
        refused(site, sign_on(site), "who is disabled", told="Your account here is disabled")

    def test_asks_userinfo_for_groups_that_the_id_token_lacks(self, site: Api, provider: Provider) -> None:
        provider.behave("userinfo", now=START.timestamp())
        sign_on(site)
        assert (signed_in_as(site), groups(site, "ada")) == ("ada", ("crew",))

    def test_presents_the_secret_as_the_provider_wants_it(self, site: Api, provider: Provider) -> None:
        provider.behave("post", now=START.timestamp())
        assert sign_on(site).status_code == 303

    def test_lets_everybody_in_where_that_is_said(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        site = started(database, tmp_path, **settings(provider, OIDC_GROUPS="*=crew"))
        provider.person("5", "bob")
        sign_on(site)
        assert groups(site, "bob") == ("crew",)

    def test_reads_a_claim_that_is_one_text(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        more = {"OIDC_GROUPS_CLAIM": "hd", "OIDC_GROUPS": "example.org=crew", "OIDC_NAME_CLAIM": "email"}
        site = started(database, tmp_path, **settings(provider, **more))
        provider.person("5", "bob", hd="example.org", email="bob@example.org")
        sign_on(site)
        assert signed_in_as(site) == "bob@example.org"


class TestRequest:
    def test_asks_for_a_code_with_pkce_state_and_nonce(self, site: Api, provider: Provider) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begin(site)).query).items()}
        assert asked["tenant"] == "main"
        assert asked["response_type"] == "code" and asked["scope"] == "openid profile"
        assert asked["redirect_uri"] == f"{ORIGIN}/sign-in/oidc/answer"
        assert asked["code_challenge_method"] == "S256"
        assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}

    def test_keeps_no_secret_of_it_in_the_database(self, site: Api) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(begin(site)).query).items()}
        with site.database.engine.connect() as connection:
            (row,) = connection.exec_driver_sql("SELECT * FROM sign_on_requests").all()
        cookie = site.client.get_cookie("__Host-tidegate-browser", domain=HOST)
        assert cookie is not None and cookie.http_only and cookie.secure and cookie.same_site == "Lax"
        for secret in (asked["state"], asked["nonce"], asked["code_challenge"], cookie.value):
            assert secret not in str(row)

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
    def test_leads_nowhere_else_afterwards(self, site: Api, elsewhere: str) -> None:
        assert sign_on(site, following=elsewhere).headers["Location"] == "/"

    def test_is_not_there_for_a_provider_that_is_not_set(self, site: Api) -> None:
        assert get(site, "/sign-in/gitlab").status_code == 404
        assert get(site, "/sign-in/gitlab/answer?code=a&state=b").status_code == 404


class TestAttacks:
    def test_a_state_counts_once(self, site: Api) -> None:
        back = visit(begin(site))
        assert get(site, back).status_code == 303
        site.client.delete_cookie(f"__Host-{COOKIE}", domain=HOST)
        refused(site, get(site, back), "for no sign-in that was begun")

    def test_a_state_that_was_made_up_counts_never(self, site: Api) -> None:
        begin(site)
        refused(site, get(site, "/sign-in/oidc/answer?code=a&state=made-up"), "for no sign-in that was begun")

    def test_a_state_counts_for_ten_minutes(self, site: Api) -> None:
        back = visit(begin(site))
        site.clock.advance(timedelta(minutes=10))
        refused(site, get(site, back), "for no sign-in that was begun")

    def test_another_browser_cannot_finish_it(self, site: Api) -> None:
        """Login CSRF: an attacker's answer in the browser of somebody else."""
        back = visit(begin(site))
        site.client.delete_cookie("__Host-tidegate-browser", domain=HOST)
        refused(site, get(site, back), "that another browser has begun")

    def test_a_code_of_another_sign_in_is_not_redeemed(self, site: Api) -> None:
        """Code injection: PKCE ties the code to the sign-in that asked for it."""
        stolen = parse_qs(urlsplit(visit(begin(site))).query)["code"][0]
        back = visit(begin(site))
        refused(site, get(site, re.sub("code=[^&]+", f"code={stolen}", back)), "invalid_grant")

    def test_an_answer_of_another_issuer_is_refused(self, site: Api, provider: Provider) -> None:
        provider.behave("iss", now=START.timestamp())
        refused(site, sign_on(site), "the answer is of the issuer 'https://other.example'")

    def test_an_answer_without_the_issuer_that_was_announced_is_refused(
        self, site: Api, provider: Provider
    ) -> None:
        provider.behave("no-iss", now=START.timestamp())
        refused(site, sign_on(site), "the answer is of the issuer None")

    def test_an_answer_for_another_provider_is_refused(self, site: Api) -> None:
        """Mix-up: an answer is for the provider that was chosen."""
        back = visit(begin(site)).replace("/sign-in/oidc/", "/sign-in/github/")
        refused(site, get(site, back), "for a sign-in through oidc, not github")

    @pytest.mark.parametrize(
        ("mode", "reason"),
        [
            ("nonce", "its nonce is not the one that was sent"),
            ("audience", "its audience is not"),
            ("expired", "it expired at"),
            ("unsigned", "the ID token is refused"),
            ("subject", "says no 'sub' that can be used"),
            ("no-token", "says no 'id_token' that can be used"),
            ("other-userinfo", "tells of another subject"),
        ],
    )
    def test_an_id_token_is_for_this_sign_in_alone(
        self, site: Api, provider: Provider, mode: str, reason: str
    ) -> None:
        provider.behave(mode, now=START.timestamp())
        if mode == "other-userinfo":
            provider.person("248", "ada")
        refused(site, sign_on(site), reason)

    @pytest.mark.parametrize("query", ["code=" + "x" * 5000, "state=" + "x" * 5000, "", "code=%ED%A0%80"])
    def test_nonsense_is_refused(self, site: Api, query: str) -> None:
        assert get(site, f"/sign-in/oidc/answer?{query}").status_code == 401

    @pytest.mark.parametrize("subject", ["a\0b", "\u00e9", "x" * 256])
    def test_a_subject_is_ascii_of_255_characters(self, site: Api, provider: Provider, subject: str) -> None:
        provider.person(subject, "ada", groups=["harbour-crew"])
        refused(site, sign_on(site), "says no 'sub' that can be used")

    def test_a_refusal_of_the_provider_is_told(self, site: Api, provider: Provider) -> None:
        provider.behave("denied", now=START.timestamp())
        refused(site, sign_on(site), "access_denied", told="The provider did not let you in.")

    def test_is_delayed_after_many_failures_from_one_address(self, site: Api) -> None:
        for _ in range(20):
            get(site, "/sign-in/oidc/answer?code=a&state=b")
        assert get(site, "/sign-in/oidc/answer?code=a&state=b").status_code == 429

    def test_says_no_secret_anywhere(self, site: Api) -> None:
        sign_on(site)
        text = get(site, "/sign-in").text + str(audit(site))
        assert SECRET not in text


class TestProviderAway:
    @pytest.mark.parametrize("mode", ["away", "html"])
    def test_is_told_and_harms_nobody_else(self, site: Api, provider: Provider, mode: str) -> None:
        sign_on(site)
        back = visit(begin(site))
        provider.behave(mode, now=START.timestamp())
        answer = get(site, back)
        assert answer.status_code == 503 and "did not answer as it should" in answer.text
        assert get(site, "/gates").status_code == 200
        assert site.client.get("/readyz", base_url=ORIGIN).status_code == 200

    def test_before_it_has_ever_answered_is_told_as_well(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        provider.behave("away")
        site = started(database, tmp_path, **settings(provider))
        answer = get(site, "/sign-in/oidc")
        assert answer.status_code == 503 and "has not published its keys yet" in answer.text

    def test_at_an_address_that_may_not_be_reached_is_told(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        site = started(database, tmp_path, **settings(provider, OUTGOING_ALLOW="192.0.2.1"))
        assert get(site, "/sign-in/oidc").status_code == 503
        assert get(site, visit(begin(site, "github"))).status_code == 503


class TestGithub:
    @pytest.mark.requirement("S2-6")
    def test_organisations_and_teams_become_groups(self, site: Api, provider: Provider) -> None:
        provider.person("583231", "octocat", groups=["acme", "acme/platform"])
        sign_on(site, "github")
        assert signed_in_as(site) == "octocat"
        assert groups(site, "octocat") == ("masters", "viewers")
        provider.person("583231", "renamed", groups=["acme"])
        sign_on(site, "github")
        assert (signed_in_as(site), groups(site, "octocat")) == ("octocat", ("viewers",))

    @pytest.mark.parametrize("held", [[], ["another"], ["acme?"], ["acme/platform?"]])
    def test_others_are_refused_and_so_are_the_invited(
        self, site: Api, provider: Provider, held: list[str]
    ) -> None:
        provider.person("583231", "octocat", groups=held)
        refused(site, sign_on(site, "github"), "is in no group", told="Only members of certain groups")

    def test_is_another_issuer_than_the_one_beside_it(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        """One number at two providers is two people."""
        elsewhere = provider.url.replace("127.0.0.1", "localhost")
        more = {"OAUTH_URL": elsewhere, "OUTGOING_ALLOW": f"{HERE},localhost"}
        site = started(database, tmp_path, **settings(provider, **more))
        provider.person("248", "ada", groups=["harbour-crew", "acme"])
        sign_on(site)
        assert signed_in_as(site) == "ada"
        sign_on(site, "github")
        assert signed_in_as(site) == "ada-2"

    def test_a_code_that_is_not_accepted_is_told_to_the_log(self, site: Api) -> None:
        back = re.sub("code=[^&]+", "code=forged", visit(begin(site, "github")))
        refused(site, get(site, back), "the provider does not accept the code")

    def test_who_has_no_number_is_refused(self, site: Api, provider: Provider) -> None:
        provider.behave("subject", now=START.timestamp())
        provider.person("583231", "octocat", groups=["acme"])
        refused(site, sign_on(site, "github"), "GitHub does not say whose token it gave")

    def test_away_is_told(self, site: Api, provider: Provider) -> None:
        back = visit(begin(site, "github"))
        provider.behave("away")
        assert get(site, back).status_code == 503


class TestSignInPage:
    def test_offers_every_way(self, site: Api) -> None:
        text = get(site, "/sign-in?next=/gates").text
        assert 'href="/sign-in/oidc?next=/gates"' in text and "Sign in with Pier" in text
        assert "Sign in with GitHub" in text and 'name="password"' in text

    def test_offers_no_password_where_that_is_off(
        self, provider: Provider, database: Database, tmp_path: Path
    ) -> None:
        site = started(database, tmp_path, **settings(provider, PASSWORD_SIGN_IN="false"))
        page = get(site, "/sign-in").text
        assert 'name="password"' not in page
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "name": "ada", "password": PASSWORD}
        answer = site.client.post(
            "/sign-in", data=form, headers={**BROWSER, "Origin": ORIGIN}, base_url=ORIGIN
        )
        assert answer.status_code == 401 and "PASSWORD_SIGN_IN" in answer.text

    def test_offers_no_provider_where_there_is_none(self, api: Api) -> None:
        assert "/sign-in/oidc" not in api.client.get("/sign-in", headers=BROWSER).text
