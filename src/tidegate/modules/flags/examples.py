"""Examples of feature flags, as the API's docs show them."""

from __future__ import annotations

NEW_SETTING = {"enabled": False, "reason": "Nobody here needs it.", "environment": None}
SETTING = {
    **NEW_SETTING,
    "set_by": "person:ada",
    "set_at": "2026-01-31T09:30:00.000Z",
}
FLAG = {
    "name": "try-it",
    "description": "The page /docs/try, where the API's operations are forms that send real requests.",
    "default": True,
    "owner": "console",
    "until": "2027-06-30",
    "enabled": False,
    "decided_by": "everywhere",
    "settings": [SETTING],
}
UNSET = {**FLAG, "enabled": True, "decided_by": "default", "settings": []}
