"""Examples of facts, as the API's docs show them."""

from __future__ import annotations

TOLD = {
    "facts": {"version": "1.4.2", "health.state": "pass", "backup.taken_at": "2026-01-31T02:00:00.000Z"},
    "label": "nightly backup job",
}
FACT = {
    "component": "harbour",
    "environment": "production",
    "side": "observed",
    "field": "version",
    "value": "1.4.2",
    "source": "token:harbour-ci: nightly backup job",
    "since": "2026-01-31T09:30:00.000Z",
    "seen_at": "2026-01-31T12:30:00.000Z",
    "until": None,
}
FACTS = {"items": [FACT]}
CHANGES = {
    "changes": [{"field": "version", "before": "1.4.1", "after": "1.4.2"}],
    "confirmed": 2,
    "too_late": 0,
}
WITHDRAWN = {"field": "version", "before": "1.4.2", "after": None}
