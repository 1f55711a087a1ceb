"""How a webhook looks that a channel is sent, as OpenAPI describes it."""

from __future__ import annotations

from typing import Any

from tidegate.domain.notifications import NotificationKind, NotificationSeverity
from tidegate.modules.notifications import examples


def _text(description: str, *, null: bool = False, **more: Any) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "description": description, **more}


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


_DATA = {
    "id": _text("The event; the same as the header webhook-id."),
    "component": _text("The component that it is about."),
    "environment": _text("Where; null for anywhere.", null=True),
    "severity": _text("How much it matters.", enum=[str(one) for one in NotificationSeverity]),
    "title": _text("What happened, in a line."),
    "lines": {"type": "array", "items": {"type": "string"}, "description": "What is to be said besides."},
    "thread": _text("The same for all that belongs together, such as an incident.", null=True),
    "url": _text("The page that shows it; null where PUBLIC_URL is not set.", null=True, format="uri"),
    "details": {"type": "object", "additionalProperties": True, "description": "What programs may want."},
}
_BODY = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": _text("What happened.", enum=[str(one) for one in NotificationKind]),
        "timestamp": _text("When it happened.", format="date-time"),
        "data": {"type": "object", "required": list(_DATA), "properties": _DATA},
    },
}
WEBHOOKS: dict[str, Any] = {
    "notification": {
        "post": {
            "operationId": "notification",
            "summary": "Be told of an event.",
            "description": (
                "Sent to channels of the kind webhook, signed as Standard Webhooks says. It comes at least "
                "once: tell by `webhook-id` what has come before."
            ),
            "tags": ["channels"],
            "security": [],
            "parameters": [
                _header("webhook-id", "The event.", examples.DELIVERY["event_id"]),
                _header("webhook-timestamp", "When it was sent, in seconds since 1970.", "1769851800"),
                _header(
                    "webhook-signature",
                    "A signature for each secret in force.",
                    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
                ),
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _BODY, "example": examples.NOTIFICATION}},
            },
            "responses": {
                "2XX": {"description": "Taken: it is not sent again."},
                "410": {"description": "Gone for good: the channel is switched off."},
                "default": {"description": "Not taken: it is sent again, later each time."},
            },
        }
    }
}
