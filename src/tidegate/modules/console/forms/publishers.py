"""The forms of trusted publishers: one for each provider, as each names other claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired

from tidegate.domain.access import Role
from tidegate.domain.publishers import PROVIDERS, Provider
from tidegate.modules.console.forms.base import line, text
from tidegate.modules.console.forms.people import RoleFields, names_of

_NAME = 100
_TEXT = 500
_CLAIMS = 10_000
_OF_CLAIM = "claim_"


def _claim(name: str, *, optional: bool = False) -> StringField:
    return line(name, longest=_TEXT, optional=optional)


class PublisherForm(RoleFields):
    """Whose jobs are to be trusted, and what they may do; `of` is whose jobs the form asks for."""

    of: ClassVar[Provider]
    name = line("Name", longest=_NAME)
    issuer = line("Issuer", longest=_TEXT, optional=True)
    role = SelectField(
        "Role",
        [InputRequired("Choose a role.")],
        choices=names_of(role for role in Role if role is not Role.ADMINISTRATOR),
        default=str(Role.SUBMITTER),
    )

    @property
    def public_issuer(self) -> str:
        """Return the issuer that is taken where none is named; empty where one has to be."""
        return PROVIDERS[self.of].issuer

    @property
    def required_claims(self) -> list[Field]:
        """Return the fields of the claims that have to be named."""
        return [self._fields[_OF_CLAIM + name] for name in PROVIDERS[self.of].required]

    @property
    def optional_claims(self) -> list[Field]:
        """Return the fields of the claims that may be named."""
        return [self._fields[_OF_CLAIM + name] for name in PROVIDERS[self.of].optional]

    def claimed(self) -> dict[str, str]:
        """Return what tokens have to say, by the claim's name."""
        fields = (*self.required_claims, *self.optional_claims)
        return {one.name.removeprefix(_OF_CLAIM): one.data for one in fields if one.data}

    def _field_at(self, where: str) -> Field | None:
        """Return the field of the claim that a pointer such as `/claims/ref` names, else as other forms."""
        part, _, claim = where.strip("/").partition("/")
        found = self._fields.get(_OF_CLAIM + claim) if part == "claims" else None
        return super()._field_at(where) if found is None else found


class GitHubPublisherForm(PublisherForm):
    """A repository of GitHub whose jobs are to be trusted."""

    of = Provider.GITHUB
    claim_repository_id = _claim("repository_id")
    claim_repository_owner_id = _claim("repository_owner_id")
    claim_environment = _claim("environment", optional=True)
    claim_ref = _claim("ref", optional=True)
    claim_workflow_ref = _claim("workflow_ref", optional=True)
    claim_job_workflow_ref = _claim("job_workflow_ref", optional=True)


class GitLabPublisherForm(PublisherForm):
    """A project of GitLab whose jobs are to be trusted."""

    of = Provider.GITLAB
    claim_project_id = _claim("project_id")
    claim_namespace_id = _claim("namespace_id")
    claim_environment = _claim("environment", optional=True)
    claim_ref = _claim("ref", optional=True)
    claim_ref_type = _claim("ref_type", optional=True)
    claim_ref_protected = _claim("ref_protected", optional=True)
    claim_ci_config_ref_uri = _claim("ci_config_ref_uri", optional=True)


class OtherPublisherForm(PublisherForm):
    """Jobs of any other issuer that are to be trusted, by the claims that are written down."""

    of = Provider.OTHER
    issuer = line("Issuer", longest=_TEXT)
    claims = text("Claims", longest=_CLAIMS, rows=4)

    def validate_claims(self, field: Field) -> None:
        """Refuse a line that is no claim, and a claim that is named twice."""
        names = set()
        for written in _lines(field.data):
            name, equals, _ = written.partition("=")
            if not equals or name.strip() in names:
                raise ValidationError(f"{written[:100]!r}: write NAME=VALUE on a line, each name once.")
            names.add(name.strip())

    def claimed(self) -> dict[str, str]:
        """Return what tokens have to say, by the claim's name."""
        parts = (written.partition("=") for written in _lines(self.claims.data))
        return {name.strip(): value.strip() for name, _, value in parts}


FORMS: Mapping[Provider, type[PublisherForm]] = {
    one.of: one for one in (GitHubPublisherForm, GitLabPublisherForm, OtherPublisherForm)
}
"""The form of each provider."""


def _lines(written: str | None) -> list[str]:
    return [one.strip() for one in (written or "").split("\n") if one.strip()]
