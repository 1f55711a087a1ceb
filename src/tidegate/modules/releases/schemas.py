"""How releases look over HTTP."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from tidegate.kernel.http.documents import Moment
from tidegate.kernel.http.patterns import COMMIT, NAME
from tidegate.modules.releases.service import NewRelease, ReleaseNotes

RELEASE: dict[str, Any] = {
    "component": "harbour",
    "version": "1.0.0",
    "tag": "prod/v1.0.0",
    "revision": "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809",
    "environment": "production",
    "verdict": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91",
    "notes": "Boats can now be counted.",
    "edition": 1,
    "created_at": "2026-11-21T02:26:50.000Z",
    "updated_at": "2026-11-21T02:26:50.000Z",
    "created_by": "person:ada",
}
NEW_RELEASE: dict[str, Any] = {
    "version": RELEASE["version"],
    "revision": RELEASE["revision"],
    "environment": RELEASE["environment"],
    "notes": RELEASE["notes"],
}
_NOTES = validate.Length(max=20_000)


def _text(description: str, **more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": description}, **more)


class NewReleaseSchema(Schema):
    """The release that is wanted."""

    version = fields.String(
        required=True,
        validate=validate.Length(1, 100),
        metadata={"description": "MAJOR.MINOR.PATCH, above the component's last release."},
    )
    revision = fields.String(
        required=True,
        validate=COMMIT,
        metadata={"description": "The commit that is to ship."},
    )
    environment = fields.String(
        load_default="production",
        validate=NAME,
        metadata={"description": "The environment whose gate must be open."},
    )
    notes = fields.String(
        load_default="", validate=_NOTES, metadata={"description": "The release notes, as Markdown."}
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> NewRelease:
        """Make the release that is asked for."""
        return NewRelease(**data)


class NotesSchema(Schema):
    """New notes for a release."""

    notes = fields.String(required=True, validate=_NOTES, metadata={"description": "The notes, as Markdown."})

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ReleaseNotes:
        """Make the notes."""
        return ReleaseNotes(**data)


class ReleaseSchema(Schema):
    """A version of a component that may ship."""

    component = _text("The component.")
    version = _text("Its version.")
    tag = _text("The tag that ships it: `prod/v…` into production, else the environment's name and `/v…`.")
    revision = _text("The commit.", attribute="commit")
    environment = _text("The environment that it was let into.")
    verdict = _text("The verdict that let it.", attribute="verdict_id")
    notes = _text("The release notes, as Markdown.")
    edition = fields.Integer(required=True, metadata={"description": "Counts the notes' edits from 1."})
    created_at = Moment(required=True, metadata={"description": "When it was created."})
    updated_at = Moment(required=True, metadata={"description": "When its notes were last corrected."})
    created_by = _text("Who created it; null where that was not noted yet.", allow_none=True)
