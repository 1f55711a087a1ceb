"""`Idempotency-Key`: a repeated request gets the first one's answer and changes nothing again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Response, request

from tidegate.domain.canonical import digest_of
from tidegate.domain.errors import Conflict
from tidegate.kernel.db.idempotency import IdempotencyKeys, KeptAnswer
from tidegate.kernel.http.problems import ProblemError
from tidegate.kernel.http.use import current_principal, current_work

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 255
LONGEST_SCOPE = 300
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Link")


def idempotent(view: Callable[..., Response], *, told_once: str | None = None) -> Callable[..., Response]:
    """Answer a repeated `Idempotency-Key` from the first answer, kept in the same transaction as the change.

    Either change and kept answer are both there or neither is, so a caller that lost the answer may repeat
    the request for IDEMPOTENCY_KEEP_DAYS. Of two that come at the same time one is done, the other replayed.
    A key belongs to its caller and operation: nobody gets the answer to another's request.

    `told_once` is a member of the answer that is a secret: it is not kept, and null in a repeated answer.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        scope, digest = _scope(key), _request_digest()
        work = current_work()
        keys = work.use(IdempotencyKeys)
        try:
            with work.uow.transaction():
                kept = keys.find(scope, key)
                if kept is None:
                    response = view(*args, **kwargs)
                    keys.keep(_kept(scope, key, digest, response, told_once))
                    return response
        except Conflict:
            # Perhaps the twin of this very request was faster; then its answer is there now.
            kept = keys.find(scope, key)
            if kept is None:
                raise
        return _replay(kept, digest)

    return wrapper


def _scope(key: str) -> str:
    if not key.isprintable() or not key.isascii() or not 1 <= len(key) <= LONGEST_KEY:
        raise ProblemError(
            "malformed", f"{HEADER} holds 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID."
        )
    # Quoted, a caller's name holds no space, so that no two callers and operations make one scope.
    scope = f"{quote(str(current_principal()))} {request.method} {request.path}"
    return scope if len(scope) <= LONGEST_SCOPE else digest_of(scope.encode("utf-8", "surrogatepass"))


def _request_digest() -> str:
    what = "\n".join((request.query_string.decode("latin-1"), request.mimetype, ""))
    return digest_of(what.encode("utf-8", "surrogatepass") + request.get_data(cache=True))


def _kept(scope: str, key: str, digest: str, response: Response, told_once: str | None) -> KeptAnswer:
    headers = tuple((name, response.headers[name]) for name in _KEPT_HEADERS if name in response.headers)
    body = response.get_data()
    if told_once is not None:
        body = msgspec.json.encode({**msgspec.json.decode(body), told_once: None})
    return KeptAnswer(scope, key, digest, response.status_code, headers, body)


def _replay(kept: KeptAnswer, digest: str) -> Response:
    if kept.request_digest != digest:
        raise ProblemError(
            "idempotency-key-reused",
            f"This {HEADER} came with another request before: make a new key for a new request.",
        )
    response = Response(kept.body, kept.status, list(kept.headers))
    response.headers[REPLAYED] = "true"
    return response
