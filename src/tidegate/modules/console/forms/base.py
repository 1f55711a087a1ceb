"""What all forms share: fields of text that any database takes, and a place for what a use case refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from tidegate.domain.conditions import NO_CONDITION, Condition, ExpectedVersion
from tidegate.domain.errors import (
    ConditionNeeded,
    Conflict,
    Invalid,
    NotFound,
    Stale,
    TidegateError,
    says_more,
)
from tidegate.domain.releases import GateClosed
from tidegate.kernel.http.problem_table import problem_of

T = TypeVar("T")

REFUSALS = (ConditionNeeded, Conflict, GateClosed, Invalid, NotFound, Stale)
"""What a use case says of what was typed: it is shown in the form, and nothing that was typed is lost."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_CONTROLS_OF_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


STALE = 412


class PageForm(FlaskForm):
    """A form of a page: `status` is what it is answered with while something in it is wrong.

    `refused` is why the use case did not do it.
    """

    status = 422
    refused: TidegateError | None = None

    def attempt(self, use_case: Callable[[], T]) -> T | None:
        """Do what the form asks for; what is refused stands in the form then, and the answer is None."""
        try:
            return use_case()
        except REFUSALS as refused:
            self.refuse(refused)
            return None

    def refuse(self, refused: TidegateError) -> None:
        """Show why a use case refused: beside the fields that it names, else above all of them."""
        problem = problem_of(type(refused))
        self.refused = refused
        # Where what was typed names nothing, the page itself is there all the same.
        if problem is not None and not isinstance(refused, NotFound):
            self.status = problem.status
        placed = refused.problems if isinstance(refused, Invalid) else ()
        if isinstance(refused, NotFound):
            placed = ((refused.what.partition(" ")[0], str(refused)),)
        for where, what in placed:
            said = what if len(placed) > 1 else _together(str(refused), what)
            field = self._field_at(where)
            if field is None:
                self.form_errors.append(said)
            else:
                field.errors = [*field.errors, said]
        # Which rules keep a gate closed is more than a line: the page shows them one by one.
        if not placed and not isinstance(refused, GateClosed):
            self.form_errors.append(str(refused))

    @property
    def wrong(self) -> list[Field]:
        """Return the fields in which something is wrong."""
        return [one for one in self if one.errors]

    @property
    def fine(self) -> bool:
        """Tell whether nothing in it is wrong."""
        return not self.wrong and not self.form_errors and self.refused is None

    @property
    def stale(self) -> bool:
        """Tell whether somebody else was faster."""
        return self.status == STALE

    def _field_at(self, where: str) -> Field | None:
        """Return the field that a pointer into the document begins with, such as `/title`."""
        name = where.strip("/").partition("/")[0]
        return self._fields.get(name)


class VersionedForm(PageForm):
    """A form of something that others may change meanwhile; `version` is the one that its reader saw."""

    version = HiddenField()

    def condition(self) -> Condition:
        """Return that the version is to be changed which was read."""
        given = str(self.version.data or "")
        known = given.isascii() and given.isdigit() and len(given) < 19
        return ExpectedVersion(int(given)) if known else NO_CONDITION

    def read_again(self, version: int) -> None:
        """Where somebody else was faster, let the form be sent again over what the page now shows."""
        if self.stale:
            self.version.data = str(version)


def line(label: str, *, longest: int, optional: bool = False) -> StringField:
    """Make a field of one line of text, stripped of the space around it."""
    return StringField(
        label, [_needed(label, optional), Length(max=longest), _no_controls], filters=[_stripped]
    )


def text(label: str, *, longest: int, optional: bool = False, rows: int = 6) -> TextAreaField:
    """Make a field of many lines, which end as Unix ends them."""
    return TextAreaField(
        label,
        [_needed(label, optional), Length(max=longest), _no_controls_in_text],
        filters=[_unix_lines],
        render_kw={"rows": rows},
    )


def choice(label: str, offered: Mapping[str, str] = MappingProxyType({})) -> SelectField:
    """Make a field of which one value is chosen; `offered` says what people read for each value."""
    return SelectField(label, [InputRequired(f"{label} is needed.")], choices=_choices(offered))


def offer(field: SelectField, offered: Mapping[str, str]) -> None:
    """Say what can be chosen here."""
    field.choices = _choices(offered)


def _choices(offered: Mapping[str, str]) -> Any:
    return dict(offered)  # a way to say it that the published types do not know yet


def _together(message: str, what: str) -> str:
    """Join an error's message with what it says of the one place, where that adds something."""
    return f"{message} {what}" if what.endswith(".") and says_more(message, what) else message


def _needed(label: str, optional: bool) -> InputRequired | Optional:
    return Optional() if optional else InputRequired(f"{label} is needed.")


def _no_controls(form: PageForm, field: Field) -> None:
    if _CONTROLS.search(field.data or ""):
        raise ValidationError("Holds a control character: write one line of plain text.")


def _no_controls_in_text(form: PageForm, field: Field) -> None:
    if _CONTROLS_OF_TEXT.search(field.data or ""):
        raise ValidationError("Holds a control character other than tab and line break.")


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _unix_lines(value: str | None) -> str | None:
    return value.replace("\r\n", "\n").replace("\r", "\n") if value else value
