"""Tests of the docs pages: they hold the whole API, and need nothing from elsewhere."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tidegate.kernel.http.openapi import document, operations
from tidegate.kernel.http.problem_table import PROBLEMS


class TestDocument:
    def test_is_made_when_it_is_first_asked_for(self, app: Flask) -> None:
        api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        assert (len(api.undocumented) > 0, api.spec.to_dict()["paths"]) == (True, {})

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: document(app), range(4)))

        assert found[0]["paths"]
        assert found == [found[0]] * 4


class TestDocs:
    def test_name_every_operation_and_schema(self, app: Flask, client: FlaskClient) -> None:
        page = client.get("/docs").text
        found = document(app)

        for method, path, operation in operations(found):
            assert f'id="{operation["operationId"]}"' in page
            assert f'<span class="method {method}">{method}</span> <code>{path}</code>' in page
        for name in found["components"]["schemas"]:
            assert f'id="{name}"' in page

    def test_have_every_link_lead_somewhere(self, client: FlaskClient) -> None:
        page = client.get("/docs").text
        targets = set(re.findall(r'href="([^"]+)"', page))
        ids = set(re.findall(r'id="([^"]+)"', page))

        assert {target[1:] for target in targets if target.startswith("#")} <= ids
        others = {target for target in targets if not target.startswith(("#", "data:"))}
        assert all(target.startswith("/") for target in others)
        assert {target: client.get(target).status_code for target in others} == dict.fromkeys(others, 200)

    def test_are_well_formed_and_hold_no_script(self, client: FlaskClient) -> None:
        class Nesting(HTMLParser):
            """Checks that every element that was opened is closed in its turn."""

            def __init__(self) -> None:
                super().__init__()
                self.opened: list[str] = []

            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                assert tag != "script"
                if tag not in ("meta", "link"):
                    self.opened.append(tag)

            def handle_endtag(self, tag: str) -> None:
                assert self.opened.pop() == tag

        checker = Nesting()
        checker.feed(client.get("/docs").text)

        assert checker.opened == []

    @pytest.mark.parametrize("path", ["/docs", "/problems"])
    def test_bring_their_icon_along_so_that_no_browser_asks_for_one(
        self, client: FlaskClient, path: str
    ) -> None:
        assert '<link rel="icon" href="data:image/svg+xml,' in client.get(path).text

    @pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/problems"])
    def test_are_not_sent_again_to_who_has_them(self, client: FlaskClient, path: str) -> None:
        tag = client.get(path).headers["ETag"]

        response = client.get(path, headers={"If-None-Match": tag})

        assert (response.status_code, response.data) == (304, b"")


class TestProblemPages:
    def test_are_there_for_every_kind(self, client: FlaskClient) -> None:
        for problem in PROBLEMS:
            page = client.get(problem.type).text
            assert problem.title in page
        assert client.get("/problems/none").status_code == 404


class TestProse:
    def test_shows_code_as_code_and_nothing_else_as_markup(self, client: FlaskClient) -> None:
        page = client.get("/problems/stale").text

        assert "<code>ETag</code> as <code>If-Match</code>" in page
        assert "&#34;type&#34;: &#34;/problems/stale&#34;" in page

    def test_leaves_no_backtick_of_ours_on_the_page(self, client: FlaskClient) -> None:
        assert not re.search(r"<p>[^<]*`[^<]*</p>", client.get("/docs").text)
