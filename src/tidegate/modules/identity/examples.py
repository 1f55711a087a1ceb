"""Examples of identity's documents, as the API's docs show them."""

from __future__ import annotations

CALLER = {
    "kind": "token",
    "name": "ci-harbour",
    "credential": "token 00Ab3dEf6hIj",
    "roles": [{"role": "submitter", "component": "harbour", "owner": None, "environment": None}],
    "permissions": ["declarations.read", "component.read", "evidence.submit", "verdict.ask"],
}
