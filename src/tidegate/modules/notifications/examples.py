"""Examples of channels and deliveries, as the API's docs show them."""

from __future__ import annotations

from typing import Any

NEW_CHANNEL = {
    "name": "harbour-crew",
    "kind": "webhook",
    "url": "https://hooks.example.org/tidegate",
    "events": ["incident.opened", "incident.closed"],
    "components": ["harbour"],
    "environments": ["production"],
}
CHANNEL: dict[str, Any] = {
    "name": "harbour-crew",
    "kind": "webhook",
    "to": "https://hooks.example.org/…",
    "addresses": [],
    "events": ["incident.opened", "incident.closed"],
    "components": ["harbour"],
    "environments": ["production"],
    "enabled": True,
    "edition": 1,
    "created_at": "2026-01-31T09:30:00.000Z",
    "created_by": "person:ada",
    "updated_at": "2026-01-31T09:30:00.000Z",
    "failures": 0,
    "failing_since": None,
    "held_until": None,
    "old_secret_until": None,
}
MADE_CHANNEL = {**CHANNEL, "secret": "whsec_" + "c2hvd24gdGhpcyBvbmNlIGFuZCBuZXZlciBhZ2Fpbg=="}
CHANGE = {"enabled": False}
CHANGED = {**CHANNEL, "enabled": False, "edition": 2, "updated_at": "2026-01-31T09:45:00.000Z"}
ROTATION = {"overlap_hours": 24}
ROTATED = {
    **CHANNEL,
    "edition": 2,
    "old_secret_until": "2026-02-01T09:45:00.000Z",
    "secret": MADE_CHANNEL["secret"],
}
TEST = {"delivery": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca5"}
REPLAY = {"since": "2026-01-31T00:00:00.000Z"}
REPLAYED = {"count": 12}
DELIVERY: dict[str, Any] = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca5",
    "channel": "harbour-crew",
    "event_id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca6",
    "kind": "incident.opened",
    "component": "harbour",
    "environment": "production",
    "title": "harbour does not answer",
    "severity": "critical",
    "occurred_at": "2026-01-31T09:30:00.000Z",
    "state": "delivered",
    "attempts": 1,
    "next_at": "2026-01-31T09:30:00.000Z",
    "status": 204,
    "answer": "answered 204",
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-01-31T09:30:01.000Z",
    "finished_at": "2026-01-31T09:30:01.000Z",
}
WAITING = {**DELIVERY, "state": "waiting", "attempts": 0, "finished_at": None}
NOTIFICATION = {
    "type": "incident.opened",
    "timestamp": "2026-01-31T09:30:00.000Z",
    "data": {
        "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca6",
        "component": "harbour",
        "environment": "production",
        "severity": "critical",
        "title": "harbour does not answer",
        "lines": ["5 probes in a row failed, the last one with: it took too long"],
        "thread": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca7",
        "url": "https://tidegate.example.org/incidents/01930b5c-6f0a-7a57-9d3c-1d4a2f3b7ca7",
        "details": {},
    },
}
