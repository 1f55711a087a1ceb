"""Roles with their limits, and what all of identity's documents are written with."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from tidegate.domain.access import Binding, Role
from tidegate.domain.catalog import NAME_PATTERN as SLUG_PATTERN
from tidegate.domain.identities import NAME_PATTERN
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.patterns import NO_CONTROLS, FullMatch

IDENTITY = FullMatch(
    NAME_PATTERN,
    error="Not a name: 1 to 100 letters, digits and . _ @ + -, beginning and ending with a letter or digit.",
)
SLUG = FullMatch(SLUG_PATTERN, error="Not a name: lower-case letters, digits, '.', '_', '-'.")
ROLE = validate.OneOf([str(role) for role in Role])


def text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def moment(description: str, **more: Any) -> Moment:
    return Moment(required=True, metadata={"description": description}, **more)


def number(description: str, least: int, most: int, **more: Any) -> fields.Integer:
    return fields.Integer(
        strict=True, validate=validate.Range(least, most), metadata={"description": description}, **more
    )


class RoleSchema(Schema):
    """A role, and what it is limited to."""

    role = text("viewer, submitter, release-manager or administrator.", required=True)
    component = text("The one component that it is for; null for all.", required=True, allow_none=True)
    owner = text("The owner whose components it is for; null for all.", required=True, allow_none=True)
    environment = text("The one environment that it is for; null for all.", required=True, allow_none=True)


class LimitsSchema(Schema):
    """A role with its limits, as it comes in."""

    role = text(
        "What it allows: each role may do all that the ones before it may.", required=True, validate=ROLE
    )
    component = text("For this component alone.", load_default=None, allow_none=True, validate=SLUG)
    owner = text(
        "For the components of this owner alone; not beside `component`.",
        load_default=None,
        allow_none=True,
        validate=[validate.Length(1, 200), NO_CONTROLS],
    )
    environment = text("For this environment alone.", load_default=None, allow_none=True, validate=SLUG)


def binding_of(data: dict[str, Any]) -> Binding:
    return Binding(Role(data["role"]), data["component"], data["owner"], data["environment"])
