"""The forms of people, groups, roles, tokens and passwords."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from tidegate.domain.access import Binding, Role
from tidegate.kernel.passwords import LONGEST
from tidegate.modules.console.forms.base import PageForm, line

_MOST_DAYS = 36_500
_NAME = 100
_OWNER = 200


def names_of(roles: Iterable[Role]) -> list[Any]:
    """Return roles as choices; WTForms takes plain texts, of which its types do not know."""
    return [str(one) for one in roles]


_ROLES = names_of(Role)


def _password(label: str, autocomplete: str) -> PasswordField:
    said = {"autocomplete": autocomplete, "maxlength": str(4 * LONGEST)}
    return PasswordField(label, [InputRequired(f"{label} is needed.")], render_kw=said)


def _typed(label: str, autocomplete: str) -> StringField:
    """Ask for what goes with a password, in a way that browsers understand and keep with it."""
    said = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
    checks = [InputRequired(f"{label} is needed."), Length(max=_NAME)]
    return StringField(label, checks, filters=[lambda text: text.strip() if text else text], render_kw=said)


class SetUpForm(PageForm):
    """What makes the first administrator."""

    code = _typed("Code", "one-time-code")
    name = _typed("Name", "username")
    password = _password("Password", "new-password")


class ChoosePasswordForm(PageForm):
    """What gives a person a password that nobody else knows."""

    name = _typed("Name", "username")
    code = _typed("Code", "one-time-code")
    password = _password("Password", "new-password")


class OwnPasswordForm(PageForm):
    """Another password of one's own."""

    password = _password("New password", "new-password")


class NewUserForm(PageForm):
    """A person who is to be created."""

    name = line("Name", longest=_NAME)
    display_name = line("Full name", longest=_OWNER, optional=True)


class RoleFields(PageForm):
    """A role, and the part that it may be limited to."""

    role = SelectField("Role", [InputRequired("Choose a role.")], choices=_ROLES)
    component = line("Component", longest=_NAME, optional=True)
    owner = line("Owner", longest=_OWNER, optional=True)
    environment = line("Environment", longest=_NAME, optional=True)

    def binding(self) -> Binding:
        """Return the role with its limits; raises `Invalid` for limits that exclude each other."""
        return Binding(
            Role(self.role.data),
            self.component.data or None,
            self.owner.data or None,
            self.environment.data or None,
        )


class RoleForm(RoleFields):
    """A role that is to be given to the one whose page it is."""


class MemberForm(PageForm):
    """A person who is to be in a group."""

    user = line("Person", longest=_NAME)


class NewGroupForm(MemberForm):
    """A group that is to be there: with its first member."""

    group = line("Group", longest=_NAME)


class MachineTokenForm(RoleFields):
    """A token of a machine that is to be made."""

    name = line("Name", longest=_NAME)
    days = IntegerField("Days", [Optional(), NumberRange(1, _MOST_DAYS)])


class OwnTokenForm(PageForm):
    """A token of one's own that is to be made."""

    name = line("Name", longest=_NAME)
    role = SelectField("At most", [InputRequired("Choose a role.")])
    days = IntegerField("Days", [Optional(), NumberRange(1, _MOST_DAYS)])

    def offer(self, roles: Iterable[Role]) -> None:
        """Say which roles may be chosen."""
        self.role.choices = names_of(roles)
