"""Examples of parity, as the API's docs show them."""

from __future__ import annotations

from typing import Any

REPORT_ID = "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca0"
ITEM_ID = "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca1"
_AT = "2026-01-31T09:30:00.000Z"
NEW_REPORT: dict[str, Any] = {
    "left": {"side": "declared", "environment": "production"},
    "right": {"side": "observed", "environment": "production"},
    "rules": {"rules": [{"fields": ["version"], "compare": "version", "max_age": "10m"}]},
}
COUNTS = {
    "match": 40,
    "mismatch": 1,
    "undeclared": 0,
    "unobserved": 0,
    "stale": 1,
    "ignored": 3,
    "accepted": 0,
}
REPORT: dict[str, Any] = {
    "id": REPORT_ID,
    "left": {"side": "declared", "environment": "production", "at": None},
    "right": {"side": "observed", "environment": "production", "at": None},
    "component": None,
    "rules": NEW_REPORT["rules"],
    "rules_digest": "sha256:" + "a1" * 32,
    "state": "done",
    "failure": None,
    "counts": COUNTS,
    "findings": 2,
    "digest": "sha256:" + "b2" * 32,
    "created_at": _AT,
    "created_by": "person:ada",
    "finished_at": _AT,
}
WAITING = {
    **REPORT,
    "state": "waiting",
    "counts": None,
    "findings": None,
    "digest": None,
    "finished_at": None,
}
_SUBJECT = {"component": "harbour", "environment": "production", "field": "version"}
ROW: dict[str, Any] = {
    **_SUBJECT,
    "status": "mismatch",
    "left": {
        "environment": "production",
        "value": "1.4.0",
        "source": "person:ada: estate.xlsx",
        "since": _AT,
        "seen_at": _AT,
    },
    "right": {
        "environment": "production",
        "value": "1.3.9",
        "source": "system:prober",
        "since": _AT,
        "seen_at": _AT,
    },
    "compared": "version",
    "accepted": False,
    "item": None,
}
CHANGE = {
    "state": "accepted",
    "note": "Rolled back on purpose.",
    "accepted_until": "2026-02-07T00:00:00.000Z",
}
NEW_ITEM = {"report": REPORT_ID, **_SUBJECT, "assignee": "ada", **CHANGE}
ITEM: dict[str, Any] = {
    "id": ITEM_ID,
    "comparison": "declared@production ~ observed@production",
    **_SUBJECT,
    "status": "mismatch",
    "left": "1.4.0",
    "right": "1.3.9",
    "assignee": "ada",
    **CHANGE,
    "report": REPORT_ID,
    "version": 1,
    "created_at": _AT,
    "updated_at": _AT,
    "updated_by": "person:ada",
}
HISTORY = [
    {
        "number": 1,
        "at": _AT,
        "by": "person:ada",
        "changes": {**CHANGE, "assignee": "ada", "left": "1.4.0", "right": "1.3.9", "status": "mismatch"},
    }
]
CSV = (
    "Component,Environment,Field,Status,Accepted,Left value,Left source,Left seen at,Right value,"
    "Right source,Right seen at,Compared as,Assignee,Note\r\n"
)
