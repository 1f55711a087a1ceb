"""The names that stand in the API's addresses, as OpenAPI explains them."""

from __future__ import annotations

import re
from typing import Any

from tidegate.domain.catalog import COMMIT_PATTERN, NAME_PATTERN
from tidegate.domain.facts import FIELD_PATTERN
from tidegate.domain.identities import NAME_PATTERN as IDENTITY_PATTERN

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
_IN_RULE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def parameters_of(rule: str) -> list[dict[str, Any]]:
    """Return OpenAPI's description of each name in a rule such as `/components/<component>`.

    A name that is not in the table is left to flask-smorest; `make openapi` then asks for a description.
    """
    return [{"in": "path", "name": name, **_NAMES[name]} for name in _IN_RULE.findall(rule) if name in _NAMES]


def _name(description: str, example: str, pattern: str | None = None) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, **({"pattern": f"^(?:{pattern})$"} if pattern else {})}
    return {"required": True, "description": description, "example": example, "schema": schema}


_NAMES = {
    "component": _name("The component's name.", "harbour", NAME_PATTERN),
    "environment": _name("The environment's name.", "production", NAME_PATTERN),
    "revision": _name("The full hash of the commit.", COMMIT, COMMIT_PATTERN),
    "gate": _name("The gate's name.", "production", NAME_PATTERN),
    "digest": _name("The digest that names the version.", "sha256:" + "a1" * 32, "sha256:[0-9a-f]{64}"),
    "evidence_id": _name("The submission's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c90"),
    "verdict_id": _name("The verdict's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91"),
    "publisher": _name("The trusted publisher's name.", "harbour-ci"),
    "import_id": _name("The import's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c94"),
    "version": _name("The release's version.", "1.0.0"),
    "user": _name("The person's name.", "ada", IDENTITY_PATTERN),
    "group": _name("The group's name.", "port", IDENTITY_PATTERN),
    "role_id": _name("The identifier of the role that was given.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c93"),
    "token_id": _name("The token's identifier.", "00Ab3dEf6hIj"),
    "channel": _name("The channel's name.", "harbour-crew", NAME_PATTERN),
    "delivery_id": _name("The delivery's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca5"),
    "deployment_id": _name("The deployment's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91"),
    "flag": _name("The feature flag's name.", "try-it"),
    "field": _name("The fact's name.", "health.state", FIELD_PATTERN),
    "report_id": _name("The parity report's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca0"),
    "item_id": _name("The parity item's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca1"),
    "incident_id": _name("The incident's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7cb0"),
    "window_id": _name("The maintenance window's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7cb1"),
    "objective": _name("The objective's name.", "up", NAME_PATTERN),
    "session_id": _name("The session's identifier.", "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c92"),
}
