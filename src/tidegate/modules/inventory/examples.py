"""Examples of targets, as the API's docs show them."""

from __future__ import annotations

TARGET_FACTS = {
    "base_url": "https://harbour.example.org",
    "contract": None,
    "owner": "port",
    "interval": 60,
    "paused": False,
}
TARGET = {
    "component": "harbour",
    "environment": "production",
    **TARGET_FACTS,
    "version": 1,
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-01-31T09:30:00.000Z",
}
IMPORT = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c94",
    "digest": "sha256:" + "a1" * 32,
    "name": "estate.xlsx",
    "size": 24576,
    "state": "previewed",
    "counts": {
        "rows": 12,
        "added": 3,
        "changed": 2,
        "removed": 1,
        "unchanged": 40,
        "problems": 0,
        "conflicts": 0,
    },
    "skipped": ["Notes"],
    "created_by": "user:ada",
    "created_at": "2026-01-31T09:30:00.000Z",
    "applied_by": None,
    "applied_at": None,
    "undone_by": None,
    "undone_at": None,
}
APPLIED = {**IMPORT, "state": "applied", "applied_by": "user:ada", "applied_at": "2026-01-31T09:31:00.000Z"}
UNDONE = {**APPLIED, "state": "undone", "undone_by": "user:ada", "undone_at": "2026-01-31T09:40:00.000Z"}
EDIT = {
    "component": "harbour",
    "environment": "production",
    "field": "version",
    "before": "1.4.1",
    "after": "1.4.2",
}
CELL_PROBLEM = {"sheet": "Inventory", "cell": "C7", "reason": "A formula: put its value in its place."}
UNDO_CONFLICT = {
    "component": "harbour",
    "environment": "production",
    "field": "version",
    "before": "1.4.1",
    "imported": "1.4.2",
    "now": "1.4.3",
}
