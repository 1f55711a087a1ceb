"""How a request's input is read: strictly, within its size, and with an answer for whatever is wrong."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import flask
import msgspec
from marshmallow import RAISE, fields
from webargs.flaskparser import FlaskParser

from tidegate.kernel.http.problems import Fault, ProblemError

_ESCAPED_NUL = b"\\u0000"


class Parser(FlaskParser):
    """Reads JSON bodies, queries and headers for marshmallow schemas."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "json": RAISE}

    def _raw_load_json(self, req: flask.Request) -> Any:
        return load_json(req)

    def load_querystring(self, req: flask.Request, schema: Any) -> Any:
        """Return the query's parameters; a repeated one is refused, since only one value can be meant."""
        repeated = [
            name for name, values in req.args.lists() if len(values) > 1 and name not in _lists(schema)
        ]
        if repeated:
            faults = [Fault("query", f"/{name}", "Given more than once.") for name in repeated]
            raise ProblemError("invalid", "A parameter is given more than once.", faults=faults)
        return super().load_querystring(req, schema)


def _lists(schema: Any) -> set[str]:
    return {name for name, fld in schema.fields.items() if isinstance(fld, fields.List)}


def load_json(req: flask.Request) -> Any:
    """Return the JSON body; refuses another media type, a broken body, a repeated key and U+0000.

    Of a repeated key one reader takes the first value and another the last. No database keeps U+0000.
    """
    if not req.is_json:
        raise ProblemError(
            "unsupported-media-type",
            "The body is read as JSON: send it with Content-Type: application/json "
            "(curl: --header 'Content-Type: application/json').",
            headers={"Accept-Post": "application/json"},
        )
    return decode_json(req.get_data(cache=True), what="The body")


def decode_json(data: bytes, *, what: str) -> Any:
    """Return the value of a JSON text, as strictly as `load_json` reads a body; `what` names it in errors."""
    if not data.strip():
        raise ProblemError("malformed", f"{what} is empty: send what the docs list as JSON.")
    try:
        body = msgspec.json.decode(data)
        # msgspec keeps the last of repeated keys and says nothing. Numbers stay texts: it has checked them.
        json.loads(data, object_pairs_hook=_refuse_repeats, parse_int=str, parse_float=str)
    except RecursionError:
        raise ProblemError("malformed", f"{what} nests too deeply.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProblemError("malformed", f"{what} is not JSON: {error}.") from None
    if _ESCAPED_NUL in data:
        pointer = _find_nul(body, "")
        if pointer is not None:
            fault = Fault("body", pointer, "Holds the character U+0000, which is not kept.")
            raise ProblemError("invalid", "The input has a fault.", faults=[fault])
    return body


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, times = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ProblemError(
            "malformed", f"An object of the body has the key {name[:80]!r} {times} times: give it once."
        )
    return found


def _find_nul(value: Any, pointer: str) -> str | None:
    """Return the pointer to the first text that holds U+0000."""
    if isinstance(value, str):
        return pointer if "\0" in value else None
    pairs: Any = ()
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return pointer
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    found = (_find_nul(below, f"{pointer}/{key}") for key, below in pairs)
    return next((place for place in found if place is not None), None)
