"""What the query of a feed holds."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from tidegate.domain.catalog import NAME_PATTERN


class FeedQuery(Schema):
    """Which verdicts the feed holds."""

    component = fields.String(
        load_default=None,
        validate=validate.Regexp(f"^(?:{NAME_PATTERN})$"),
        metadata={"description": "Verdicts on this component's revisions only.", "example": "harbour"},
    )
