"""The OpenAPI document of an app, in an order that does not change from one start to the next."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Flask

from tidegate.kernel.http.smorest import WEBHOOKS, spec_of

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document: paths and components sorted by name, tags in the modules' order."""
    # Through JSON and back: what is served, compared and linted is then exactly the same value.
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(spec_of(app).to_dict()))
    found["paths"] = {path: _path(found["paths"][path]) for path in sorted(found["paths"])}
    found["components"] = {
        part: dict(sorted(members.items())) for part, members in sorted(found.get("components", {}).items())
    }
    order = ("openapi", "info", "servers", "security", "tags", "paths", WEBHOOKS, "components")
    return {key: found[key] for key in order if key in found}


def document_bytes(app: Flask) -> bytes:
    """Return the document as indented JSON text with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(document(app)), indent=2) + b"\n"


def operations(found: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return each operation as method, path and its object."""
    return [
        (method, path, members[method])
        for path, members in found["paths"].items()
        for method in _METHODS
        if method in members
    ]


def _path(members: dict[str, Any]) -> dict[str, Any]:
    for method in _METHODS:
        if method in members:
            responses = members[method]["responses"]
            members[method]["responses"] = {status: responses[status] for status in sorted(responses)}
            for parameter in members[method].get("parameters", ()):
                _without_null(parameter)
    return members


def _without_null(parameter: dict[str, Any]) -> None:
    """Take null out of what a query may hold: what a schema loads as None is a parameter left out."""
    schema = parameter.get("schema", {})
    if parameter.get("in") == "query" and isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        if "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value is not None]
        schema.pop("default", None)
