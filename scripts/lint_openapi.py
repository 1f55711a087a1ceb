"""Lint the OpenAPI document: valid by the standard, and complete enough to be used without asking anybody."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts.write_openapi import plain_app
from tidegate.kernel.http.openapi import document, operations
from tidegate.kernel.http.problems import MEDIA_TYPE

_OPERATION_ID = re.compile(r"[a-z][a-z0-9_]*")
_ALWAYS = ("400", "429", "500", "503")
_WITH_BODY = ("413", "415", "422")
# A health check that fails answers with the health document itself.
_OTHER_ERRORS = frozenset({"application/health+json"})


def lint(found: Mapping[str, Any]) -> list[str]:
    """Return every fault of the document, one sentence each."""
    faults = [
        f"{_place(error.absolute_path)}: {error.message.splitlines()[0]}" for error in _standard_errors(found)
    ]
    if faults:
        # What is not valid cannot be walked safely.
        return faults
    for path, members in found["paths"].items():
        faults.extend(f"{path}: {fault}" for fault in _parameter_faults(found, members))
    for method, path, operation in operations(dict(found)):
        faults.extend(f"{method.upper()} {path}: {fault}" for fault in _operation_faults(found, operation))
    return faults


def _standard_errors(found: Mapping[str, Any]) -> Iterator[Any]:
    return iter(OpenAPIV31SpecValidator(found).iter_errors())


def _place(path: Any) -> str:
    return "/" + "/".join(str(part) for part in path)


def _operation_faults(found: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    if not _OPERATION_ID.fullmatch(operation.get("operationId", "")):
        yield "has no operationId in snake_case."
    for name in ("summary", "description"):
        if not operation.get(name, "").strip():
            yield f"has no {name}."
    if not operation.get("tags"):
        yield "has no tag."
    yield from _parameter_faults(found, operation)
    body = operation.get("requestBody")
    if body is not None:
        yield from _content_faults(found, "request", resolve(found, body).get("content", {}))
    yield from _response_faults(found, operation, with_body=body is not None)


def _parameter_faults(found: Mapping[str, Any], members: Mapping[str, Any]) -> Iterator[str]:
    for parameter in members.get("parameters", ()):
        described = resolve(found, parameter)
        name = described["name"]
        if not described.get("description"):
            yield f"parameter {name!r} has no description."
        if "example" in described:
            yield from _example_faults(
                found, f"parameter {name!r}", described["schema"], described["example"]
            )


def _response_faults(
    found: Mapping[str, Any], operation: Mapping[str, Any], *, with_body: bool
) -> Iterator[str]:
    responses: Mapping[str, Any] = operation["responses"]
    missing = [status for status in (*_ALWAYS, *(_WITH_BODY if with_body else ())) if status not in responses]
    if missing:
        yield f"does not document {', '.join(missing)}."
    if not any(status.startswith("2") for status in responses):
        yield "documents no success."
    for status, given in responses.items():
        content = resolve(found, given).get("content", {})
        if status.startswith("2"):
            if not content and status != "204":
                yield f"{status} documents no content."
            yield from _content_faults(found, status, content)
        elif status[0] in "45":
            if set(content) != {MEDIA_TYPE} and not set(content) <= _OTHER_ERRORS | {MEDIA_TYPE}:
                yield f"{status} is not answered as {MEDIA_TYPE}."
            if not content:
                yield f"{status} documents no content."
            yield from _content_faults(found, status, content)


def _content_faults(found: Mapping[str, Any], what: str, content: Mapping[str, Any]) -> Iterator[str]:
    for media_type, described in content.items():
        if "schema" not in described:
            yield f"{what} has no schema for {media_type}."
        if "example" not in described and not described.get("examples"):
            yield f"{what} has no example for {media_type}."
        for name, example in _examples(described):
            shown = f"{what}{name} for {media_type}"
            yield from _example_faults(found, shown, described.get("schema", {}), example)


def _examples(described: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "example" in described:
        yield "", described["example"]
    for name, example in described.get("examples", {}).items():
        yield f" {name}", example["value"]


def _example_faults(
    found: Mapping[str, Any], what: str, schema: Mapping[str, Any], example: Any
) -> Iterator[str]:
    """Hold an example against its own schema; OpenAPI 3.1 schemas are JSON Schema 2020-12."""
    whole = {**schema, "components": found.get("components", {})}
    for error in Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(example):
        yield f"the example of {what} breaks its schema at {_place(error.absolute_path)}: {error.message}"


def resolve(found: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a `$ref` to what it names."""
    while "$ref" in value:
        target: Any = found
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


if __name__ == "__main__":
    problems = lint(document(plain_app()))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    sys.exit(1 if problems else 0)
