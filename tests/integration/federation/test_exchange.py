"""Jobs get in with what their own system signed for them, and with nothing else."""

from __future__ import annotations

import base64
import json
import socket
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, junit, make_api
from tests.support.federation import AUDIENCE, GITHUB, GITLAB, PUBLISHER, Jobs
from tests.support.issuer import DISCOVERY, HERE
from tidegate.domain.principals import WORKER
from tidegate.domain.tokens import read_token
from tidegate.kernel.container import Container
from tidegate.kernel.db.engine import Database
from tidegate.kernel.http.use import EXTENSION
from tidegate.kernel.issuers.issuers import Issuers
from tidegate.modules.federation.tasks import prune


def bearer(answer: Any) -> dict[str, str]:
    """Return the header with the token that was given."""
    return {"Authorization": f"Bearer {answer.get_json()['token']}"}


def events(api: Api, action: str) -> list[dict[str, Any]]:
    """Return what the audit log tells of an action, newest first."""
    found: list[dict[str, Any]] = api.get("/audit/events", query_string={"action": action}).get_json()[
        "items"
    ]
    return found


class TestExchange:
    def test_lets_a_job_in_for_a_quarter_of_an_hour_as_its_publisher(self, jobs: Jobs) -> None:
        api = jobs.api
        api.set_up()
        assert jobs.trust().status_code == 201

        answer = jobs.exchange()

        assert answer.status_code == 200, answer.get_json()
        assert answer.headers["Cache-Control"] == "no-store"
        document = answer.get_json()
        assert document["token"].startswith("tdg_")
        assert (document["publisher"], document["rights"]) == ("harbour-ci", "submitter of harbour")
        caller = api.get("/me", headers=bearer(answer)).get_json()
        assert (caller["kind"], caller["name"]) == ("ci", "harbour-ci")
        path = "/api/v1/components/harbour/revisions/" + "a" * 40 + "/evidence"
        sent = api.client.post(path, query_string={"slot": "junit.xml"}, data=junit(), headers=bearer(answer))
        assert sent.status_code == 201, sent.get_json()
        assert (
            api.put("/components/crane", {"title": "C", "owner": "q"}, headers=bearer(answer)).status_code
            == 403
        )

        api.clock.advance(timedelta(minutes=15))
        assert api.get("/me", headers=bearer(answer)).status_code == 401

    def test_is_told_in_the_audit_log_with_repository_workflow_and_run(self, jobs: Jobs) -> None:
        jobs.trust()
        answer = jobs.exchange()

        (event,) = events(jobs.api, "token.exchanged")

        assert (event["actor"], event["subject"]) == ("ci:harbour-ci", "publisher:harbour-ci")
        job = event["details"]["job"]
        assert (job["repository"], job["run_id"], job["actor"]) == ("port/harbour", "991", "ada")
        assert job["workflow_ref"] == GITHUB["workflow_ref"]
        assert event["details"]["caller"]["address"] == "127.0.0.1"
        assert answer.get_json()["token"] not in json.dumps(event)

    def test_that_is_refused_is_told_in_the_audit_log_with_its_reason(self, jobs: Jobs) -> None:
        jobs.trust()
        reason = jobs.refused(jobs.token(repository_id="9"))

        event, *_ = events(jobs.api, "access.unauthenticated")

        assert event["subject"] == "operation:POST /api/v1/token-exchange"
        assert event["details"]["reason"] == reason
        assert "repository_id=9" in reason
        assert "764321" not in reason

    @pytest.mark.parametrize(
        ("provider", "claims", "said"),
        [
            ("github", {"repository_id": "764321", "repository_owner_id": "4321"}, GITHUB),
            (
                "github",
                {
                    name: GITHUB[name]
                    for name in ("repository_id", "repository_owner_id", "environment", "ref", "workflow_ref")
                },
                GITHUB,
            ),
            ("gitlab", {"project_id": "77", "namespace_id": "7", "ref_protected": "true"}, GITLAB),
            ("gitlab", {"project_id": "77", "namespace_id": "7"}, {**GITLAB, "project_id": 77}),
            (
                "other",
                {"https://ci.example/pipeline": "9", "protected": "true"},
                {"https://ci.example/pipeline": "9", "protected": True},
            ),
        ],
    )
    def test_matches_what_each_provider_claims(
        self, jobs: Jobs, provider: str, claims: dict[str, str], said: dict[str, Any]
    ) -> None:
        assert jobs.trust(provider=provider, claims=claims).status_code == 201
        assert jobs.exchange(jobs.token(said)).status_code == 200

    def test_prefers_the_publisher_with_most_claims_unless_one_is_named(self, jobs: Jobs) -> None:
        jobs.trust()
        claims = {**PUBLISHER["claims"], "environment": "production"}
        jobs.trust(name="harbour-cd", claims=claims, role="release-manager")

        assert jobs.exchange().get_json()["publisher"] == "harbour-cd"
        assert jobs.exchange(publisher="harbour-ci").get_json()["publisher"] == "harbour-ci"
        assert "no trusted publisher" in jobs.refused(jobs.token(), publisher="another")

    def test_needs_a_server_that_knows_its_own_address(self, database: Database, tmp_path: Path) -> None:
        api = make_api(database, tmp_path / "api")
        answer = api.post("/token-exchange", {"token": "a.b.c"})
        assert (answer.status_code, "PUBLIC_URL" in answer.get_json()["detail"]) == (409, True)

    def test_may_have_an_audience_of_its_own(self, database: Database, tmp_path: Path, jobs: Jobs) -> None:
        api = make_api(
            database, tmp_path / "b", PUBLIC_URL=AUDIENCE, OIDC_AUDIENCE="tidegate", OUTGOING_ALLOW=HERE
        )
        other = Jobs(api, jobs.issuer)
        other.trust()
        assert other.exchange(other.token(aud="tidegate")).status_code == 200
        assert "(audience)" in other.refused(other.token())


class TestAttacks:
    def test_with_a_token_that_was_used_gain_nothing(self, jobs: Jobs) -> None:
        jobs.trust()
        token = jobs.token()
        assert jobs.exchange(token).status_code == 200
        assert "(replay)" in jobs.refused(token)
        same_identifier = jobs.token(jti="once")
        assert jobs.exchange(same_identifier).status_code == 200
        assert "(replay)" in jobs.refused(jobs.token(jti="once", run_id="992"))

    def test_with_one_token_many_times_at_once_gain_one(self, jobs: Jobs) -> None:
        jobs.trust()
        assert jobs.exchange().status_code == 200
        token, statuses = jobs.token(), []
        application = jobs.api.client.application

        def attempt() -> None:
            answer = application.test_client().post("/api/v1/token-exchange", json={"token": token})
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=attempt) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [200, *[401] * 7]

    def test_with_a_token_that_has_no_identifier_gain_nothing(self, jobs: Jobs) -> None:
        jobs.trust()
        for wrong in (None, "", 7, "x" * 501):
            assert "(replay)" in jobs.refused(jobs.token(jti=wrong))

    @pytest.mark.parametrize(
        ("change", "check"),
        [
            ({"aud": "https://another.example"}, "(audience)"),
            ({"aud": [AUDIENCE, "https://another.example"]}, "(audience)"),
            ({"aud": f"{AUDIENCE}/"}, "(audience)"),
            ({"exp": 1}, "(time)"),
            ({"nbf": 9_999_999_999}, "(time)"),
            ({"iat": None}, "(time)"),
            ({"iss": "https://token.actions.githubusercontent.com"}, "(issuer)"),
            ({"repository_id": "764322"}, "(publisher)"),
            ({"repository_id": None}, "(publisher)"),
            ({"repository_id": ["764321"]}, "(publisher)"),
            ({"repository_owner_id": "1"}, "(publisher)"),
        ],
    )
    def test_with_claims_that_are_others_gain_nothing(
        self, jobs: Jobs, change: dict[str, Any], check: str
    ) -> None:
        jobs.trust()
        assert check in jobs.refused(jobs.token(**change))

    def test_with_a_repository_of_the_same_name_that_is_another_gain_nothing(self, jobs: Jobs) -> None:
        """A repository was deleted, and somebody else has made one of its name: its number is new."""
        jobs.trust()
        assert "(publisher)" in jobs.refused(jobs.token(repository_id="900001", repository_owner_id="666"))

    def test_by_another_form_of_the_subject_neither_gain_nor_lose(self, jobs: Jobs) -> None:
        jobs.trust()
        for subject in ("repo:port@4321/harbour@764321:ref:refs/heads/main", "anything", None):
            assert jobs.exchange(jobs.token(sub=subject)).status_code == 200
        assert "(publisher)" in jobs.refused(jobs.token(repository_id="1", sub=GITHUB["sub"]))

    def test_from_the_trusted_repository_are_told_what_is_not_trusted(self, jobs: Jobs) -> None:
        jobs.trust(claims={**PUBLISHER["claims"], "ref": "refs/heads/main"})
        reason = jobs.refused(jobs.token(ref="refs/pull/7/merge"))
        assert "'harbour-ci' trusts its repository, not: ref is 'refs/pull/7/merge'" in reason
        assert "refs/heads/main" not in reason

    def test_without_a_signature_gain_nothing(self, jobs: Jobs) -> None:
        jobs.trust()
        _, body, signature = jobs.token().split(".")
        for header in ({"alg": "none"}, {"alg": "HS256", "kid": "rsa-1"}, {"alg": "RS256", "kid": "rsa-1"}):
            head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
            for end in ("", "eA", signature):
                assert jobs.exchange(f"{head}.{body}.{end}").status_code == 401

    def test_with_huge_tokens_are_refused_before_they_are_read(self, jobs: Jobs) -> None:
        jobs.trust()
        assert "longer than" in jobs.refused("A" * 40_000)
        assert jobs.exchange("A" * 2_000_000).status_code == 413

    def test_with_unknown_keys_make_the_server_ask_once_a_minute(self, jobs: Jobs) -> None:
        jobs.trust()
        assert jobs.exchange().status_code == 200
        before = len(jobs.issuer.asked())
        for number in range(20):
            token = jobs.issuer.token(
                jobs.issuer.claims(jobs.api.clock.now(), aud=AUDIENCE, jti=f"flood-{number}"),
                kid=f"k{number}",
            )
            assert "(key)" in jobs.refused(token)
        assert jobs.issuer.asked()[before:].count(DISCOVERY) <= 1

    def test_in_the_name_of_an_issuer_that_nobody_trusts_make_the_server_ask_nobody(self, jobs: Jobs) -> None:
        before = jobs.issuer.asked()
        assert "no trusted publisher has its issuer" in jobs.refused(jobs.token())
        assert jobs.issuer.asked() == before

    def test_many_in_a_minute_are_not_even_looked_at(self, jobs: Jobs) -> None:
        answers = [jobs.exchange("a.b.c") for _ in range(61)]
        assert [one.status_code for one in answers] == [401] * 60 + [429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60

    def test_while_nobody_can_count_are_refused(self, database: Database, tmp_path: Path) -> None:
        """Here nothing listens where attempts would be counted; reading goes on."""
        with socket.create_server(("127.0.0.1", 0)) as gone:
            away = f"redis://127.0.0.1:{gone.getsockname()[1]}/0"
        api = make_api(database, tmp_path / "api", PUBLIC_URL=AUDIENCE, RATE_LIMIT_STORAGE_URL=away)
        answer = api.post("/token-exchange", {"token": "a.b.c"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert api.get("/me").status_code == 200


class TestIssuer:
    def test_that_is_away_keeps_the_keys_it_had(self, jobs: Jobs) -> None:
        jobs.trust()
        assert jobs.exchange().status_code == 200
        jobs.issuer.behave("away")
        jobs.api.clock.advance(timedelta(hours=3))
        assert jobs.exchange().status_code == 200

    def test_that_never_answered_makes_the_exchange_unavailable(self, jobs: Jobs) -> None:
        jobs.trust()
        jobs.issuer.behave("away")
        answer = jobs.exchange()
        assert answer.status_code == 503
        assert "answers with status 503" in answer.get_json()["detail"]


class TestPublisher:
    def test_that_is_removed_while_its_issuer_is_asked_lets_nobody_in(
        self, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs.trust()
        verified = Issuers.verified

        def slowly(*args: Any, **kwargs: Any) -> Any:
            said = verified(*args, **kwargs)
            assert jobs.api.client.delete("/api/v1/publishers/harbour-ci").status_code == 204
            return said

        monkeypatch.setattr(Issuers, "verified", slowly)

        assert "just removed" in jobs.refused(jobs.token())

    def test_is_listed_shown_and_removed_with_the_tokens_of_its_jobs(self, jobs: Jobs) -> None:
        api = jobs.api
        made = jobs.trust()
        assert made.headers["Location"] == "/api/v1/publishers/harbour-ci"
        assert api.get("/publishers").get_json()["items"] == [made.get_json()]
        assert api.get("/publishers/harbour-ci").get_json() == made.get_json()
        answer = jobs.exchange()

        assert api.client.delete("/api/v1/publishers/harbour-ci").status_code == 204

        assert api.get("/me", headers=bearer(answer)).status_code == 401
        assert api.get("/publishers/harbour-ci").status_code == 404
        assert api.client.delete("/api/v1/publishers/harbour-ci").status_code == 404
        assert "(issuer)" in jobs.refused(jobs.token())
        assert [len(events(api, f"publisher.{verb}")) for verb in ("added", "removed")] == [1, 1]

    def test_has_a_name_of_its_own(self, jobs: Jobs) -> None:
        assert [jobs.trust().status_code for _ in range(2)] == [201, 409]

    def test_asks_for_no_claims_that_another_asks_for(self, jobs: Jobs) -> None:
        jobs.trust()
        refused = jobs.trust(name="harbour-cd", role="release-manager")
        assert refused.status_code == 409
        detail = refused.get_json()["detail"]
        assert "'harbour-ci' asks for the same claims" in detail
        assert "tidegate publisher remove harbour-ci" in detail
        more = {**PUBLISHER["claims"], "environment": "production"}
        assert jobs.trust(name="harbour-cd", claims=more).status_code == 201
        assert jobs.trust(name="harbour-gh", issuer="").status_code == 201

    def test_of_several_with_equal_claims_at_once_one_is_trusted(self, jobs: Jobs) -> None:
        application, statuses = jobs.api.client.application, []
        usual = dict(jobs.api.client.environ_base)

        def attempt(number: int) -> None:
            client = application.test_client()
            client.environ_base |= usual
            body = {**PUBLISHER, "issuer": jobs.issuer.url, "name": f"harbour-{number}"}
            statuses.append(client.post("/api/v1/publishers", json=body).status_code)

        threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [201, *[409] * 5]

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"claims": {"repository_id": "764321"}}, "/claims/repository_owner_id"),
            (
                {"claims": {"repository_id": "port/harbour", "repository_owner_id": "1"}},
                "/claims/repository_id",
            ),
            ({"claims": {**PUBLISHER["claims"], "sub": "repo:port/harbour"}}, "/claims/sub"),
            ({"claims": {**PUBLISHER["claims"], "repository": "port/harbour"}}, "/claims/repository"),
            ({"claims": {**PUBLISHER["claims"], "ref": ""}}, "/claims/ref"),
            ({"provider": "other", "claims": {}}, "/claims"),
            ({"provider": "other", "claims": {"a": "b"}, "issuer": "ftp://x"}, "/issuer"),
            ({"provider": "other", "claims": {"a": "b"}, "issuer": ""}, "/issuer"),
            ({"role": "administrator"}, "/role"),
            ({"provider": "jenkins"}, "/provider"),
            ({"owner": "port"}, ""),
            ({"is_admin": True}, "/is_admin"),
        ],
    )
    def test_that_cannot_be_trusted_is_refused_with_the_fault(
        self, jobs: Jobs, change: dict[str, Any], where: str
    ) -> None:
        answer = jobs.trust(**change)
        assert answer.status_code == 422
        assert where in {"", *(fault["pointer"] for fault in answer.get_json().get("errors", ()))}

    def test_is_of_the_public_issuer_where_none_is_named(self, api: Api) -> None:
        made = api.post("/publishers", PUBLISHER).get_json()
        assert made["issuer"] == "https://token.actions.githubusercontent.com"


class TestJobTokens:
    def test_are_in_no_list_and_stand_in_nobodys_way(self, jobs: Jobs) -> None:
        from tidegate.domain.access import Binding, Role
        from tidegate.domain.principals import COMMAND_LINE
        from tidegate.kernel.pagination import PageRequest
        from tidegate.modules.identity.tokens import TokenService

        jobs.trust()
        jobs.exchange()
        work = container_of(jobs.api).work(COMMAND_LINE)
        try:
            tokens = work.use(TokenService)
            assert all(one.publisher is None for one in tokens.tokens(PageRequest(100)).items)
            assert tokens.create(name="harbour-ci", binding=Binding(Role.SUBMITTER)).text
        finally:
            work.close()

    def test_are_rotated_by_nobody(self, jobs: Jobs) -> None:
        jobs.trust()
        token = jobs.exchange().get_json()["token"]
        found = read_token(token)
        assert found is not None

        refused = jobs.api.post(f"/tokens/{found.id}/rotation", {})

        assert refused.status_code == 409
        detail = refused.get_json()["detail"]
        assert (
            "of a job of the trusted publisher 'harbour-ci'" in detail and "tidegate token create" in detail
        )
        assert jobs.api.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
        assert events(jobs.api, "token.rotated") == []

    def test_are_forgotten_a_day_after_they_end(self, jobs: Jobs) -> None:
        jobs.trust()
        token = jobs.token()
        jobs.exchange(token)
        container = container_of(jobs.api)
        for step, told in ((0, "0"), (11, "1"), (60 * 24, "0"), (15, "1")):
            jobs.api.clock.advance(timedelta(minutes=step))
            work = container.work(WORKER)
            try:
                assert prune(work, {}) == f"{told} expired tokens forgotten"
            finally:
                work.close()
        assert "(time)" in jobs.refused(token)


def container_of(api: Api) -> Container:
    """Return what the API is made of."""
    container: Container = api.client.application.extensions[EXTENSION]
    assert container.module_names
    return container
