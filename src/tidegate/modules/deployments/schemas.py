"""How deployments look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.domain.deployments import LONGEST_LINK, LONGEST_VERSION, DeploymentOutcome
from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.pagination import PageQuery
from tidegate.kernel.http.patterns import COMMIT, NAME, NO_CONTROLS
from tidegate.modules.deployments.service import DeploymentEnd, NewDeployment

_OUTCOMES = validate.OneOf([str(one) for one in DeploymentOutcome])
_ENDS = validate.OneOf([str(one) for one in DeploymentOutcome if one is not DeploymentOutcome.STARTED])
_VERSION = validate.And(validate.Length(1, LONGEST_VERSION), NO_CONTROLS)


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(metadata={"description": description}, **more)


def _moment(description: str) -> Moment:
    return Moment(format="iso", load_default=None, allow_none=True, metadata={"description": description})


class NewDeploymentSchema(Schema):
    """A deployment that is reported."""

    environment = _text("Where it went.", required=True, validate=NAME)
    revision = _text(
        "The commit that was deployed; this or `version` is needed.",
        load_default=None,
        allow_none=True,
        validate=COMMIT,
    )
    version = _text(
        "The version that was deployed; the commit of a release of this version is added.",
        load_default=None,
        allow_none=True,
        validate=_VERSION,
    )
    outcome = _text("How far it came.", load_default=str(DeploymentOutcome.STARTED), validate=_OUTCOMES)
    started_at = _moment("When it started; left out: when it ended, or now.")
    ended_at = _moment("When it ended; left out: now, or not yet where it has only started.")
    url = _text(
        "The pipeline's run.", load_default=None, allow_none=True, validate=validate.Length(1, LONGEST_LINK)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewDeployment:
        """Make the deployment."""
        return NewDeployment(**{**data, "outcome": DeploymentOutcome(data["outcome"])})


class DeploymentEndSchema(Schema):
    """How a deployment ended."""

    outcome = _text("How it ended.", required=True, validate=_ENDS)
    ended_at = _moment("When it ended; left out: now.")
    url = _text(
        "The pipeline's run, where another than the one that is known.",
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, LONGEST_LINK),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> DeploymentEnd:
        """Make the end."""
        return DeploymentEnd(**{**data, "outcome": DeploymentOutcome(data["outcome"])})


class DeploymentSchema(Schema):
    """Something that was put into an environment."""

    id = _text("Its identifier.", required=True)
    component = _text("The component.", required=True)
    environment = _text("Where it went.", required=True)
    revision = _text(
        "The commit; null where it is not known.", required=True, allow_none=True, attribute="commit"
    )
    version = _text("The version; null where it is not known.", required=True, allow_none=True)
    outcome = _text("How far it came.", required=True, validate=_OUTCOMES)
    started_at = Moment(required=True, metadata={"description": "When it started."})
    ended_at = Moment(
        required=True, allow_none=True, metadata={"description": "When it ended; null while it runs."}
    )
    url = _text("The pipeline's run; null where none was named.", required=True, allow_none=True)
    edition = fields.Integer(required=True, metadata={"description": "Counts its edits; also its ETag."})
    created_at = Moment(required=True, metadata={"description": "When it was reported."})
    updated_at = Moment(required=True, metadata={"description": "When it was last changed."})
    reported_by = _text("Who reported it.", required=True)
    released = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether it had been released for this environment when it was reported. "
            "Where not, no gate let it through."
        },
    )


class DeploymentQuery(PageQuery):
    """Which deployments are wanted."""

    environment = _text("Only those into this environment.", load_default=None, validate=NAME)
    outcome = _text(
        "Only those with this outcome; with `environment`.", load_default=None, validate=_OUTCOMES
    )
