"""How gates look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.gate_documents import Level
from tidegate.domain.gates import On
from tidegate.kernel.http.documents import CanonicalDocument, GateDocumentSchema, Moment, SparseSchema


class GateVersionSchema(Schema):
    """One version of a gate; it never changes."""

    name = fields.String(attribute="gate", required=True, metadata={"description": "The gate's name."})
    number = fields.Integer(required=True, metadata={"description": "Counts the gate's versions from 1."})
    digest = fields.String(required=True, metadata={"description": "The digest that names the version."})
    extends = fields.String(
        required=True, allow_none=True, metadata={"description": "The floor that it was declared on."}
    )
    created_at = Moment(required=True, metadata={"description": "When it was declared first."})
    declared_by = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Who declared it first; null where that was not noted yet."},
    )
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "Why, as far as a reason was given."}
    )
    gate = CanonicalDocument(GateDocumentSchema, attribute="canonical", required=True)


class GateProblemSchema(SparseSchema):
    """One thing wrong with a gate's document."""

    level = fields.String(required=True, validate=validate.OneOf([str(level) for level in Level]))
    where = fields.String(required=True, metadata={"description": "A JSON pointer into the document."})
    line = fields.Integer(metadata={"description": "The line in a document in YAML, from 1."})
    column = fields.Integer(metadata={"description": "The column there, from 1."})
    what = fields.String(required=True, metadata={"description": "What is wrong."})
    suggestion = fields.String(metadata={"description": "How to fix it, where that is known."})


class LintSchema(Schema):
    """What is wrong with a gate's document."""

    accepted = fields.Boolean(required=True, metadata={"description": "Whether it could be declared."})
    problems = fields.List(fields.Nested(GateProblemSchema), required=True)


class GateRuleSchema(Schema):
    """A rule as it is written; what the schema of a gate's document says of it holds."""

    id = fields.String(required=True, metadata={"description": "The rule's name, unique within its gate."})
    title = fields.String(allow_none=True, metadata={"description": "What the rule is for."})
    that = fields.String(
        required=True,
        metadata={"description": "What must hold: a CEL expression over measures, `tests.failed == 0`."},
    )
    needs = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Kinds of evidence, each optionally of one tool: `lint/flake8`."},
    )
    max_age = fields.String(
        allow_none=True,
        metadata={"description": "How old the evidence may be, such as `24h`; default: any age, facts 24h."},
    )
    on = fields.String(
        allow_none=True,
        validate=validate.OneOf([str(on) for on in On]),
        metadata={"description": "Whether the rule blocks (default) or warns."},
    )


class GateSchema(Schema):
    """A gate as it is declared: its own rules, and the floor that it extends."""

    name = fields.String(required=True, metadata={"description": "The gate's name."})
    title = fields.String(allow_none=True, metadata={"description": "What the gate is for."})
    extends = fields.String(
        allow_none=True,
        metadata={"description": "The gate that is its floor, by name; nothing in it can be loosened."},
    )
    rules = fields.List(
        fields.Nested(GateRuleSchema),
        allow_none=True,
        metadata={"description": "Its own rules; at least one, unless it extends another gate."},
    )


class DeclarationQuery(Schema):
    """What may be said about a declaration."""

    reason = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "Why the gate is changed; kept with the version and in the audit log."},
    )


YAML = "application/yaml"


def gate_body(document: dict[str, Any], yaml: str) -> dict[str, Any]:
    """Say in OpenAPI that a body is a gate's document, as JSON or as YAML.

    The schema is for people and generated clients; what is accepted is for the domain to say, which also
    speaks of what no schema can.
    """
    return {
        "description": "The gate's document; its whole JSON Schema is at `/api/v1/gate-schema`.",
        "required": True,
        "content": {
            "application/json": {"schema": GateSchema, "example": document},
            YAML: {"schema": {"type": "string"}, "example": yaml},
        },
    }
