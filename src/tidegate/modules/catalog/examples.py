"""Examples of the catalog's documents, as the API's docs show them."""

from __future__ import annotations

COMMIT = "8f3c1a5e0b7d4c2f9e6a1b3d5f7a9c0e2d4b6f81"
_ARTIFACT = "sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"

COMPONENT_FACTS = {"title": "Harbour", "owner": "port", "description": "Counts boats."}
COMPONENT = {
    "name": "harbour",
    **COMPONENT_FACTS,
    "version": 1,
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-01-31T09:30:00.000Z",
}
ENVIRONMENT_FACTS = {"rank": 30, "gate": "production", "description": "Where boats are counted."}
ENVIRONMENT = {
    "name": "production",
    **ENVIRONMENT_FACTS,
    "version": 2,
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-02-01T12:00:00.000Z",
}
REVISION_FACTS = {"artifact": _ARTIFACT, "branch": "main", "committed_at": "2026-01-31T09:12:44.000Z"}
REVISION = {
    "id": "019c13a2-5c40-7d3e-9f20-6b1c0a5e7f42",
    "component": "harbour",
    "commit": COMMIT,
    **REVISION_FACTS,
    "registered_at": "2026-01-31T09:31:07.000Z",
}
