"""Each operation as a command that can be copied: curl, with the examples of the document filled in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

SERVER = "$TIDEGATE_URL"
_REPORT = "report.xml"
_REPORTS = ("junit.xml", "coverage.xml")
_BEARER = '--header "Authorization: Bearer $TIDEGATE_TOKEN"'


def curl_of(
    method: str,
    path: str,
    parameters: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
    *,
    token: bool = False,
) -> str:
    """Return a curl command, a line for each header and the body.

    Every parameter that is required is in it, with its example; `body` is the operation's `requestBody`.
    With `token` it presents the one of the variable that the command line reads as well.
    """
    needed = {place: _needed(parameters, place) for place in ("path", "query", "header")}
    address = path
    for name, example in needed["path"].items():
        address = address.replace(f"{{{name}}}", quote(example, safe=":"))
    query = f"?{urlencode(needed['query'])}" if needed["query"] else ""
    # The variable is for the shell to fill in, so this word is quoted doubly; nothing else in it is special.
    first = f'curl "{SERVER}{address}{query}"'
    lines = [first if method == "get" else f"{first} --request {method.upper()}"]
    lines += [_BEARER] if token else []
    lines += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in needed["header"].items()]
    # A file whose name is asked for is sent under that name.
    lines += _body(body, file=needed["query"].get("name", _REPORT))
    return " \\\n  ".join(lines)


def _needed(parameters: Sequence[Mapping[str, Any]], place: str) -> dict[str, str]:
    return {
        parameter["name"]: example_of(parameter)
        for parameter in parameters
        if parameter["in"] == place and parameter.get("required")
    }


def example_of(parameter: Mapping[str, Any]) -> str:
    """Return a parameter's example, or its name where it has none."""
    return str(parameter.get("example", parameter.get("schema", {}).get("example", parameter["name"])))


def _body(body: Mapping[str, Any], *, file: str) -> list[str]:
    for media_type, described in body.get("content", {}).items():
        header = f"--header {shlex.quote(f'Content-Type: {media_type}')}"
        if media_type == "application/json":
            return [header, f"--data {shlex.quote(msgspec.json.encode(described['example']).decode())}"]
        if media_type == "multipart/form-data":
            return [f"--form report=@{name}" for name in _REPORTS]  # curl writes the header, with a boundary
        return [header, f"--data-binary @{file}"]
    return []
