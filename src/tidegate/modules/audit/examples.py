"""Examples of the audit log's documents, as the API's docs show them."""

from __future__ import annotations

from tidegate.domain.canonical import Json

_HASH = "sha256:b01a8fb2ca27e1a3f5a7b7a3c3a9c9a5d8a5b0c2f3c5f1a7d9e2b4c6d8f0a1b3"

EVENT: dict[str, Json] = {
    "seq": 1,
    "at": "2026-01-31T09:30:00.000Z",
    "actor": "anonymous",
    "action": "component.registered",
    "subject": "component:shop",
    "details": {"owner": "storefront", "title": "Web shop"},
    "prev_hash": "sha256:76c64436d0d0be8207bc8cc2f0b8da5e91499e1bc3bf5ce3c08b7dfb532f2d30",
    "hash": _HASH,
}
VERIFICATION = {
    "intact": True,
    "checked": 1,
    "head": {"seq": 1, "hash": _HASH},
}
