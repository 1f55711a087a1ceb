"""Tests of what OpenAPI learns from a controller."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema, fields

from tests.fakes.web import Unlisted, shop_blueprint
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.openapi import document


@pytest.fixture
def found(app: Flask) -> dict[str, Any]:
    """Return the shop's document."""
    return document(app)


def responses(found: dict[str, Any], method: str, path: str) -> set[str]:
    """Return the statuses that an operation documents."""
    return set(found["paths"][path][method]["responses"])


class TestQuery:
    @pytest.mark.parametrize("path", ["/api/v1/things/a?head=3:sha256:0", "/api/v1/things/a/label?x=1"])
    def test_that_nobody_reads_is_refused(self, app: Flask, path: str) -> None:
        client = app.test_client()
        client.post("/api/v1/things", json={"name": "a"})
        assert client.get(path.partition("?")[0]).status_code == 200

        answer = client.get(path)

        assert (answer.status_code, answer.get_json()["type"]) == (400, "/problems/malformed")
        assert "reads no parameter of the query: take away" in answer.get_json()["detail"]

    def test_that_is_read_is_fine(self, app: Flask) -> None:
        assert app.test_client().get("/api/v1/things?limit=1").status_code == 200


class TestDocument:
    @pytest.mark.parametrize(
        ("method", "path", "statuses"),
        [
            ("get", "/api/v1/things", {"200", "400", "422", "429", "500", "503"}),
            (
                "post",
                "/api/v1/things",
                {"201", "400", "409", "413", "415", "422", "429", "500", "503"},
            ),
            ("get", "/api/v1/things/{thing}", {"200", "304", "400", "404", "429", "500", "503"}),
            (
                "patch",
                "/api/v1/things/{thing}",
                {"200", "400", "404", "412", "413", "415", "422", "428", "429", "500", "503"},
            ),
            (
                "put",
                "/api/v1/things/{thing}/report",
                {"200", "400", "412", "413", "415", "422", "429", "500", "503"},
            ),
        ],
    )
    def test_lists_every_answer(
        self, found: dict[str, Any], method: str, path: str, statuses: set[str]
    ) -> None:
        assert responses(found, method, path) == statuses

    def test_names_operations_by_module_and_function(self, found: dict[str, Any]) -> None:
        assert found["paths"]["/api/v1/things"]["post"]["operationId"] == "things_add_thing"

    def test_shows_headers_and_parameters(self, found: dict[str, Any]) -> None:
        post = found["paths"]["/api/v1/things"]["post"]
        patch = found["paths"]["/api/v1/things/{thing}"]["patch"]

        assert "Location" in post["responses"]["201"]["headers"]
        assert "ETag" in patch["responses"]["200"]["headers"]
        assert [p["name"] for p in post["parameters"]] == ["Idempotency-Key"]
        assert {p["name"]: p["required"] for p in patch["parameters"]} == {"If-Match": True}

    def test_shows_how_a_report_is_sent(self, found: dict[str, Any]) -> None:
        body = found["paths"]["/api/v1/things/{thing}/report"]["put"]["requestBody"]

        assert body["content"]["application/octet-stream"]["example"] == "<report/>"

    def test_shows_an_answer_that_no_schema_writes(self, found: dict[str, Any]) -> None:
        answer = found["paths"]["/api/v1/things/{thing}/label"]["get"]["responses"]["200"]

        assert answer["description"] == "The label."
        assert answer["content"]["text/plain"]["example"] == "box"

    def test_is_the_same_every_time(self, app: Flask, found: dict[str, Any]) -> None:
        assert document(app) == found
        assert list(found["paths"]) == sorted(found["paths"])


class TestBlueprint:
    def test_refuses_an_error_that_is_not_in_the_table(self) -> None:
        blueprint = Blueprint("other", __name__)

        with pytest.raises(LookupError, match="not in the table of problems"):
            blueprint.problems(Unlisted)

    def test_makes_what_reads_arguments_once_for_all_requests(self) -> None:
        made: list[Schema] = []

        class Asked(Schema):
            def __init__(self, **options: Any) -> None:
                super().__init__(**options)
                made.append(self)

            word = fields.String(load_default="")

        blueprint = Blueprint("words", __name__, url_prefix="/words", description="Words.")

        @blueprint.get("")
        @blueprint.arguments(Asked, location="query", as_kwargs=True)
        def show(word: str) -> str:
            """Show a word."""
            return word

        app = Flask(__name__)
        app.register_blueprint(blueprint)
        before = len(made)
        assert [app.test_client().get(f"/words?word={word}").text for word in "ab"] == ["a", "b"]
        assert len(made) == before

    def test_can_be_used_by_several_apps(self) -> None:
        assert shop_blueprint() is not shop_blueprint()
