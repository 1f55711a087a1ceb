"""Examples of probes, as the API's docs show them."""

from __future__ import annotations

STATE = {
    "state": "fail",
    "reason": "it answered 503, not 200; it says 'down'",
    "since": "2026-01-31T09:28:00.000Z",
    "consecutive": 3,
    "probed_at": "2026-01-31T09:30:00.000Z",
    "next_at": "2026-01-31T09:31:00.000Z",
    "path": "/health",
}
PROBE = {"at": "2026-01-31T09:30:00.000Z", "state": "fail", "status": 503, "latency_ms": 12}
PROBES = {"state": STATE, "items": [PROBE]}
HISTORY = {
    "hours": [
        {
            "start": "2026-01-31T09:00:00.000Z",
            "uptime": 0.95,
            "counts": {"pass": 57, "fail": 3},
            "latency_mean_ms": 14,
            "latency_max_ms": 220,
        }
    ],
    "uptime": 0.95,
    "probes": 60,
    "latency_ms": {"p50": 12, "p95": 31, "p99": 220},
    "exact": True,
}
