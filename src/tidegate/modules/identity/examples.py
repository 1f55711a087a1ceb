"""Examples of identity's documents, as the API's docs show them."""

from __future__ import annotations

from typing import Any

CALLER = {
    "kind": "token",
    "name": "ci-harbour",
    "credential": "token 00Ab3dEf6hIj",
    "roles": [{"role": "submitter", "component": "harbour", "owner": None, "environment": None}],
    "permissions": ["declarations.read", "component.read", "evidence.submit", "verdict.ask"],
}

NEW_USER = {"name": "ada", "display_name": "Ada Lind"}
USER = {
    **NEW_USER,
    "has_password": True,
    "disabled_at": None,
    "created_at": "2026-11-21T02:30:00.000Z",
    "updated_at": "2026-11-21T02:30:00.000Z",
}
USER_CHANGE = {"display_name": "Ada Lind"}
PASSWORD = {"password": "seven moored boats at dawn"}  # nosec B105  # an example
CODE = {
    "code": "7K3M-9QXA-04TZ-B6WD",
    "user": "ada",
    "page": "/choose-password",
    "expires_at": "2026-11-22T02:30:00.000Z",
}
SESSION = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c92",
    "address": "192.0.2.7",
    "created_at": "2026-11-21T02:30:00.000Z",
    "last_seen_at": "2026-11-21T02:41:00.000Z",
}
GROUP = {"name": "port", "members": 3}
GROUP_MEMBER = {"group": "port", "user": "ada", "source": "by hand"}
NEW_ROLE = {"user": "ada", "role": "release-manager", "owner": "port"}
GRANTED_ROLE = {
    "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c93",
    "user": "ada",
    "group": None,
    "role": "release-manager",
    "component": None,
    "owner": "port",
    "environment": None,
    "created_at": "2026-11-21T02:30:00.000Z",
}
NEW_TOKEN = {"name": "ci-harbour", "role": "submitter", "component": "harbour", "days": 90}
NEW_OWN_TOKEN = {"name": "laptop", "role": "viewer", "days": 30}
ROTATION = {"overlap_hours": 24}
TOKEN: dict[str, Any] = {
    "id": "00Ab3dEf6hIj",
    "name": "ci-harbour",
    "user": None,
    "role": "submitter",
    "component": "harbour",
    "owner": None,
    "environment": None,
    "state": "active",
    "created_at": "2026-11-21T02:30:00.000Z",
    "created_by": "person:ada",
    "expires_at": "2027-02-19T02:30:00.000Z",
    "last_used_at": "2026-11-27T09:12:00.000Z",
    "revoked_at": None,
    "replaces": None,
}
OWN_TOKEN = {
    **TOKEN,
    "id": "00Kl4mNo7pQr",
    "name": "laptop",
    "user": "ada",
    "role": "viewer",
    "component": None,
}
# The shape of a token, and none: its checksum is wrong.
_TEXT = "tdg_" + "0" * 61
CREATED_TOKEN = {**TOKEN, "last_used_at": None, "token": _TEXT}
CREATED_OWN_TOKEN = {**OWN_TOKEN, "last_used_at": None, "token": _TEXT}
ROTATED_TOKEN = {**CREATED_TOKEN, "id": "00St8uVw9xYz", "replaces": "00Ab3dEf6hIj"}
