"""`make api-clients` goes red where a tool of others cannot work with the API, and says what did not run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest

from scripts.check_api_clients import (
    Place,
    Refused,
    check,
    openapi_generator,
    openapi_python_client,
    openapi_typescript,
    redocly,
    spectral,
)
from scripts.write_openapi import plain_app
from tests.fakes.scripted_server import ReceivedRequest, ScriptedReply, scripted_server
from tidegate.kernel.http.openapi import document


@pytest.fixture(scope="module")
def api() -> dict[str, object]:
    """Return the API's document."""
    return document(plain_app())


@pytest.fixture
def answering_nothing_else(api: dict[str, object]) -> Iterator[str]:
    """Serve the true document, and an empty object for everything that it promises."""

    def answer(asked: ReceivedRequest) -> ScriptedReply:
        return ScriptedReply(api if asked.path == "/openapi.json" else {})

    with scripted_server(answer) as server:
        yield server.url


class TestAGeneratedClient:
    def test_is_red_where_the_server_does_not_answer_as_documented(
        self, answering_nothing_else: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert check(answering_nothing_else, [openapi_python_client]) == 1
        assert "FAIL openapi-python-client: python ended with 1" in capsys.readouterr().out

    def test_is_red_where_a_part_of_the_document_defeats_the_generator(
        self, api: dict[str, object], capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = json.loads(json.dumps(api))
        parameters = broken["paths"]["/api/v1/components"]["get"]["parameters"]
        parameters[0]["schema"] = {"anyOf": [{"$ref": "#/components/schemas/Nowhere"}, {"type": "null"}]}

        with scripted_server(lambda _: ScriptedReply(broken)) as server:
            assert check(server.url, [openapi_python_client]) == 1
        assert "/api/v1/components within catalog" in capsys.readouterr().out


class TestWhatIsNotHere:
    @pytest.mark.parametrize("needed", ["", "1"])
    def test_is_named_and_counts_where_it_is_required(
        self,
        needed: str,
        answering_nothing_else: str,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("REQUIRE_API_CLIENTS", needed)
        monkeypatch.setattr("scripts.check_api_clients.find_spec", lambda _: None)
        consumers = [spectral, redocly, openapi_python_client, openapi_generator, openapi_typescript]

        assert check(answering_nothing_else, consumers, which=lambda _: None) == (1 if needed else 0)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[2].strip() for line in lines] == [
            "spectral",
            "redocly",
            "openapi-python-client",
            "openapi-generator",
            "openapi-typescript",
        ]
        assert all(line.startswith("NOT RUN: api-clients: ") for line in lines)

    def test_is_java_for_openapi_generator(
        self,
        answering_nothing_else: str,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("scripts.check_api_clients.find_spec", lambda _: object())

        assert check(answering_nothing_else, [openapi_generator], which=lambda _: None) == 0
        assert "needs Java" in capsys.readouterr().out


class TestALinter:
    def test_is_red_with_what_it_said(
        self, answering_nothing_else: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def linter(place: Place) -> None:
            place.run(shutil.which("sh") or "sh", "-c", "echo line 3: no description; exit 2")

        assert check(answering_nothing_else, [linter]) == 1
        assert "FAIL linter: sh ended with 2:\nline 3: no description" in capsys.readouterr().out

    def test_that_knows_nothing_to_complain_of_is_not(self, answering_nothing_else: str) -> None:
        def linter(place: Place) -> None:
            if "components" not in json.loads(place.document.read_text()):
                raise Refused("no components")

        assert check(answering_nothing_else, [linter]) == 0
