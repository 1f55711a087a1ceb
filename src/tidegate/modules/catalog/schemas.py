"""The catalog's documents."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.catalog import COMMIT_PATTERN, ComponentFacts, EnvironmentFacts, RevisionFacts
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import DIGEST, NAME, FullMatch

_LONG = validate.Length(max=20_000)


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _moment(description: str, **more: Any) -> Moment:
    return Moment(format="iso", metadata={"description": description}, **more)


class ComponentFactsSchema(Schema):
    """What may be said of a component."""

    title = _text("What people call it.", required=True, validate=validate.Length(1, 200))
    owner = _text("The team that owns it.", required=True, validate=validate.Length(1, 200))
    description = _text("A description.", load_default="", validate=_LONG)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ComponentFacts:
        """Make the facts."""
        return ComponentFacts(**data)


class ComponentSchema(Schema):
    """A deployable thing that a team owns."""

    name = _text("Its name, which never changes.", required=True, validate=NAME)
    title = _text("What people call it.", required=True)
    owner = _text("The team that owns it.", required=True)
    description = _text("A description.", required=True)
    version = fields.Integer(required=True, metadata={"description": "Counts its edits; also its ETag."})
    created_at = _moment("When it was registered.", required=True)
    updated_at = _moment("When it was last changed.", required=True)


class EnvironmentFactsSchema(Schema):
    """What may be said of an environment."""

    rank = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(0, 1_000_000),
        metadata={"description": "Its place on the way to production; lower comes first."},
    )
    gate = _text(
        "The gate that guards it, which must exist; null where none does.",
        load_default=None,
        allow_none=True,
        validate=NAME,
    )
    description = _text("A description.", load_default="", validate=_LONG)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> EnvironmentFacts:
        """Make the facts."""
        return EnvironmentFacts(**data)


class EnvironmentSchema(Schema):
    """Where components run."""

    name = _text("Its name, which never changes.", required=True, validate=NAME)
    rank = fields.Integer(required=True, metadata={"description": "Lower comes first."})
    gate = _text("The gate that guards it.", required=True, allow_none=True)
    description = _text("A description.", required=True)
    version = fields.Integer(required=True, metadata={"description": "Counts its edits; also its ETag."})
    created_at = _moment("When it was registered.", required=True)
    updated_at = _moment("When it was last changed.", required=True)


class RevisionFactsSchema(Schema):
    """What may be known of a revision; what is left out says nothing."""

    artifact = _text("Digest of what was built from it.", load_default=None, validate=DIGEST)
    branch = _text("The branch it was built from.", load_default=None, validate=validate.Length(1, 250))
    committed_at = _moment("When it was committed, with its offset.", load_default=None)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> RevisionFacts:
        """Make the facts."""
        return RevisionFacts(**data)


class RevisionSchema(Schema):
    """A commit of a component."""

    id = _text("Its identifier; later ones sort after earlier ones.", required=True)
    component = _text("Whose commit it is.", required=True)
    commit = _text("The full hash of the commit.", required=True, validate=FullMatch(COMMIT_PATTERN))
    artifact = _text("Digest of what was built from it.", required=True, allow_none=True)
    branch = _text("The branch it was built from.", required=True, allow_none=True)
    committed_at = _moment("When it was committed.", required=True, allow_none=True)
    registered_at = _moment("When it was registered.", required=True)


class ComponentQuery(PageQuery):
    """Which components are wanted."""

    owner = _text("Only those of this team.", load_default=None, validate=validate.Length(1, 200))


class RevisionQuery(PageQuery):
    """Which revisions are wanted."""

    artifact = _text("Only those that this artifact was built from.", load_default=None, validate=DIGEST)
