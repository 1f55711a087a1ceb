"""Conditional requests (RFC 9110, section 13): versions as `ETag`, and 304, 412, 428 answers."""

from __future__ import annotations

from typing import Any, TypeAlias

from flask import Response, request

from tidegate.kernel.http.problems import ProblemError

Version: TypeAlias = "int | str"


def answer(body: Any, *, version: Version | None = None, location: str | None = None) -> Any:
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
    return body, headers


def expected_version(*, required: bool = True) -> int | None:
    """Return the version that the caller means to change, from `If-Match`; None where `*` allows any.

    Without the header the answer is 428, or None where it is not `required` because the operation may also
    create. A tag that names no version is answered with 412, several tags with 400.
    """
    given = request.if_match
    if not given and not required:
        return None
    if not given:
        raise ProblemError(
            "precondition-required",
            "This changes what others may have changed: send the ETag that you read as If-Match.",
        )
    if given.star_tag:
        return None
    tags = given.as_set(include_weak=True)
    if len(tags) > 1:
        raise ProblemError("malformed", "If-Match holds several tags: send the one that you read.")
    # Werkzeug reads the empty tag as None.
    tag = next(iter(tags)) or ""
    if given.is_weak(tag) or not (tag.isascii() and tag.isdigit() and len(tag) < 19):
        raise ProblemError("stale", "If-Match holds a tag that no version of this has: read it again.")
    return int(tag)
