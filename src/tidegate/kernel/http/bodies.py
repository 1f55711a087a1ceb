"""Documents that may be sent as JSON or as YAML."""

from __future__ import annotations

from typing import Any

from flask import request

from tidegate.kernel.http.parsing import load_json
from tidegate.kernel.http.problems import ProblemError

_YAML = ("application/yaml", "application/x-yaml", "text/yaml")


def json_or_yaml() -> str | dict[str, Any]:
    """Return a JSON body as plain values and a YAML body as its text, which has line numbers.

    Answers 415 for another media type, and 400 for a body that is not an object or not UTF-8.
    """
    if request.mimetype in _YAML:
        try:
            return request.get_data(cache=False).decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProblemError("malformed", f"The body is not UTF-8: byte {error.start}.") from None
    if not request.is_json:
        raise ProblemError(
            "unsupported-media-type",
            "Send the document with Content-Type: application/json or application/yaml "
            "(curl: --header 'Content-Type: application/yaml').",
            headers={"Accept-Post": "application/json, application/yaml"},
        )
    body = load_json(request)
    if not isinstance(body, dict):
        raise ProblemError("malformed", "The body must be a JSON object.")
    return body
