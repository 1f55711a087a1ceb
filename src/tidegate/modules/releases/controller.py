"""Releases over HTTP: create where the gate is open, read, correct the notes."""

from __future__ import annotations

from tidegate.domain.access import Permission
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.domain.records import StoredRelease
from tidegate.domain.releases import GateClosed
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer, answer, if_match
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.releases.schemas import (
    NEW_RELEASE,
    RELEASE,
    NewReleaseSchema,
    NotesSchema,
    ReleaseSchema,
)
from tidegate.modules.releases.service import NewRelease, ReleaseNotes, ReleaseService

blueprint = Blueprint(
    "releases", __name__, url_prefix="/api/v1/components/<component>/releases", description="What may ship."
)


@blueprint.post("")
@blueprint.requires(Permission.RELEASE, inside=True)
@blueprint.arguments(NewReleaseSchema, example=NEW_RELEASE)
@blueprint.response(201, ReleaseSchema, example=RELEASE)
@blueprint.alt_response(
    200, schema=ReleaseSchema, example=RELEASE, description="It was there already, and its gate is open now."
)
@blueprint.problems(NotFound, Invalid, Conflict, GateClosed)
@blueprint.main_job(6, "Create the release, where the gate is open.")
def create_release(new: NewRelease, component: str) -> Answer:
    """Create a release.

    The environment's gate is asked now: where it is closed the answer is 409 with every rule that blocks, and
    the refusal is recorded. It is safe to repeat: asked again for the same version, commit and environment,
    the gate is asked again, and the release that is there is answered where it is still open.
    """
    release, created = use(ReleaseService).create(component, new)
    status = 201 if created else 200
    return answer(release, status=status, version=release.edition, location=_address(release))


@blueprint.get("")
@blueprint.requires(Permission.READ)
@blueprint.page_of(ReleaseSchema, example=RELEASE)
@blueprint.problems(NotFound)
def list_releases(page: PageRequest, component: str) -> Answer:
    """List a component's releases, newest first.

    Each names the verdict that let it through.
    """
    return paged(use(ReleaseService).releases(component, page))


@blueprint.get("/<version>")
@blueprint.requires(Permission.READ)
@blueprint.response(200, ReleaseSchema, example=RELEASE)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_release(component: str, version: str) -> Answer:
    """Show a release.

    It is history: its verdict let it through then. Whether it may ship now shows by asking for it again.
    Only its notes can change; the `ETag` counts their editions.
    """
    release = use(ReleaseService).release(component, version)
    return answer(release, version=release.edition)


@blueprint.patch("/<version>")
@blueprint.requires(Permission.RELEASE, inside=True)
@blueprint.arguments(NotesSchema, example={"notes": "Boats can now be counted, and moored."})
@blueprint.response(200, ReleaseSchema, example=RELEASE)
@blueprint.conditional
@blueprint.problems(NotFound, Invalid)
def correct_release_notes(change: ReleaseNotes, component: str, version: str) -> Answer:
    """Correct a release's notes.

    Version, commit and verdict of a release never change.
    """
    release = use(ReleaseService).correct_notes(component, version, change.notes, if_match())
    return answer(release, version=release.edition)


def _address(release: StoredRelease) -> str:
    return f"/api/v1/components/{release.component}/releases/{release.version}"
