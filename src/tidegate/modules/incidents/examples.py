"""Examples of incidents, maintenance windows and objectives, as the API's docs show them."""

from __future__ import annotations

from typing import Any

INCIDENT_ID = "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7cb0"
WINDOW_ID = "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7cb1"
_AT = "2026-01-31T09:30:00.000Z"
_LATER = "2026-01-31T09:34:00.000Z"
INCIDENT: dict[str, Any] = {
    "id": INCIDENT_ID,
    "source": "health",
    "component": "harbour",
    "environment": "production",
    "name": "",
    "title": "harbour/production: its health check fails",
    "reason": "it answered 503, not 200",
    "public_title": None,
    "state": "open",
    "flapping": False,
    "times": 1,
    "opened_at": _AT,
    "assignee": None,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "closed_at": None,
    "closed_by": None,
    "version": 1,
    "updated_at": _AT,
}
_EVENT = {
    "number": 1,
    "at": _AT,
    "by": "system:worker",
    "kind": "opened",
    "note": "it answered 503, not 200",
}
SHOWN: dict[str, Any] = {"incident": INCIDENT, "history": [_EVENT]}
CHANGE = {"state": "acknowledged", "assignee": "ada", "note": "The database is being restarted."}
_ACKNOWLEDGED = {
    **INCIDENT,
    "state": "acknowledged",
    "assignee": "ada",
    "acknowledged_at": _LATER,
    "acknowledged_by": "person:ada",
    "version": 3,
    "updated_at": _LATER,
}
_BY_ADA = {"at": _LATER, "by": "person:ada"}
CHANGED: dict[str, Any] = {
    "incident": _ACKNOWLEDGED,
    "history": [
        {"number": 3, **_BY_ADA, "kind": "acknowledged", "note": CHANGE["note"]},
        {"number": 2, **_BY_ADA, "kind": "assigned", "note": "ada"},
        _EVENT,
    ],
}
PLAN: dict[str, Any] = {
    "title": "Backup of the database",
    "component": "harbour",
    "environment": "production",
    "starts_at": "2026-02-01T02:00",
    "timezone": "Europe/Berlin",
    "minutes": 60,
    "rule": "FREQ=WEEKLY;BYDAY=SU",
}
WINDOW: dict[str, Any] = {
    "id": WINDOW_ID,
    **PLAN,
    "next_start": "2026-02-01T01:00:00.000Z",
    "next_end": "2026-02-01T02:00:00.000Z",
    "version": 1,
    "created_at": _AT,
    "created_by": "person:ada",
    "updated_at": _AT,
}
AIM: dict[str, Any] = {"kind": "availability", "target": 99.9, "days": 30}
OBJECTIVE: dict[str, Any] = {
    "component": "harbour",
    "environment": "production",
    "name": "up",
    **AIM,
    "latency_ms": None,
    "figures": {
        "start": "2026-01-01T09:30:00.000Z",
        "end": _AT,
        "probes": 43200,
        "bad": 12,
        "share": 0.999722,
        "budget_left": 0.722222,
        "burn_rate": 0.0,
        "measured": 1.0,
        "resolution": "hour",
        "state": "met",
    },
    "version": 1,
    "created_at": _AT,
    "updated_at": _AT,
    "updated_by": "person:ada",
}
