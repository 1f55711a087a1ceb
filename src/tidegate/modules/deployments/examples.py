"""Examples of deployments, as the API's docs show them."""

from __future__ import annotations

NEW_DEPLOYMENT = {
    "environment": "production",
    "revision": "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809",
    "version": "1.0.0",
    "outcome": "started",
    "started_at": "2026-01-31T09:30:00.000Z",
    "url": "https://ci.example.org/runs/4711",
}
DEPLOYMENT = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91",
    "component": "harbour",
    **NEW_DEPLOYMENT,
    "ended_at": None,
    "edition": 1,
    "created_at": "2026-01-31T09:30:00.000Z",
    "updated_at": "2026-01-31T09:30:00.000Z",
    "reported_by": "token:harbour-cd",
    "released": True,
}
FINISH = {"outcome": "succeeded", "ended_at": "2026-01-31T09:34:00.000Z"}
FINISHED = {
    **DEPLOYMENT,
    **FINISH,
    "edition": 2,
    "updated_at": "2026-01-31T09:34:00.000Z",
}
