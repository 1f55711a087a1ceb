"""Identity's documents."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class RoleSchema(Schema):
    """A role, and what it is limited to."""

    role = _text("viewer, submitter, release-manager or administrator.", required=True)
    component = _text("The one component that it is for; null for all.", required=True, allow_none=True)
    owner = _text("The owner whose components it is for; null for all.", required=True, allow_none=True)
    environment = _text("The one environment that it is for; null for all.", required=True, allow_none=True)


class CallerSchema(Schema):
    """Who is asking, and what they may do."""

    kind = _text("person, token or ci.", attribute="principal.kind", required=True)
    name = _text("The name, unique within its kind.", attribute="principal.name", required=True)
    credential = _text("By what it is known.", attribute="principal.credential", required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True, metadata={"description": "What it has."})
    permissions = fields.List(
        fields.String(), required=True, metadata={"description": "What it may do, at least somewhere."}
    )
