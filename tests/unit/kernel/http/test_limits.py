"""Tests of the limits: how often one caller may call."""

from __future__ import annotations

import pytest
from flask import g
from flask.testing import FlaskClient

from tests.unit.kernel.http.conftest import OpenShop
from tidegate.domain.principals import Principal, PrincipalKind

PATH = "/api/v1/things"


@pytest.fixture(params=["memory://", "redis://127.0.0.1:1/0"])
def limited(open_shop: OpenShop, request: pytest.FixtureRequest) -> FlaskClient:
    """Return a caller who may call three times a minute; the Redis is one that never answers."""
    return open_shop(RATE_LIMIT_PER_MINUTE="3", RATE_LIMIT_STORAGE_URL=request.param).test_client()


class TestRate:
    @pytest.mark.requirement("S1-26")
    @pytest.mark.requirement("S2-7")
    def test_of_one_address_is_limited(self, limited: FlaskClient) -> None:
        answers = [limited.get(PATH) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        refused = answers[-1]
        assert refused.get_json()["type"] == "/problems/too-many-requests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "Retry-After" not in answers[0].headers

    def test_of_another_address_counts_by_itself(self, limited: FlaskClient) -> None:
        for _ in range(4):
            limited.get(PATH)

        assert limited.get(PATH, environ_base={"REMOTE_ADDR": "127.0.0.2"}).status_code == 200

    def test_of_a_known_caller_counts_from_wherever_it_calls(self, open_shop: OpenShop) -> None:
        app = open_shop(RATE_LIMIT_PER_MINUTE="3")
        callers = iter("aaaab")

        def know() -> None:
            g.principal = Principal(PrincipalKind.SYSTEM, next(callers))

        app.before_request_funcs[None].insert(1, know)
        client = app.test_client()
        answers = [
            client.get(PATH, environ_base={"REMOTE_ADDR": f"127.0.0.{number}"}).status_code
            for number in range(5)
        ]

        assert answers == [200, 200, 200, 429, 200]

    def test_of_health_checks_is_not_limited(self, limited: FlaskClient) -> None:
        assert {limited.get("/healthz").status_code for _ in range(9)} == {200}
        assert {limited.get("/readyz").status_code for _ in range(9)} == {200}

    @pytest.mark.requirement("S3-20")
    def test_is_free_where_it_is_switched_off(self, open_shop: OpenShop) -> None:
        client = open_shop(RATE_LIMIT_PER_MINUTE="1", RATE_LIMIT_ENABLED="false").test_client()

        assert {client.get(PATH).status_code for _ in range(4)} == {200}


class TestSize:
    def test_of_a_report_has_a_limit_of_its_own(self, open_shop: OpenShop) -> None:
        client = open_shop(MAX_JSON_BYTES="100", MAX_REPORT_BYTES="1000").test_client()

        assert client.put(f"{PATH}/a/report", data=b"x" * 1000).status_code == 200
        assert client.put(f"{PATH}/a/report", data=b"x" * 1001).status_code == 413
        assert client.post(PATH, json={"name": "x" * 100}).status_code == 413
