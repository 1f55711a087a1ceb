"""Tests of the commands of the docs: a shell reads them as what is meant."""

from __future__ import annotations

import shlex

from tidegate.kernel.http.curl import curl_of

NAME = {"name": "thing", "in": "path", "required": True, "example": "box one"}
SLOT = {"name": "slot", "in": "query", "required": True, "schema": {"example": "a/b.xml"}}
FREE = {"name": "limit", "in": "query", "example": 5}
MATCH = {"name": "If-Match", "in": "header", "required": True, "example": '"3"'}


class TestCurlOf:
    def test_reads_with_nothing_but_the_address(self) -> None:
        assert curl_of("get", "/things", [FREE], {}) == 'curl "$TIDEGATE_URL/things"'

    def test_presents_a_token_where_one_is_needed(self) -> None:
        assert curl_of("get", "/things", [], {}, token=True) == (
            'curl "$TIDEGATE_URL/things" \\\n  --header "Authorization: Bearer $TIDEGATE_TOKEN"'
        )

    def test_fills_in_every_parameter_that_is_needed(self) -> None:
        command = curl_of("patch", "/things/{thing}", [NAME, SLOT, FREE, MATCH], {})

        assert shlex.split(command.replace("\\\n", "")) == [
            "curl",
            "$TIDEGATE_URL/things/box%20one?slot=a%2Fb.xml",
            "--request",
            "PATCH",
            "--header",
            'If-Match: "3"',
        ]

    def test_sends_the_example_whatever_stands_in_it(self) -> None:
        body = {"content": {"application/json": {"example": {"title": "It's $HOME"}}}}

        words = shlex.split(curl_of("put", "/things", [], body).replace("\\\n", ""))

        assert words[-4:] == [
            "--header",
            "Content-Type: application/json",
            "--data",
            '{"title":"It\'s $HOME"}',
        ]

    def test_sends_a_file_where_the_body_is_bytes(self) -> None:
        body = {"content": {"application/octet-stream": {"example": "<a/>"}}}
        assert curl_of("post", "/things", [], body).endswith("--data-binary @report.xml")

    def test_sends_a_form_of_files(self) -> None:
        body = {"content": {"multipart/form-data": {"example": {"report": ["<a/>"]}}}}
        command = curl_of("post", "/things", [], body)
        assert command.endswith("--form report=@junit.xml \\\n  --form report=@coverage.xml")
        assert "Content-Type" not in command

    def test_names_what_has_no_example(self) -> None:
        name = {"name": "thing", "in": "path", "required": True}

        assert curl_of("get", "/things/{thing}", [name], {}) == 'curl "$TIDEGATE_URL/things/thing"'
