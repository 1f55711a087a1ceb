"""Examples of federation's documents, as the API's docs show them."""

from __future__ import annotations

from typing import Any

NEW_PUBLISHER: dict[str, Any] = {
    "name": "harbour-ci",
    "provider": "github",
    "claims": {"repository_id": "764321", "repository_owner_id": "4321", "ref": "refs/heads/main"},
    "role": "submitter",
    "component": "harbour",
}
PUBLISHER: dict[str, Any] = {
    **NEW_PUBLISHER,
    "issuer": "https://token.actions.githubusercontent.com",
    "owner": None,
    "environment": None,
    "created_at": "2026-11-28T09:00:00+00:00",
    "created_by": "person:ada",
}
EXCHANGE = {"token": "eyJhbGciOiJSUzI1NiIs…"}
EXCHANGED = {
    "token": "tdg_…",
    "expires_at": "2026-11-28T09:15:00+00:00",
    "publisher": "harbour-ci",
    "rights": "submitter of harbour",
}
