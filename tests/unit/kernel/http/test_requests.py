"""Tests of what happens around a request: its id, its log line, its work."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.web import Things
from tidegate.domain.principals import ANONYMOUS
from tidegate.kernel.http.use import current_container, current_principal, current_work, use


class TestRequestId:
    def test_is_taken_over_when_it_is_sane(self, client: FlaskClient) -> None:
        given = "01JABCDEF-xyz.1:2_3"

        assert client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given

    @pytest.mark.parametrize(
        "given", ["", "short", "a" * 129, "with spaces in it", "<script>alert(1)</script>"]
    )
    def test_is_made_anew_when_it_is_not(self, client: FlaskClient, given: str) -> None:
        found = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

        assert found != given
        assert len(found) == 32


class TestLogLine:
    @pytest.mark.requirement("S3-24")
    def test_names_route_status_and_time_and_nothing_that_was_sent(
        self, client: FlaskClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client.get("/api/v1/things/private?prefix=private", headers={"X-Request-ID": "abcdefgh"})

        written = capsys.readouterr().out
        line = json.loads(written.splitlines()[-1])
        assert line["route"] == "/api/v1/things/<thing>"
        assert (line["status"], line["method"], line["request_id"]) == (400, "GET", "abcdefgh")
        assert 0 <= line["duration_ms"] < 60_000
        assert "private" not in written


class TestWork:
    def test_is_the_same_within_a_request_and_closed_with_it(self, app: Flask) -> None:
        with app.test_request_context("/"):
            app.preprocess_request()
            work = current_work()
            assert (work.principal, current_principal()) == (ANONYMOUS, ANONYMOUS)
            with work.uow.transaction() as session:
                session.connection()
            assert current_work() is work
            assert use(Things) is use(Things)
            assert current_container() is work.container

        assert work.uow._session is None

    def test_is_not_opened_by_a_request_that_needs_none(self, app: Flask) -> None:
        with app.test_request_context("/"):
            pass

        with app.test_request_context("/"):
            app.preprocess_request()
            with pytest.raises(LookupError, match="no module that is switched on"):
                use(str)
