"""Forms of imports: a workbook to be looked at, and the consent to what it changes."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, Optional

from tidegate.modules.console.forms.base import PageForm

_LONGEST_FIELD = 400


class UploadForm(PageForm):
    """A workbook, or a declaration in YAML."""

    workbook = FileField("File", [FileRequired("Choose a file.")])

    def file(self) -> FileStorage:
        """Return what was chosen."""
        chosen: FileStorage = self.workbook.data
        return chosen


class ApplyForm(PageForm):
    """The consent to what a preview shows."""

    confirm = BooleanField("I have looked at what it changes", [InputRequired("Say that you have looked.")])


class UndoForm(PageForm):
    """The wish to take an import back; `overwrite` names a field that goes back although it was changed."""

    confirm = BooleanField("Give every field back what it was", [InputRequired("Say that you want it back.")])
    overwrite = StringField(validators=[Optional(), Length(max=_LONGEST_FIELD)])

    def names(self) -> tuple[str, ...]:
        """Return the field that is named, if one is."""
        return (self.overwrite.data,) if self.overwrite.data else ()
