"""What an operation's decorators and the table of problems add to its entry in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tidegate.domain.access import Permission
from tidegate.kernel.http import idempotency
from tidegate.kernel.http.problem_table import BY_SLUG, problem_of

_ALWAYS = ("malformed", "too-many-requests", "internal", "unavailable")
_WITH_PERMISSION = ("unauthenticated", "forbidden")
_WITH_INPUT = ("invalid",)
_WITH_BODY = ("too-large", "unsupported-media-type", "invalid")

BEARER = "bearer"
"""The name of the security scheme in OpenAPI."""
STEP = "x-main-job-step"
"""What marks an operation as a step of the main job, with which the docs begin."""
LINK = {"description": "The first and the next page (RFC 8288).", "schema": {"type": "string"}}
_ETAG = {"description": "The version that is answered.", "schema": {"type": "string"}, "example": '"3"'}
LOCATION = {"description": "Where it is now.", "schema": {"type": "string", "format": "uri-reference"}}


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


@dataclass(slots=True)
class Notes:
    """What the decorators of one operation have said of it."""

    permission: Permission | None = None
    public: bool = False
    signed_in: bool = False
    checked_inside: bool = False
    tagged: bool = False
    conditional: bool = False
    optionally_conditional: bool = False
    idempotent: bool = False
    takes_report: bool = False
    file_limit: str | None = None
    locations: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def reads_query(self) -> bool:
        """Tell whether the operation reads parameters of the query."""
        return "query" in self.locations

    def security(self) -> list[dict[str, list[str]]]:
        """Return what the caller has to present; nothing where anybody may call."""
        return [{BEARER: []}] if self.permission else []

    def parameters(self) -> list[dict[str, Any]]:
        """Return the header parameters that the operation reads."""
        return [parameter for name, parameter in _PARAMETERS.items() if getattr(self, name)]

    def answer_headers(self) -> dict[str, Any]:
        """Return the headers of its successful answers."""
        tagged = self.tagged or self.conditional or self.optionally_conditional
        return {"ETag": _ETAG} if tagged else {}

    def problem_statuses(self) -> list[int]:
        """Return every status of a problem that the operation may answer, in order."""
        slugs = [*_ALWAYS, *self.problems, *(_WITH_PERMISSION if self.permission else ())]
        if self.takes_report or self.locations & {"json", "form", "files"}:
            slugs.extend(_WITH_BODY)
        elif self.locations:
            slugs.extend(_WITH_INPUT)
        return sorted({BY_SLUG[slug].status for slug in slugs})


def notes_of(view: Callable[..., Any]) -> Notes:
    """Return the notes on a view; every decorator that uses `functools.wraps` carries them along."""
    # Asked several times at each request: none is made where there are some.
    notes: Notes | None = vars(view).get("tidegate_notes")
    return notes if notes is not None else vars(view).setdefault("tidegate_notes", Notes())


def slug_of(error: type[Exception]) -> str:
    """Return the slug of the problem that an error's class is answered as; it must be in the table."""
    problem = problem_of(error)
    if problem is None:
        raise LookupError(f"{error} is not in the table of problems")
    return problem.slug
