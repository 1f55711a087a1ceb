"""How targets and imports look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.facts import LONGEST_VALUE
from tidegate.domain.imports import ImportState
from tidegate.domain.targets import LEAST_INTERVAL, LONGEST_URL, MOST_INTERVAL
from tidegate.kernel.http.documents import Flag, Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import NAME, NO_CONTROLS
from tidegate.modules.inventory.exports import FORMATS
from tidegate.modules.inventory.imports import LONGEST_NAME
from tidegate.modules.inventory.service import TargetFacts


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


class Contract(fields.Raw):
    """What is asked of a target: a JSON object, or null for what every service answers."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            allow_none=True,
            metadata={
                "description": "What is asked of it there; null for what every service answers.",
                "type": "object",
            },
            **more,
        )


class TargetFactsSchema(Schema):
    """What may be said of a target."""

    base_url = _text(
        "Where it answers, without a slash at the end; null for one that is not probed.",
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, LONGEST_URL),
    )
    contract = Contract(load_default=None)
    owner = _text(
        "Who is told of its incidents, where it is not the component's owner.",
        load_default=None,
        allow_none=True,
        validate=validate.And(validate.Length(1, 200), NO_CONTROLS),
    )
    interval = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(LEAST_INTERVAL, MOST_INTERVAL),
        metadata={"description": "Seconds between two probes; null for the installation's."},
    )
    paused = Flag(load_default=False, metadata={"description": "Whether its probes are paused."})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> TargetFacts:
        """Make the facts."""
        return TargetFacts(**data)


class TargetSchema(Schema):
    """A component in an environment."""

    component = _text("The component.", required=True, validate=NAME)
    environment = _text("The environment.", required=True, validate=NAME)
    base_url = _text("Where it answers; null for one that is not probed.", required=True, allow_none=True)
    contract = Contract(required=True)
    owner = _text("Who is told of its incidents.", required=True, allow_none=True)
    interval = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Seconds between two probes; null for the installation's."},
    )
    paused = Flag(required=True, metadata={"description": "Whether its probes are paused."})
    version = fields.Integer(required=True, metadata={"description": "Counts its edits; also its ETag."})
    created_at = Moment(required=True, metadata={"description": "When it was registered."})
    updated_at = Moment(required=True, metadata={"description": "When it was last changed."})


class TargetQuery(PageQuery):
    """Which targets are wanted."""

    component = _text("Only those of this component.", load_default=None, validate=NAME)
    environment = _text("Only those in this environment.", load_default=None, validate=NAME)


class ImportQuerySchema(Schema):
    """What is uploaded."""

    name = fields.String(
        required=True,
        validate=validate.And(validate.Length(1, LONGEST_NAME), NO_CONTROLS),
        metadata={"description": "The workbook's file name, to be shown.", "example": "estate.csv"},
    )


class ExportQuerySchema(Schema):
    """What is exported."""

    format = _text("Which kind of workbook.", load_default="xlsx", validate=validate.OneOf(FORMATS))
    component = _text("Only what is declared of this component.", load_default=None, validate=NAME)
    environment = _text("Only what is declared in this environment.", load_default=None, validate=NAME)


class UndoSchema(Schema):
    """How an import is undone."""

    overwrite = fields.List(
        fields.String(validate=validate.Length(1, 400)),
        load_default=list,
        validate=validate.Length(max=1000),
        metadata={
            "description": "Fields to take back although somebody changed them after the import, such as "
            "`harbour/production:version`."
        },
    )


class ImportCountsSchema(Schema):
    """How much an import changes."""

    rows = fields.Integer(required=True, metadata={"description": "Rows that were read."})
    added = fields.Integer(required=True, metadata={"description": "Fields that had no value."})
    changed = fields.Integer(required=True, metadata={"description": "Fields that get another value."})
    removed = fields.Integer(required=True, metadata={"description": "Fields that have no value any more."})
    unchanged = fields.Integer(required=True, metadata={"description": "Fields that stay as they are."})
    problems = fields.Integer(required=True, metadata={"description": "Cells that cannot be used."})
    conflicts = fields.Integer(required=True, metadata={"description": "Fields that undoing left alone."})


class ImportSchema(Schema):
    """A workbook that was uploaded, and what became of it."""

    id = _text("Its identifier.", required=True)
    digest = _text("The digest of its bytes, which are kept.", required=True)
    name = _text("The workbook's file name.", required=True)
    size = fields.Integer(required=True, metadata={"description": "Its size in bytes."})
    state = _text(
        "How far it has come.", required=True, validate=validate.OneOf([str(state) for state in ImportState])
    )
    counts = fields.Nested(ImportCountsSchema, required=True)
    skipped = fields.List(
        fields.String(), required=True, metadata={"description": "Sheets without a column `component`."}
    )
    created_by = _text("Who uploaded it.", required=True)
    created_at = Moment(required=True, metadata={"description": "When its preview was made."})
    applied_by = _text("Who applied it.", required=True, allow_none=True)
    applied_at = Moment(required=True, allow_none=True, metadata={"description": "When it was applied."})
    undone_by = _text("Who undid it last.", required=True, allow_none=True)
    undone_at = Moment(required=True, allow_none=True, metadata={"description": "When it was undone last."})


class ImportedValue(fields.Raw):
    """A value, or null for none."""

    def __init__(self, description: str) -> None:
        shapes = [
            {"type": "string", "maxLength": LONGEST_VALUE},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "null"},
        ]
        super().__init__(
            required=True, allow_none=True, metadata={"description": description, "anyOf": shapes}
        )


class OfSubjectSchema(Schema):
    """A field of a component, or of its target in an environment."""

    component = _text("The component.", required=True)
    environment = fields.Function(
        lambda one: one.environment or None,
        required=True,
        allow_none=True,
        metadata={"description": "The environment; null for the component as such.", "type": "string"},
    )
    field = _text("The field; `base_url`, `owner` and `interval` are the target's own.", required=True)


class FactEditSchema(OfSubjectSchema):
    """What an import changes."""

    before = ImportedValue("The value before; null for none.")
    after = ImportedValue("The value that the import gives; null where it takes it away.")


class UndoConflictSchema(OfSubjectSchema):
    """A field that somebody changed after an import."""

    before = ImportedValue("The value before the import; null for none.")
    imported = ImportedValue("The value that the import gave; null for none.")
    now = ImportedValue("The value now; null for none.")


class CellProblemSchema(Schema):
    """A cell that cannot be used."""

    sheet = _text("The sheet.", required=True)
    cell = _text("The cell, such as B7.", required=True)
    reason = _text("What is wrong, and what to do.", required=True)
