"""Examples of the API's documentation: a gate as it is declared, and as it is kept."""

from __future__ import annotations

from typing import Any

DIGEST = "sha256:" + "a1" * 32
RULE: dict[str, Any] = {
    "id": "tests-pass",
    "title": "Every test passes",
    "that": "tests.failed == 0 && tests.errors == 0",
    "needs": ["tests"],
    "max_age": "24h",
    "on": "block",
}
DOCUMENT: dict[str, Any] = {"name": "production", "title": "What may go to production", "rules": [RULE]}
VERSION: dict[str, Any] = {
    "name": "production",
    "number": 1,
    "digest": DIGEST,
    "extends": None,
    "created_at": "2026-11-21T02:26:48.000Z",
    "declared_by": "person:ada",
    "reason": "Errors let three releases through in October.",
    "gate": {**DOCUMENT, "floor": None},
}
LINT: dict[str, Any] = {
    "accepted": False,
    "problems": [
        {
            "level": "error",
            "where": "/rules/0/that",
            "line": 4,
            "column": 12,
            "what": "There is no measure `tests.faled`.",
            "suggestion": "Did you mean `tests.failed`?",
        }
    ],
}
