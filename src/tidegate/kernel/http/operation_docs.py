"""What an operation's decorators and the table of problems add to its entry in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidegate.kernel.http import idempotency
from tidegate.kernel.http.problem_docs import response_name
from tidegate.kernel.http.problems import BY_SLUG, problem_of

_ALWAYS = ("malformed", "too-many-requests", "internal", "unavailable")
_WITH_INPUT = ("invalid",)
_WITH_BODY = ("too-large", "unsupported-media-type", "invalid")

LINK = {"description": "The first and the next page (RFC 8288).", "schema": {"type": "string"}}
_ETAG = {"description": "The version that is answered.", "schema": {"type": "string"}, "example": '"3"'}
_LOCATION = {"description": "Where it is now.", "schema": {"type": "string", "format": "uri-reference"}}


def _header(
    name: str, description: str, example: str, *, pattern: str | None = None, required: bool = False
) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "description": description,
        "schema": {"type": "string", **({"pattern": f"^(?:{pattern})$"} if pattern else {})},
        "example": example,
    }


_ONE_VERSION = r'\*|"[0-9]{1,18}"'
_PARAMETERS = {
    "tagged": _header("If-None-Match", "Answer 304 where this is still the version.", '"3"'),
    "conditional": _header(
        "If-Match", "The `ETag` of what is changed, or `*`.", '"3"', pattern=_ONE_VERSION, required=True
    ),
    "optionally_conditional": _header(
        "If-Match",
        "The `ETag` of what is changed, or `*`; needed for a change, not for the first time.",
        '"3"',
        pattern=_ONE_VERSION,
    ),
    "idempotent": _header(
        idempotency.HEADER,
        "A word of your own for this request; repeated, the first answer comes again.",
        "5f0c1f0e-6f0a-4a57-9d3c-1d4a2f3b7c90",
        pattern=f"[ -~]{{1,{idempotency.LONGEST_KEY}}}",
    ),
}


def notes_of(view: Callable[..., Any]) -> dict[str, Any]:
    """Return the notes on a view; flask-smorest's decorators carry them along in `_apidoc`."""
    documented: dict[str, Any] = vars(view).setdefault("_apidoc", {})
    notes: dict[str, Any] = documented.setdefault("tidegate", {})
    return notes


def slug_of(error: type[Exception]) -> str:
    """Return the slug of the problem that an error's class is answered as; it must be in the table."""
    problem = problem_of(error)
    if problem is None:
        raise LookupError(f"{error} is not in the table of problems")
    return problem.slug


def document_operation(doc: dict[str, Any], *, operation_id: str) -> None:
    """Add what the notes say, and the problems that every operation may answer, to an operation's docs."""
    notes = doc.get("tidegate", {})
    arguments = doc.get("arguments", {})
    arguments.pop("responses", None)
    places = {parameter.get("in", "") for parameter in arguments.get("parameters", ())}
    slugs = [*_ALWAYS, *notes.get("problems", ())]
    if notes.get("body") or places & {"json", "form", "files"}:
        slugs.extend(_WITH_BODY)
    elif places:
        slugs.extend(_WITH_INPUT)
    responses = doc.setdefault("response", {}).setdefault("responses", {})
    for status in sorted({BY_SLUG[slug].status for slug in slugs}):
        responses.setdefault(status, [response_name(status)])
    manual = doc.setdefault("manual_doc", {})
    manual.setdefault("operationId", operation_id)
    if "responses" in manual:
        # flask-smorest counts statuses by number; written as text the two would not be merged.
        manual["responses"] = {int(status): given for status, given in manual["responses"].items()}
    extra = [parameter for name, parameter in _PARAMETERS.items() if notes.get(name)]
    if extra:
        doc.setdefault("arguments", {}).setdefault("parameters", []).extend(extra)
    headers: dict[str, Any] = {}
    if {"tagged", "conditional", "optionally_conditional"} & notes.keys():
        headers["ETag"] = _ETAG
    for status, answers in responses.items():
        for answered in answers:
            if isinstance(answered, dict) and int(status) < 300:
                found = {**headers, **({"Location": _LOCATION} if int(status) == 201 else {})}
                answered["headers"] = {**found, **answered.get("headers", {})}
    if notes.get("tagged"):
        responses[304] = ["NotModified"]
