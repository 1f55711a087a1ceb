"""Trusted publishers by form, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.support.api import Api, make_api
from tests.support.forms import BROWSER, fill_in, forms_of
from tests.support.people import sign_in
from tidegate.domain.access import Binding, Role
from tidegate.domain.principals import SERVER
from tidegate.domain.publishers import PROVIDERS, Provider
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.modules.console.forms.publishers import FORMS
from tidegate.modules.identity.job_tokens import JobTokenService

GITHUB = {"name": "harbour-ci", "claim_repository_id": "764321", "claim_repository_owner_id": "4321"}
OTHER = {"name": "mole-ci", "issuer": "https://ci.example.org"}
GITLAB_PAGE, OTHER_PAGE = "/publishers?provider=gitlab", "/publishers?provider=other"


@pytest.fixture
def admin(api: Api) -> Api:
    """An API whose client is the browser of an administrator, who has just signed in."""
    del api.client.environ_base["HTTP_AUTHORIZATION"]
    sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.ADMINISTRATOR)
    return api


def get(api: Api, path: str = "/publishers") -> str:
    """Return the text of a page."""
    shown = api.client.get(path, headers=BROWSER)
    assert shown.status_code == 200
    return shown.text


def send(api: Api, path: str = "/publishers", **values: str) -> TestResponse:
    """Fill the form of a page in and send it."""
    return fill_in(api.client, path, "/publishers", **values)


def faults(answer: TestResponse, field: str) -> str:
    """Return what stands beside a field of a form; empty where nothing does."""
    _, found, rest = answer.text.partition(f'id="{field}-fault">')
    return rest.partition("</p>")[0] if found else ""


class TestPublishers:
    def test_say_the_command_where_there_is_none(self, admin: Api) -> None:
        page = get(admin)
        assert "tidegate publisher add" in page and "TIDEGATE_URL" in page
        assert "set PUBLIC_URL" in page

    def test_are_added_and_removed(self, admin: Api) -> None:
        added = send(admin, **GITHUB, claim_ref="refs/heads/main", component="harbour", environment="staging")
        assert (added.status_code, added.headers["Location"]) == (303, "/publishers")
        page = get(admin)
        for part in (
            *("harbour-ci", "<small>GitHub Actions</small>"),
            *("repository_id", "764321", "4321", "refs/heads/main", "submitter of harbour in staging"),
            *("by person:ada", "not in the last day"),
        ):
            assert part in page
        assert "tidegate publisher add" not in page

        to, fields = next(found for found in forms_of_page(admin) if found[0].endswith("/remove"))
        assert admin.client.post(to, data=fields, headers=BROWSER).status_code == 303
        assert "tidegate publisher add" in get(admin)
        gone = admin.client.post(to, data=fields, headers=BROWSER)
        assert gone.status_code == 422 and "no trusted publisher" in gone.text

    def test_of_gitlab_and_other_issuers_are_added(self, admin: Api) -> None:
        gitlab = {"claim_project_id": "77", "claim_namespace_id": "7", "claim_ref_protected": "true"}
        assert send(admin, GITLAB_PAGE, name="mole-gitlab", **gitlab).status_code == 303
        claims = "team = port\r\n\r\nrepository=harbour=1"
        assert send(admin, OTHER_PAGE, **OTHER, claims=claims, role="viewer").status_code == 303
        page = get(admin)
        assert "<small>GitLab CI</small>" in page and "ref_protected" in page
        assert "viewer everywhere" in page and "harbour=1" in page
        assert "<small>Another issuer, https://ci.example.org</small>" in page

    def test_tell_when_they_were_used_last(self, admin: Api) -> None:
        send(admin, **GITHUB)
        work = admin.client.application.extensions[EXTENSION].work(SERVER)
        try:
            until = admin.clock.now() + timedelta(minutes=15)
            work.use(JobTokenService).issue("harbour-ci", Binding(Role.SUBMITTER), expires_at=until)
        finally:
            work.close()
        page = get(admin)
        assert "not in the last day" not in page
        assert "/audit?subject=publisher:harbour-ci" in page

        to, fields = next(found for found in forms_of_page(admin) if found[0].endswith("/remove"))
        admin.client.post(to, data=fields, headers=BROWSER)
        send(admin, **GITHUB)
        assert "not in the last day" in get(admin)

    def test_name_for_whom_tokens_have_to_be_made(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api", PUBLIC_URL="https://tidegate.example.org")
        sign_in(api.client, api.database.engine, "ada", api.clock.now(), role=Role.ADMINISTRATOR)
        page = get(api)
        assert "<code>https://tidegate.example.org</code>" in page and "set PUBLIC_URL" not in page


class TestWrongInput:
    @pytest.mark.parametrize(
        ("values", "field", "message"),
        [
            ({"claim_repository_id": "harbour"}, "claim_repository_id", "a number that stays"),
            ({"claim_repository_owner_id": ""}, "claim_repository_owner_id", "is needed"),
            ({"issuer": "ftp://ci"}, "issuer", "The issuer is a URL"),
            ({"claim_ref": "x" * 501}, "claim_ref", "500"),
            ({"role": "administrator"}, "role", "Not a valid choice"),
        ],
    )
    def test_stands_beside_its_field(
        self, admin: Api, values: dict[str, str], field: str, message: str
    ) -> None:
        refused = send(admin, **{**GITHUB, **values})
        assert refused.status_code == 422
        assert message in faults(refused, field)
        assert 'value="harbour-ci"' in refused.text
        assert "tidegate publisher add" in get(admin)

    @pytest.mark.parametrize(
        ("claims", "message"),
        [
            ("team", "write NAME=VALUE"),
            ("team=a\nteam=b", "each name once"),
            ("sub=repo:port/harbour", "no claim to match by"),
            ("team=", "1 to 500 characters"),
            ("", "is needed"),
        ],
    )
    def test_of_claims_stands_beside_them(self, admin: Api, claims: str, message: str) -> None:
        refused = send(admin, OTHER_PAGE, **OTHER, claims=claims)
        assert refused.status_code == 422
        assert message in faults(refused, "claims")
        assert 'value="https://ci.example.org"' in refused.text

    def test_of_all_fields_together_is_told(self, admin: Api) -> None:
        for values, message in (
            ({"name": "harbour ci"}, "is no name for a trusted publisher"),
            ({"component": "a", "owner": "b"}, "not to both"),
        ):
            refused = send(admin, **{**GITHUB, **values})
            assert refused.status_code == 422 and message in refused.text
        send(admin, **GITHUB)
        taken = send(admin, **GITHUB)
        assert taken.status_code == 409 and "named &#39;harbour-ci&#39; already" in taken.text

    def test_of_no_known_provider_is_one_of_github(self, admin: Api) -> None:
        assert 'name="claim_repository_id"' in get(admin, "/publishers?provider=nobody")


class TestForms:
    @pytest.mark.parametrize("provider", Provider)
    def test_have_a_field_for_every_claim(self, api: Api, provider: Provider) -> None:
        with api.client.application.test_request_context():
            form = FORMS[provider]()
            fields = [one.label.text for one in (*form.required_claims, *form.optional_claims)]
        rule = PROVIDERS[provider]
        assert fields == [*rule.required, *rule.optional]


class TestAccess:
    def test_asks_for_the_password_after_a_while(self, admin: Api) -> None:
        send(admin, **GITHUB)
        to, fields = next(found for found in forms_of_page(admin) if found[0].endswith("/remove"))
        admin.clock.advance(timedelta(minutes=11))
        assert admin.client.post(to, data=fields, headers=BROWSER).status_code == 401
        assert send(admin, **{**GITHUB, "name": "other"}).status_code == 401
        page = get(admin)
        assert "harbour-ci" in page and ">other<" not in page

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.SUBMITTER, Role.RELEASE_MANAGER])
    def test_is_for_administrators_alone(self, admin: Api, role: Role) -> None:
        send(admin, **GITHUB)
        to, fields = next(found for found in forms_of_page(admin) if found[0].endswith("/remove"))
        sign_in(admin.client, admin.database.engine, "eve", admin.clock.now(), role=role)
        _, account = forms_of(admin.client.get("/account", headers=BROWSER))[0]
        fields = {**GITHUB, "provider": "github", "csrf_token": account["csrf_token"]}
        assert admin.client.get("/publishers", headers=BROWSER).status_code == 403
        for address in (to, "/publishers"):
            assert admin.client.post(address, data=fields, headers=BROWSER).status_code == 403


def forms_of_page(api: Api) -> list[tuple[str, dict[str, str]]]:
    """Return the forms of the page of trusted publishers."""
    return forms_of(api.client.get("/publishers", headers=BROWSER))
