"""Answers of views, and conditional requests (RFC 9110, section 13): `ETag`; 304, 412 and 428 answers."""

from __future__ import annotations

from typing import TypeAlias

from flask import Response, request

from tidegate.domain.canonical import is_digest
from tidegate.domain.conditions import (
    NO_CONDITION,
    AnyVersion,
    Condition,
    DigestCondition,
    ExpectedDigest,
    ExpectedVersion,
)
from tidegate.kernel.http.problems import ProblemError

_NO_SUCH_TAG = "If-Match holds a tag that no version of this has: read it again."

Answer: TypeAlias = "Response | tuple[object, int, dict[str, str]]"
"""What a view returns: what its schema dumps, the status and headers; or a response that is finished."""


def answer(
    body: object, *, status: int = 200, version: int | str | None = None, location: str | None = None
) -> Answer:
    """Return a body with its version as `ETag`; the answer is 304 where the caller has that version already.

    `version` is the thing's number or digest, `location` the address of what was made.
    """
    headers: dict[str, str] = {}
    if version is not None:
        if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(str(version)):
            return Response(status=304, headers={"ETag": f'"{version}"'})
        headers["ETag"] = f'"{version}"'
    if location is not None:
        headers["Location"] = location
    return body, status, headers


def if_match(*, required: bool = True) -> Condition:
    """Return which version the caller means to change.

    Without the header the answer is 428, or no condition where it is not `required`: the operation may also
    create, and its use case says when it needs one. A tag that names no version is answered with 412,
    several tags with 400.
    """
    if "If-Match" not in request.headers:
        if required:
            raise ProblemError(
                "precondition-required",
                "This changes what others may have changed: send the ETag that you read as If-Match.",
            )
        return NO_CONDITION
    tag = _tag()
    if tag is None:
        return AnyVersion()
    if not (tag.isascii() and tag.isdigit() and len(tag) < 19):
        raise ProblemError("stale", _NO_SUCH_TAG)
    return ExpectedVersion(int(tag))


def if_digest_matches() -> DigestCondition:
    """Return which version the caller means to replace, where versions are named by digests.

    Without the header there is no condition.
    """
    if "If-Match" not in request.headers:
        return NO_CONDITION
    tag = _tag()
    if tag is None:
        return AnyVersion()
    if not is_digest(tag):
        raise ProblemError("stale", _NO_SUCH_TAG)
    return ExpectedDigest(tag)


def _tag() -> str | None:
    """Return the one tag of If-Match, None for a star."""
    given = request.if_match
    if given.star_tag:
        return None
    tags = given.as_set(include_weak=True)
    if len(tags) > 1:
        raise ProblemError("malformed", "If-Match holds several tags: send the one that you read.")
    # Werkzeug reads the empty tag as None.
    tag = next(iter(tags), None) or ""
    if given.is_weak(tag):
        raise ProblemError("stale", _NO_SUCH_TAG)
    return tag
