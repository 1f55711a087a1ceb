"""What OpenAPI says about problems: their schema, an example of each, one response for each status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidegate.kernel.http.problem_table import PROBLEMS, Problem
from tidegate.kernel.http.problems import MEDIA_TYPE, Fault, Occurrence

SCHEMA_NAME = "Problem"
FAULT_NAME = "Fault"
_EXAMPLE_ID = "6f1d0c6f8f4b4f0c9a2d3b5e7c8d9e0f"
_DETAILS = {
    "malformed": "The body is not JSON: Input data was truncated.",
    "not-found": "There is no component named 'shop'.",
    "conflict": "There is already a component named 'shop'.",
    "stale": "The component has changed: it is at version 4.",
    "invalid": "The input has a fault.",
    "unreadable": "The report ends in the middle of an element, in line 12.",
    "internal": "Something went wrong inside the server. Its log has the reason under this request's id.",
    "unavailable": "The database does not answer in time. Nothing was changed; try again.",
}
_RETRIED = ("too-many-requests", "unavailable")

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 writes it.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            # No enumeration: a client of today has to read the kinds of tomorrow.
            "description": "The kind of problem, and the page that explains it; `/problems` lists them.",
        },
        "title": {"type": "string", "description": "The kind of problem in words; never changes."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What was wrong this time, and what to do."},
        "request_id": {"type": "string", "description": "Finds this request in the server's log."},
        "errors": {
            "type": "array",
            "description": "Each fault of the input.",
            "items": {"$ref": f"#/components/schemas/{FAULT_NAME}"},
        },
    },
}

FAULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": FAULT_NAME,
    "description": "One fault of the input.",
    "required": ["in", "pointer", "detail"],
    "properties": {
        "in": {"type": "string", "description": "body, query, path, header or gate."},
        "pointer": {"type": "string", "description": "A JSON pointer to the fault's place."},
        "detail": {"type": "string", "description": "What is wrong there."},
    },
}


def statuses() -> list[int]:
    """Return every status that a problem may have, in order."""
    return sorted({problem.status for problem in PROBLEMS})


def response_name(status: int) -> str:
    """Name the shared response of a status in OpenAPI's components."""
    return f"Problem{status}"


def problem_response(status: int) -> dict[str, Any]:
    """Return the shared response of a status, with an example of each problem that has it."""
    problems = [problem for problem in PROBLEMS if problem.status == status]
    examples = {
        problem.slug: {"summary": problem.title, "value": problem_example(problem)} for problem in problems
    }
    response: dict[str, Any] = {
        "description": "; ".join(f"{problem.title} ({problem.slug})" for problem in problems) + ".",
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{SCHEMA_NAME}"}, "examples": examples}
        },
    }
    if any(problem.slug in _RETRIED for problem in problems):
        schema = {"type": "integer", "minimum": 0}
        response["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": schema}}
    return response


def problem_example(problem: Problem) -> dict[str, Any]:
    """Return the body of an answer that tells of such a problem."""
    detail = _DETAILS.get(problem.slug, problem.title + ".")
    faults: Iterable[Fault] = ()
    if problem.slug == "invalid":
        faults = (Fault("body", "/name", "Missing data for required field."),)
    return Occurrence(problem, detail, tuple(faults)).body(_EXAMPLE_ID)
