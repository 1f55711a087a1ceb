"""Forms of releases: one that is wanted, and corrected notes."""

from __future__ import annotations

from collections.abc import Callable

from wtforms import Field, ValidationError

from tidegate.domain.catalog import full_commit
from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version
from tidegate.modules.console.forms.base import PageForm, VersionedForm, choice, line, text
from tidegate.modules.releases.service import NewRelease

_LONGEST_NOTES = 20_000


class ReleaseForm(PageForm):
    """The release that is wanted."""

    environment = choice("Environment")
    revision = line("Revision", longest=64)
    version = line("Version", longest=100)
    notes = text("Notes", longest=_LONGEST_NOTES, optional=True, rows=10)

    def validate_version(self, field: Field) -> None:
        """Refuse what no tag can be made of."""
        _accepted(lambda: Version.parse(field.data or "").tag)

    def validate_revision(self, field: Field) -> None:
        """Refuse a commit that is not named in full."""
        _accepted(lambda: full_commit(field.data or ""))

    def wanted(self) -> NewRelease:
        """Return what was asked for."""
        return NewRelease(
            version=self.version.data or "",
            revision=self.revision.data or "",
            environment=self.environment.data or "",
            notes=self.notes.data or "",
        )


def _accepted(read: Callable[[], object]) -> None:
    try:
        read()
    except Invalid as refused:
        raise ValidationError(str(refused)) from None


class NotesForm(VersionedForm):
    """The notes of a release."""

    notes = text("Notes", longest=_LONGEST_NOTES, optional=True, rows=14)
