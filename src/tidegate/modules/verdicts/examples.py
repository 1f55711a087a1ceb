"""Examples of the API's documentation: one verdict that blocks."""

from __future__ import annotations

from typing import Any

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
DIGEST = "sha256:" + "3f" * 32
GATE_DIGEST = "sha256:" + "a1" * 32
VERDICT_ID = "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91"

DOCUMENT: dict[str, Any] = {
    "engine": "4",
    "gate": {"name": "production", "digest": GATE_DIGEST},
    "subject": {"component": "harbour", "revision": COMMIT, "environment": "production"},
    "at": "2026-11-21T02:26:49.120Z",
    "state": "fail",
    "faults": [],
    "rules": [
        {
            "rule": "tests-pass",
            "title": "Every test passes",
            "on": "block",
            "state": "fail",
            "found": ["fail"],
            "blocks": True,
            "asked": "tests.failed == 0",
            "account": "tests.failed is 0",
            "measured": {"tests.failed": 1},
            "evidence": [DIGEST],
            "warnings": [],
            "waiver": None,
            "expired_waivers": [],
            "reason": "Required: tests.failed is 0. Measured: tests.failed is 1.",
            "change": "fix 1 failing test",
        }
    ],
}
RULING: dict[str, Any] = {
    "id": VERDICT_ID,
    "environment": "production",
    "changed": True,
    "verdict": DOCUMENT,
}
STORED: dict[str, Any] = {
    "id": VERDICT_ID,
    "number": 1,
    "digest": "sha256:" + "5c" * 32,
    "given_at": "2026-11-21T02:26:49.120Z",
    "verdict": DOCUMENT,
}
REPLAY: dict[str, Any] = {
    "same": True,
    "recorded": STORED["digest"],
    "replayed": STORED["digest"],
    "verdict": DOCUMENT,
}
INPUTS: dict[str, Any] = {
    "engine": "4",
    "gate": {
        "name": "production",
        "title": "What may go to production",
        "floor": None,
        "rules": [
            {
                "id": "tests-pass",
                "title": "Every test passes",
                "that": "tests.failed == 0",
                "needs": ["tests"],
                "max_age": "24h",
                "on": "block",
            }
        ],
    },
    "evidence": [
        {
            "digest": DIGEST,
            "slot": "unit.xml",
            "kind": "tests",
            "format": "junit",
            "tool": "pytest",
            "taken_at": "2026-11-21T02:26:47.000Z",
            "measures": {"tests.failed": 1, "tests.total": 20},
            "ran": True,
            "why_not": None,
            "unreadable": None,
        }
    ],
    "waivers": [],
    "at": DOCUMENT["at"],
    "subject": DOCUMENT["subject"],
    "joins": [],
}
TRIAL: dict[str, Any] = {
    "gate": {"name": "production", "digest": GATE_DIGEST},
    "tried": 100,
    "stopped": 1,
    "revisions": [{"component": "harbour", "revision": COMMIT, "state": "fail", "verdict": DOCUMENT}],
}
TRIAL_REQUEST: dict[str, Any] = {
    "gate": {
        "name": "production",
        "rules": [{"id": "tests-pass", "that": "tests.failed == 0", "needs": ["tests"]}],
    },
    "last": 100,
}
