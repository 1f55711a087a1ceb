"""The one table of problems (RFC 9457): what each kind means, and which error of the domain is which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.domain import access, errors
from tidegate.domain.flags import SwitchedOff
from tidegate.domain.releases import GateClosed
from tidegate.readers.base import Unreadable


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: `slug` names its page under /problems/, `meaning` says what to do about it."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        """Return the problem type's URI, relative to the server that answers."""
        return f"/problems/{self.slug}"


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "malformed",
        400,
        "The request cannot be read",
        "The request is not well-formed HTTP or JSON. Fix what the detail names and send it again.",
    ),
    Problem(
        "unauthenticated",
        401,
        "It is not known who is asking",
        "Send credentials that this server accepts; `WWW-Authenticate` names the kinds.",
    ),
    Problem(
        "forbidden",
        403,
        "The caller may not do this",
        "The caller is known and lacks the permission that the detail names. Ask who may give it.",
    ),
    Problem(
        "untrusted-origin",
        403,
        "Calls from there are not answered",
        "The request came from another machine or another site than this server answers. The detail names "
        "the setting that allows it.",
    ),
    Problem("not-found", 404, "There is no such thing", "Check the name, or list what there is."),
    Problem(
        "switched-off",
        404,
        "It is switched off",
        "It is experimental, and a flag switches it off. The detail says what switches it on.",
    ),
    Problem(
        "method-not-allowed",
        405,
        "This cannot be done here",
        "The address exists and knows other methods: the `Allow` header lists them.",
    ),
    Problem("not-acceptable", 406, "No such representation", "Ask for a media type that the docs list."),
    Problem(
        "too-slow",
        408,
        "The request arrived too slowly",
        "Send it again over a faster connection; the operator sets WEB_HEAD_TIMEOUT and WEB_LEAST_RATE.",
    ),
    Problem(
        "conflict",
        409,
        "It contradicts what is recorded",
        "Something of this name or content is already there, or has moved on. Read it again and decide.",
    ),
    Problem(
        "gate-closed",
        409,
        "The gate is closed",
        "`errors` names every rule that blocks, as gate/rule. Do what its verdict asks for and submit again.",
    ),
    Problem("gone", 410, "It is no longer here", "It was here once; what replaced it is in the detail."),
    Problem(
        "stale",
        412,
        "It has changed since it was read",
        "Read it again, repeat the change on what is there now, and send its new `ETag` as `If-Match`.",
    ),
    Problem("too-large", 413, "The request is too large", "Send less, or let the operator raise the limit."),
    Problem("uri-too-long", 414, "The address is too long", "Send fewer or shorter parameters."),
    Problem(
        "unsupported-media-type",
        415,
        "The media type is not read here",
        "Send the body with a `Content-Type` that the docs list.",
    ),
    Problem("invalid", 422, "The input is not accepted", "Fix each fault that `errors` names; send again."),
    Problem(
        "unreadable",
        422,
        "The report cannot be understood",
        "The detail says where reading stopped. Let the tool write its report again.",
    ),
    Problem(
        "idempotency-key-reused",
        422,
        "The idempotency key belongs to another request",
        "Make a new key for a new request; repeat a key only with the very same request.",
    ),
    Problem(
        "precondition-required",
        428,
        "The change needs a condition",
        "Read the thing first and send its `ETag` as `If-Match`, so that no other change is lost.",
    ),
    Problem("too-many-requests", 429, "Too many requests", "Wait the seconds that `Retry-After` names."),
    Problem("headers-too-large", 431, "The headers are too large", "Send fewer or shorter headers."),
    Problem("internal", 500, "The server failed", "Nothing was changed. The request id finds the reason."),
    Problem(
        "unavailable",
        503,
        "The server cannot do it now",
        "The database or another part does not answer. Try again after the seconds in `Retry-After`.",
    ),
)

BY_SLUG: Mapping[str, Problem] = {problem.slug: problem for problem in PROBLEMS}
_BY_STATUS: Mapping[int, Problem] = {problem.status: problem for problem in reversed(PROBLEMS)}

BY_ERROR: Mapping[type[Exception], Problem] = {
    access.Unauthenticated: BY_SLUG["unauthenticated"],
    access.Forbidden: BY_SLUG["forbidden"],
    errors.NotFound: BY_SLUG["not-found"],
    SwitchedOff: BY_SLUG["switched-off"],
    errors.Conflict: BY_SLUG["conflict"],
    errors.Stale: BY_SLUG["stale"],
    errors.ConditionNeeded: BY_SLUG["precondition-required"],
    errors.Invalid: BY_SLUG["invalid"],
    GateClosed: BY_SLUG["gate-closed"],
    errors.Unavailable: BY_SLUG["unavailable"],
    Unreadable: BY_SLUG["unreadable"],
}
"""What a domain error means over HTTP. A module's own errors inherit from one of these."""


def problem_of(error: type[Exception]) -> Problem | None:
    """Return what an error's class, or the nearest class above it, means over HTTP."""
    return next((BY_ERROR[above] for above in error.__mro__ if above in BY_ERROR), None)


def problem_of_status(status: int) -> Problem:
    """Return the problem that a status stands for; one that is not in the table is like 400 or 500."""
    return _BY_STATUS.get(status) or _BY_STATUS[400 if status < 500 else 500]
