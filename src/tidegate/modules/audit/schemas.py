"""The audit log's documents."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.audit import Report, Row
from tidegate.kernel.http.pagination import PageQuery


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class AuditEventSchema(Schema):
    """One change, and its place in the chain."""

    seq = fields.Integer(required=True, metadata={"description": "Counts from 1 without a gap."})
    at = _text("When, in UTC.", required=True)
    actor = _text("Who.", required=True)
    action = _text("Did what.", required=True)
    subject = _text("To what.", required=True)
    details = fields.Dict(keys=fields.String(), required=True, metadata={"description": "With what."})
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


class VerificationSchema(Schema):
    """What checking the whole chain found."""

    intact = fields.Boolean(
        required=True, metadata={"description": "Whether everything is as it was written."}
    )
    checked = fields.Integer(required=True, metadata={"description": "How many rows hold."})
    head = fields.Nested(
        AuditHeadSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "The last row that holds: note it down elsewhere to detect a log written anew."
        },
    )
    bad_seq = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Where the chain breaks, if it does."}
    )
    fault = _text("What is wrong there.", required=True, allow_none=True)


def event_document(row: Row) -> dict[str, Any]:
    """Return a row as the API shows it: the same members as a line of the export."""
    return {**row.entry.to_document(), "prev_hash": row.prev_hash, "hash": row.hash}


def verification_document(report: Report) -> dict[str, Any]:
    """Return what a verification found."""
    head = {"seq": report.head.seq, "hash": report.head.hash} if report.head else None
    return {
        "intact": report.intact,
        "checked": report.checked,
        "head": head,
        "bad_seq": report.bad_seq,
        "fault": report.fault,
    }
