"""The audit log's documents."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.kernel.http.documents import Moment, SparseSchema
from tidegate.kernel.http.pagination import PageQuery


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class AuditEventSchema(Schema):
    """One change, and its place in the chain."""

    seq = fields.Integer(
        attribute="entry.seq", required=True, metadata={"description": "Counts from 1 without a gap."}
    )
    at = Moment(attribute="entry.at", required=True, metadata={"description": "When, in UTC."})
    actor = _text("Who.", attribute="entry.actor", required=True)
    action = _text("Did what.", attribute="entry.action", required=True)
    subject = _text("To what.", attribute="entry.subject", required=True)
    details = fields.Dict(
        attribute="entry.details",
        keys=fields.String(),
        required=True,
        metadata={"description": "With what.", "additionalProperties": True},
    )
    prev_hash = _text("The digest of the event before.", required=True)
    hash = _text("The digest over this event and the one before.", required=True)


class AuditQuery(PageQuery):
    """Which events are wanted."""

    subject = _text("Only those about this.", load_default=None, validate=validate.Length(1, 500))
    action = _text("Only those of this kind.", load_default=None, validate=validate.Length(1, 100))


class AuditHeadSchema(Schema):
    """The last row that holds."""

    seq = fields.Integer(required=True, metadata={"description": "Its number."})
    hash = _text("Its digest.", required=True)


class VerificationSchema(SparseSchema):
    """What checking the whole chain found."""

    intact = fields.Boolean(
        required=True, metadata={"description": "Whether everything is as it was written."}
    )
    checked = fields.Integer(required=True, metadata={"description": "How many rows hold."})
    head = fields.Nested(
        AuditHeadSchema,
        metadata={
            "description": "The last row that holds, if there is one: record it elsewhere to detect a "
            "rewritten log."
        },
    )
    bad_seq = fields.Integer(metadata={"description": "Where the chain breaks, if it does."})
    fault = _text("What is wrong there, if anything is.")
