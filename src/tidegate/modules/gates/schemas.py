"""How gates look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.gate_documents import Level
from tidegate.domain.gate_schema import gate_schema
from tidegate.domain.gates import On
from tidegate.kernel.http.documents import Document


class RuleSchema(Schema):
    """One thing that must hold."""

    id = fields.String(required=True, metadata={"description": "The rule's name within its gate."})
    title = fields.String(required=True, metadata={"description": "What the rule is for."})
    that = fields.String(required=True, metadata={"description": "A CEL expression over measures."})
    needs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The evidence it speaks of: kind or kind/tool."},
    )
    max_age = fields.String(
        required=True, allow_none=True, metadata={"description": "How old that evidence may be: 24h, 7d."}
    )
    on = fields.String(required=True, validate=validate.OneOf([str(on) for on in On]))


class GateDocumentSchema(Schema):
    """A gate with its floor's rules joined to its own: the canonical form that the digest names."""

    name = fields.String(required=True)
    title = fields.String(required=True)
    floor = fields.String(
        required=True, allow_none=True, metadata={"description": "The digest of the gate that it extends."}
    )
    rules = fields.List(fields.Nested(RuleSchema), required=True)


class GateVersionSchema(Schema):
    """One version of a gate; it never changes."""

    name = fields.String(required=True, metadata={"description": "The gate's name."})
    number = fields.Integer(required=True, metadata={"description": "Counts the gate's versions from 1."})
    digest = fields.String(required=True, metadata={"description": "The digest that names the version."})
    extends = fields.String(
        required=True, allow_none=True, metadata={"description": "The floor that it was declared on."}
    )
    created_at = fields.String(required=True, metadata={"format": "date-time"})
    gate = Document(GateDocumentSchema, required=True)


class GateProblemSchema(Schema):
    """One thing wrong with a gate's document."""

    level = fields.String(required=True, validate=validate.OneOf([str(level) for level in Level]))
    where = fields.String(required=True, metadata={"description": "A JSON pointer into the document."})
    line = fields.Integer(required=True, allow_none=True)
    column = fields.Integer(required=True, allow_none=True)
    what = fields.String(required=True, metadata={"description": "What is wrong."})
    suggestion = fields.String(required=True, allow_none=True, metadata={"description": "How to fix it."})


class LintSchema(Schema):
    """What is wrong with a gate's document."""

    accepted = fields.Boolean(required=True, metadata={"description": "Whether it could be declared."})
    problems = fields.List(fields.Nested(GateProblemSchema), required=True)


YAML = "application/yaml"


def gate_body(document: dict[str, Any], yaml: str, *, sound: bool = True) -> dict[str, Any]:
    """Say in OpenAPI that a body is a gate's document, as JSON or as YAML.

    Where it need not be `sound`, whatever is wrong with it is an answer and not an error.
    """
    whole = {key: value for key, value in gate_schema().items() if key not in ("$schema", "$id")}
    return {
        "description": "The gate's document; its JSON Schema is at `/api/v1/gate-schema`.",
        "required": True,
        "content": {
            "application/json": {"schema": whole if sound else {"type": "object"}, "example": document},
            # Here every scalar is read as text, so that a title may look like a number.
            YAML: {"schema": {}, "example": yaml},
        },
    }
