"""Errors over HTTP: how they are told (RFC 9457), as a document or a page, and the handlers that do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Flask, Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from tidegate.domain import errors
from tidegate.domain.nearest import nearest
from tidegate.domain.principals import ANONYMOUS
from tidegate.domain.releases import GateClosed
from tidegate.kernel.http.pages import frame_of_reader
from tidegate.kernel.http.problem_table import BY_SLUG, Problem, problem_of, problem_of_status
from tidegate.kernel.logging import logger

MEDIA_TYPE = "application/problem+json"
_LONGEST_PATH = 100
_HTML = "text/html; charset=utf-8"
RETRY_AFTER = "1"
_HOW_TO_SAY_IT = " Send the ETag that you read as If-Match."
HIDDEN_DETAIL = "Something went wrong inside the server. Its log has the reason under this request's id."


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the input: where it is (`pointer` into the body, or the name of a parameter), and what."""

    place: str
    pointer: str
    detail: str


class ProblemError(Exception):
    """Raised by the kernel's own HTTP helpers where a request is wrong as a request; never by a service."""

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = BY_SLUG[slug]
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One problem as it is answered."""

    problem: Problem
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the members of the problem document."""
        members: dict[str, Any] = {
            "type": self.problem.type,
            "title": self.problem.title,
            "status": self.problem.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        if self.faults:
            members["errors"] = [
                {"in": fault.place, "pointer": fault.pointer, "detail": fault.detail} for fault in self.faults
            ]
        return members

    def response(self) -> Response:
        """Return the answer, with the request's id in it: a page for a browser, else a problem document."""
        document = self.body(g.get("request_id", ""))
        if _wants_page():
            page = render_template(
                "problem.html",
                frame=frame_of_reader(),
                principal=g.get("principal", ANONYMOUS),
                problem=self.problem,
                document=document,
            )
            response = Response(page, self.problem.status, self.headers, content_type=_HTML)
        else:
            body = msgspec.json.encode(document)
            response = Response(body, self.problem.status, self.headers, content_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response


def _wants_page() -> bool:
    """Tell whether a person reads the answer: a browser asks for HTML first; the API always answers JSON."""
    if request.path.startswith("/api/"):
        return False
    return request.accept_mimetypes.best_match((MEDIA_TYPE, "application/json", "text/html")) == "text/html"


def install(app: Flask) -> None:
    """Answer every error of the app as a problem."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_error_handler(errors.TidegateError, answer_domain_error)
    app.register_error_handler(ProblemError, _answer_problem)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer_domain_error(error: errors.TidegateError) -> Response:
    """Answer a fact that the domain raised as what the table says of it."""
    problem = problem_of(type(error))
    if problem is None:
        return _answer_unexpected(error)
    faults: Sequence[Fault] = ()
    if isinstance(error, errors.Invalid):
        faults = [_placed(where, what) for where, what in error.problems]
    elif isinstance(error, GateClosed):
        faults = [
            Fault("gate", f"{one.gate}/{one.rule}", f"{one.state}: {one.reason}") for one in error.failing
        ]
    headers = {}
    if problem.status == 503:
        logger().error("dependency.failed", route=_route(), exc_info=error)
        headers["Retry-After"] = RETRY_AFTER
    detail = str(error) + (_HOW_TO_SAY_IT if problem.slug == "precondition-required" else "")
    return Occurrence(problem, detail, faults, headers).response()


def _placed(where: str, what: str) -> Fault:
    """Tell a fault of the address or the query, whose names services say plainly, from one of the body."""
    for place, names in (("path", request.view_args or {}), ("query", request.args)):
        if where in names:
            return Fault(place, f"/{where}", what)
    return Fault("body", where if where[:1] in ("", "/") else f"/{where}", what)


def _answer_problem(error: ProblemError) -> Response:
    return Occurrence(error.problem, error.detail, error.faults, error.headers).response()


def _answer_unexpected(error: Exception) -> Response:
    """Answer an error that nobody foresaw: the log gets the reason, the caller the request's id."""
    logger().error("request.failed", route=_route(), exc_info=error)
    return Occurrence(BY_SLUG["internal"], HIDDEN_DETAIL).response()


def _answer_http(error: HTTPException) -> Response:
    """Answer an error that Werkzeug, Flask, webargs or the limiter raised, with the headers it asks for."""
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    if isinstance(error.response, Response):
        # Werkzeug's way to leave a view with a finished answer; the limiter takes it as well.
        return error.response
    status = error.code or 500
    problem = problem_of_status(status)
    faults = faults_of(data.get("messages", {}))
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    headers |= data.get("headers") or {}
    return Occurrence(problem, _detail(error, status, faults), faults, headers).response()


def _detail(error: HTTPException, status: int, faults: Sequence[Fault]) -> str:
    if status == 404:
        return "Nothing answers at this address." + _nearest_address()
    if isinstance(error, MethodNotAllowed):
        known = ", ".join(sorted(error.valid_methods or ()))
        return f"{request.method} is not possible here: this address knows {known}."
    if status == 413 and request.max_content_length:
        return (
            f"At most {request.max_content_length:,} bytes are read here. The operator sets how many: "
            "MAX_REPORT_BYTES for reports, WORKBOOK_MAX_BYTES for workbooks, MAX_JSON_BYTES for the rest."
        )
    if status >= 500:
        return HIDDEN_DETAIL
    if faults:
        return "The input has a fault." if len(faults) == 1 else f"The input has {len(faults)} faults."
    return error.description or "The request is not accepted."


def _nearest_address() -> str:
    """Name the address that was meant: without a slash that is too much, or one that is written alike."""
    path = request.path.rstrip("/")
    adapter = current_app.create_url_adapter(request)
    if path != request.path and adapter is not None and adapter.allowed_methods(path):
        return f" Without the slash at its end there is one: {path}."
    known = (
        rule.rule
        for rule in current_app.url_map.iter_rules()
        if not rule.arguments and "GET" in (rule.methods or ())
    )
    meant = nearest(path[:_LONGEST_PATH], known, cutoff=0.75)
    return f" Did you mean {meant}?" if meant else ""


_MOMENT = "Not a time with its zone, such as 2026-11-21T02:26:48Z."
_OBJECT = "Not a JSON object."
_PLAINER = {
    "Not a valid datetime.": _MOMENT,
    "Not a valid aware datetime.": _MOMENT,
    "Invalid input type.": _OBJECT,
    "Not a valid mapping type.": _OBJECT,
}
"""What marshmallow says of a type that is Python's, in words of the one who sent it."""
_PLACES = {"json": "body", "json_or_form": "body", "querystring": "query", "headers": "header"}


def faults_of(messages: Any) -> list[Fault]:
    """Turn webargs' nested messages into one fault each, with a JSON pointer (RFC 6901) to its place."""
    if not isinstance(messages, Mapping):
        return []
    found: list[Fault] = []
    for location, below in messages.items():
        place = _PLACES.get(str(location), str(location))
        found.extend(Fault(place, pointer, detail) for pointer, detail in _flatten(below, ""))
    return found


def _flatten(messages: Any, pointer: str) -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            pair
            for key, below in messages.items()
            for pair in _flatten(below, pointer if key == "_schema" else f"{pointer}/{escape(str(key))}")
        ]
    if isinstance(messages, (list, tuple)):
        return [pair for below in messages for pair in _flatten(below, pointer)]
    return [(pointer, _PLAINER.get(str(messages), str(messages)))]


def escape(key: str) -> str:
    """Write a key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _route() -> str | None:
    return rule.rule if (rule := request.url_rule) is not None else None
