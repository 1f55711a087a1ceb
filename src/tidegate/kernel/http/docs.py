"""The docs pages, made on the server from the OpenAPI document: they need no script and no other host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

from flask import Flask, Response, redirect, render_template, request

from tidegate.domain.canonical import digest_of
from tidegate.kernel.http.curl import curl_of
from tidegate.kernel.http.declarations import public
from tidegate.kernel.http.openapi import document, document_bytes, operations
from tidegate.kernel.http.operation_docs import STEP
from tidegate.kernel.http.pages import PageBlueprint
from tidegate.kernel.http.problem_docs import problem_example
from tidegate.kernel.http.problem_table import BY_SLUG, PROBLEMS
from tidegate.kernel.http.problems import ProblemError

_HTML = "text/html; charset=utf-8"
_CACHE = {"Cache-Control": "public, no-cache"}


@dataclass(frozen=True, slots=True)
class Documented:
    """An operation as the page shows it: with all its parameters, and a command that calls it."""

    method: str
    path: str
    operation: Mapping[str, Any]
    parameters: list[Mapping[str, Any]]
    command: str


def _page(make: Callable[[], bytes], content_type: str = _HTML) -> Callable[[], Response]:
    """Return a view of a page that does not change while the process lives: made at its first request."""
    # `cache` alone would let every thread make it that asks before the first one is ready.
    one_at_a_time = Lock()

    @cache
    def made() -> tuple[bytes, str]:
        body = make()
        return body, digest_of(body)[7:39]

    def view() -> Response:
        with one_at_a_time:
            body, tag = made()
        response = Response(body, headers=_CACHE, content_type=content_type)
        response.set_etag(tag)
        response.make_conditional(request)
        return response

    return view


def install(app: Flask) -> None:
    """Serve the document, the pages made of it, and one for every kind of problem.

    Where no module serves pages, `/` leads to the docs.
    """
    pages = {
        "/openapi.json": _page(lambda: document_bytes(app), "application/json"),
        "/docs": _page(lambda: _docs_page(document(app))),
        "/problems": _page(lambda: _render("problems.html", problems=PROBLEMS, examples={})),
    }
    for path, page in pages.items():
        app.add_url_rule(path, endpoint=f"docs:{path}", view_func=public(page))
    if not any(isinstance(one, PageBlueprint) for one in app.blueprints.values()):
        app.add_url_rule("/", endpoint="docs:root", view_func=public(lambda: redirect("/docs")))
    app.add_url_rule("/problems/<slug>", endpoint="docs:problem", view_func=public(_problem_page))


def _problem_page(slug: str) -> Response:
    if slug not in BY_SLUG:
        raise ProblemError("not-found", f"There is no kind of problem named {slug!r}.")
    problem = BY_SLUG[slug]
    body = _render("problems.html", problems=[problem], examples={slug: problem_example(problem)})
    return Response(body, headers=_CACHE, content_type=_HTML)


def _docs_page(found: dict[str, Any]) -> bytes:
    groups: dict[str, list[Documented]] = {tag["name"]: [] for tag in found["tags"]}
    everything = [_documented(found, *one) for one in operations(found)]
    for one in everything:
        groups[one.operation["tags"][0]].append(one)
    steps = sorted(
        (one for one in everything if STEP in one.operation),
        key=lambda one: int(one.operation[STEP]["number"]),
    )
    return _render(
        "docs.html",
        document=found,
        groups=groups,
        steps=steps,
        step=STEP,
        resolve=lambda value: _resolve(found, value),
    )


def _documented(found: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Documented:
    given = [*found["paths"][path].get("parameters", ()), *operation.get("parameters", ())]
    parameters = [_resolve(found, one) for one in given]
    command = curl_of(
        method,
        path,
        parameters,
        operation.get("requestBody", {}),
        token=bool(operation["security"]),
    )
    return Documented(method, path, operation, parameters, command)


def _resolve(found: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a `$ref` to what it names."""
    while "$ref" in value:
        target: Any = found
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def _render(template: str, **values: Any) -> bytes:
    return render_template(template, **values).encode()
