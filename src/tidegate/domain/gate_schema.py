"""The JSON Schema of a gate's document, made of the same declarations that the parser uses."""

from __future__ import annotations

from tidegate.domain.canonical import Json
from tidegate.domain.expressions import MAX_LENGTH
from tidegate.domain.gate_documents import MAX_NEEDS, MAX_RULES, MAX_TITLE
from tidegate.domain.gates import MAX_BUILDER, MAX_TOOL, NAME, On
from tidegate.domain.measures import Kind

SCHEMA_ID = "https://tidegate.dev/schema/gate.schema.json"


def gate_schema() -> dict[str, Json]:
    """Return the schema (draft 2020-12); it cannot look into expressions, which `gate lint` does."""
    title: Json = {"type": ["string", "null"], "maxLength": MAX_TITLE}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Tidegate gate",
        "description": "A named set of rules that a revision's evidence must pass.",
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "rules"],
        "properties": {
            "name": {"type": "string", "pattern": f"^{NAME.pattern}$", "description": "The gate's name."},
            "title": title,
            "extends": {
                "type": ["string", "null"],
                "description": "The floor, by name or relative file; nothing in it can be loosened.",
            },
            "rules": {"type": ["array", "null"], "maxItems": MAX_RULES, "items": _rule(title)},
        },
        # A gate that extends none needs rules of its own: without any it would let everything pass.
        "anyOf": [
            {"required": ["extends"], "properties": {"extends": {"type": "string", "pattern": "\\S"}}},
            {"properties": {"rules": {"type": "array", "minItems": 1}}},
        ],
    }


def _rule(title: Json) -> Json:
    kinds = "|".join(Kind)
    tool, builder = f"[^\\s/][^/]{{0,{MAX_TOOL - 1}}}", f"\\S{{1,{MAX_BUILDER}}}"
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "that", "needs"],
        "properties": {
            "id": {"type": "string", "pattern": f"^{NAME.pattern}$", "description": "Unique in the gate."},
            "title": title,
            "that": {
                "type": "string",
                "pattern": "\\S",
                "maxLength": MAX_LENGTH,
                "description": "What must hold: CEL over measures and facts, such as tests.failed == 0.",
            },
            "needs": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_NEEDS,
                "uniqueItems": True,
                "items": {"type": "string", "pattern": f"^(facts|({kinds})(/{tool})?|provenance/{builder})$"},
                "description": "Kinds of evidence, each optionally of one tool: lint/flake8, of provenance "
                "its builder's URI; and facts.",
            },
            "max_age": {
                "type": ["string", "null"],
                "pattern": "^[1-9][0-9]{0,5}[smhdw]$",
                "description": "How old the evidence may be, such as 24h. Left out: any age, but 24h for "
                "observed facts.",
            },
            "on": {
                "enum": [*map(str, On), None],
                "description": "Whether the rule blocks (also where this is left out) or warns.",
            },
        },
    }
