"""Tests of the problems: every error is answered as RFC 9457 writes it, and shows nothing of the inside."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tidegate.domain import errors
from tidegate.domain.errors import TidegateError
from tidegate.kernel.http.problem_table import BY_SLUG, PROBLEMS, problem_of
from tidegate.kernel.http.problems import MEDIA_TYPE, faults_of


class TestTable:
    def test_names_every_problem_once(self) -> None:
        assert len(BY_SLUG) == len(PROBLEMS)
        assert all(400 <= problem.status <= 599 for problem in PROBLEMS)

    def test_knows_every_error_that_the_domain_declares(self) -> None:
        declared = [
            error
            for error in vars(errors).values()
            if isinstance(error, type) and issubclass(error, TidegateError) and error is not TidegateError
        ]

        assert declared
        assert all(problem_of(error) is not None for error in declared)

    def test_takes_an_error_for_what_its_base_means(self) -> None:
        class OutOfStock(errors.Conflict):
            pass

        assert problem_of(OutOfStock) is BY_SLUG["conflict"]
        assert problem_of(RuntimeError) is None


class TestAnswers:
    @pytest.mark.parametrize(
        ("method", "path", "status", "slug", "detail"),
        [
            ("GET", "/nowhere", 404, "not-found", "Nothing answers at this address."),
            ("GET", "/nowhere/", 404, "not-found", "Nothing answers at this address."),
            (
                "POST",
                "/api/v1/things/",
                404,
                "not-found",
                "Nothing answers at this address. Without the slash at its end there is one: /api/v1/things.",
            ),
            (
                "GET",
                "/api/v1/thing",
                404,
                "not-found",
                "Nothing answers at this address. Did you mean /api/v1/things?",
            ),
            ("GET", "/api/v1/things/none", 404, "not-found", "There is no thing named 'none'."),
            (
                "DELETE",
                "/api/v1/things",
                405,
                "method-not-allowed",
                "DELETE is not possible here: this address knows GET, HEAD, OPTIONS, POST.",
            ),
            ("GET", "/api/v1/things/errors/unavailable", 503, "unavailable", "The database does not answer."),
            ("GET", "/api/v1/things/errors/unlisted", 500, "internal", "Something went wrong"),
            ("GET", "/api/v1/things/errors/unexpected", 500, "internal", "Something went wrong"),
            ("GET", "/api/v1/things/errors/teapot", 400, "malformed", "This server is a teapot"),
            ("GET", "/api/v1/things/errors/not-implemented", 500, "internal", "Something went wrong"),
            ("GET", "/api/v1/things?limit=x", 422, "invalid", "The input has a fault."),
            ("GET", "/api/v1/things?a=1&b=2", 422, "invalid", "The input has 2 faults."),
            ("GET", "/api/v1/things?limit=1&limit=2", 422, "invalid", "A parameter is given more than once."),
            ("GET", "/api/v1/things/a%00b", 400, "malformed", "The address holds the character U+0000"),
            ("GET", "/api/v1/things?cursor=%00", 400, "malformed", "The address holds the character U+0000"),
            ("GET", "/api/v1/things?cursor=abc", 422, "invalid", "This cursor is not one"),
        ],
    )
    def test_are_problems(
        self, client: FlaskClient, method: str, path: str, status: int, slug: str, detail: str
    ) -> None:
        response = client.open(path, method=method, headers={"X-Request-ID": "abcdefgh-1"})

        assert (response.status_code, response.content_type) == (status, MEDIA_TYPE)
        body = response.get_json()
        assert body["type"] == f"/problems/{slug}"
        assert body["title"] == BY_SLUG[slug].title
        assert body["status"] == status
        assert body["detail"].startswith(detail)
        assert body["request_id"] == "abcdefgh-1"
        assert response.headers["Cache-Control"] == "no-store"

    def test_say_which_methods_there_are(self, client: FlaskClient) -> None:
        allowed = client.delete("/api/v1/things").headers["Allow"]

        assert {"GET", "POST"} <= set(allowed.split(", "))

    def test_say_when_to_try_again(self, client: FlaskClient) -> None:
        assert client.get("/api/v1/things/errors/unavailable").headers["Retry-After"] == "1"

    def test_show_nothing_of_the_inside_and_log_it(
        self, client: FlaskClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        response = client.get("/api/v1/things/errors/unexpected")

        assert b"the inside of the server" not in response.data
        assert "the inside of the server" in capsys.readouterr().out

    def test_point_to_each_fault(self, client: FlaskClient) -> None:
        response = client.post("/api/v1/things", json={"size": "many", "a/b~c": 1})

        assert response.status_code == 422
        faults = {(fault["in"], fault["pointer"]) for fault in response.get_json()["errors"]}
        assert faults == {("body", "/name"), ("body", "/size"), ("body", "/a~1b~0c")}

    def test_point_to_the_faults_that_a_service_finds(self, client: FlaskClient) -> None:
        response = client.post("/api/v1/things", json={"name": "box", "size": 10})

        assert response.get_json()["errors"] == [{"in": "body", "pointer": "/size", "detail": "More than 9."}]

    def test_leave_a_finished_answer_alone(self, client: FlaskClient) -> None:
        response = client.get("/api/v1/things/errors/done")

        assert (response.status_code, response.data) == (299, b"done")

    def test_leave_redirects_alone(self, client: FlaskClient) -> None:
        assert client.get("/").status_code == 302
        assert client.get("/problems//stale").status_code == 308


class TestFaults:
    def test_are_found_at_any_depth(self) -> None:
        messages = {"json": {"rules": {0: {"id": ["Missing."], "_schema": ["Bad."]}}, "_schema": ["No."]}}

        found = [(fault.place, fault.pointer, fault.detail) for fault in faults_of(messages)]

        assert found == [
            ("body", "/rules/0/id", "Missing."),
            ("body", "/rules/0", "Bad."),
            ("body", "", "No."),
        ]

    @given(
        st.recursive(
            st.none() | st.text() | st.integers(),
            lambda below: st.lists(below) | st.dictionaries(st.text() | st.integers(), below),
        )
    )
    def test_are_read_from_whatever_comes(self, messages: object) -> None:
        assert all(fault.detail is not None for fault in faults_of(messages))
