"""Tests of the lint of the OpenAPI document: the API is clean, and every rule can go red."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.lint_openapi import lint
from scripts.write_openapi import plain_app
from tests.fakes.web import opened, shop
from tidegate.kernel.http.openapi import document

Document = dict[str, Any]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Return a document without a fault."""
    with opened(shop(tmp_path_factory.mktemp("shop"))) as app:
        return document(app)


def post(found: Document) -> Any:
    """Return the operation that the rules are broken in."""
    return found["paths"]["/api/v1/things"]["post"]


def media(found: Document) -> Any:
    """Return the request's one media type."""
    return post(found)["requestBody"]["content"]["application/json"]


BREAKS: dict[str, tuple[Callable[[Document], object], str]] = {
    "standard": (lambda d: d["info"].pop("title"), '"title" is a required property'),
    "summary": (lambda d: post(d).pop("summary"), "has no summary."),
    "description": (lambda d: post(d).update(description=" "), "has no description."),
    "id": (lambda d: post(d).update(operationId="addThing"), "has no operationId in snake_case."),
    "same id": (lambda d: post(d).update(operationId="things_list_things"), "is not unique"),
    "tag": (lambda d: post(d).pop("tags"), "has no tag."),
    "parameter": (lambda d: post(d)["parameters"][0].pop("description"), "has no description."),
    "parameter of a path": (
        lambda d: d["paths"]["/api/v1/things/{thing}"]["parameters"][0].pop("description"),
        "/api/v1/things/{thing}: parameter 'thing' has no description.",
    ),
    "parameter's example": (
        lambda d: d["paths"]["/api/v1/things/{thing}"]["parameters"][0].update(example=7),
        "the example of parameter 'thing' breaks its schema at /: 7 is not of type 'string'",
    ),
    "request's example": (
        lambda d: media(d)["example"].update(size="large"),
        "the example of request for application/json breaks its schema at /size: 'large' is not of type",
    ),
    "problem's example": (
        lambda d: d["components"]["responses"]["Problem400"]["content"]["application/problem+json"][
            "examples"
        ]["malformed"]["value"].pop("detail"),
        "the example of 400 malformed for application/problem+json breaks its schema",
    ),
    "request example": (lambda d: media(d).pop("example"), "request has no example for application/json."),
    "request schema": (lambda d: media(d).pop("schema"), "request has no schema for application/json."),
    "response example": (
        lambda d: post(d)["responses"]["201"]["content"]["application/json"].pop("example"),
        "201 has no example for application/json.",
    ),
    "response content": (lambda d: post(d)["responses"]["201"].pop("content"), "201 documents no content."),
    "success": (lambda d: post(d)["responses"].pop("201"), "documents no success."),
    "common problems": (lambda d: post(d)["responses"].pop("429"), "does not document 429."),
    "problems of a body": (lambda d: post(d)["responses"].pop("415"), "does not document 415."),
    "problem media type": (
        lambda d: post(d)["responses"].update({"400": post(d)["responses"]["201"]}),
        "400 is not answered as application/problem+json.",
    ),
    "problem content": (
        lambda d: d["components"]["responses"]["Problem400"].pop("content"),
        "400 documents no content.",
    ),
}


class TestLint:
    def test_finds_nothing_in_our_own_document(self, tmp_path: Path) -> None:
        assert lint(document(plain_app(tmp_path))) == []

    def test_finds_nothing_in_the_shop(self, sound: Document) -> None:
        assert lint(sound) == []

    @pytest.mark.parametrize("name", BREAKS)
    def test_goes_red(self, sound: Document, name: str) -> None:
        broken = copy.deepcopy(sound)
        damage, fault = BREAKS[name]
        damage(broken)

        assert any(fault in found for found in lint(broken)), lint(broken)
