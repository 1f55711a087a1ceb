"""Trusted publishers: which jobs of other systems are believed to be whom, by what their tokens claim."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tidegate.domain.access import Binding, Role
from tidegate.domain.canonical import Json
from tidegate.domain.errors import Invalid
from tidegate.domain.identities import checked_identity
from tidegate.domain.issued_tokens import TokenCheck, TokenRefused

MOST_CLAIMS = 20
_LONGEST = 500
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,100}")
_ISSUER = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+(/[A-Za-z0-9._~/-]*)?")


class Provider(StrEnum):
    """Whose jobs they are; it decides which claims a publisher has to name."""

    GITHUB = "github"
    GITLAB = "gitlab"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ProviderRule:
    """A provider: its public issuer, the claims that publishers name, and what is told of a job."""

    issuer: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    told: tuple[str, ...]


PROVIDERS: Mapping[Provider, ProviderRule] = {
    Provider.GITHUB: ProviderRule(
        "https://token.actions.githubusercontent.com",
        ("repository_id", "repository_owner_id"),
        ("environment", "ref", "workflow_ref", "job_workflow_ref"),
        ("repository", "workflow_ref", "ref", "sha", "run_id", "run_attempt", "actor", "environment"),
    ),
    Provider.GITLAB: ProviderRule(
        "https://gitlab.com",
        ("project_id", "namespace_id"),
        ("environment", "ref", "ref_type", "ref_protected", "ci_config_ref_uri"),
        ("project_path", "ref", "sha", "pipeline_id", "job_id", "user_login", "environment"),
    ),
    Provider.OTHER: ProviderRule("", (), (), ()),
}
NEVER = frozenset({"sub", "iss", "aud", "exp", "nbf", "iat", "jti"})
"""No publisher is matched by these: the text of `sub` changes its form, the others are checked anyway."""


@dataclass(frozen=True, slots=True)
class TrustedPublisher:
    """Whose jobs are let in: `claims` have to be equal one by one, `binding` is what their tokens may do."""

    name: str
    provider: Provider
    issuer: str
    claims: Mapping[str, str]
    binding: Binding
    created_at: datetime
    created_by: str

    def differing(self, said: Mapping[str, Json]) -> tuple[str, ...]:
        """Return the names of the claims that a token says otherwise, or not at all."""
        return tuple(name for name, wanted in self.claims.items() if text_of(said.get(name)) != wanted)


def checked_publisher(
    *,
    name: str,
    provider: Provider,
    issuer: str,
    claims: Mapping[str, str],
    binding: Binding,
    at: datetime,
    by: str,
) -> TrustedPublisher:
    """Return a publisher that may be recorded; raises `Invalid` with every fault."""
    checked_identity("trusted publisher", name)
    rule = PROVIDERS[provider]
    chosen = (issuer or rule.issuer).rstrip("/") if provider is not Provider.OTHER else issuer
    faults = [*_claim_faults(provider, claims), *_issuer_faults(chosen)]
    if binding.role is Role.ADMINISTRATOR:
        faults.append(("/role", "No job is an administrator: submitter or release-manager will do."))
    if faults:
        raise Invalid(f"This publisher cannot be trusted: {faults[0][1]}", tuple(faults))
    return TrustedPublisher(name, provider, chosen, dict(claims), binding, at, by)


def matching(
    publishers: Iterable[TrustedPublisher], said: Mapping[str, Json], *, name: str | None = None
) -> TrustedPublisher:
    """Return the publisher whose claims a token says, that with most claims where there are several.

    `name` chooses one. Raises `TokenRefused`; which claims differ is told to those alone who come from the
    very repository that is trusted.
    """
    known = [one for one in publishers if name in (None, one.name)]
    fitting = [one for one in known if not one.differing(said)]
    if fitting:
        return min(fitting, key=lambda one: (-len(one.claims), one.name))
    for one in known:
        required = PROVIDERS[one.provider].required
        differing = one.differing(said)
        if required and not set(required) & set(differing):
            told = ", ".join(f"{claim} is {text_of(said.get(claim))!r}" for claim in differing)
            raise TokenRefused(TokenCheck.PUBLISHER, f"{one.name!r} trusts its repository, not: {told}")
    raise TokenRefused(
        TokenCheck.PUBLISHER, "no trusted publisher is of this job: " + _own_words(known, said)
    )


def job_of(publisher: TrustedPublisher, said: Mapping[str, Json]) -> dict[str, Json]:
    """Return what the audit log tells of a job: its repository, workflow and run."""
    names = PROVIDERS[publisher.provider].told or tuple(publisher.claims)
    texts = {name: text_of(said.get(name)) for name in names}
    return {name: text[:_LONGEST] for name, text in texts.items() if text is not None}


def text_of(value: Json) -> str | None:
    """Return a claim as text: issuers write numbers as either; nothing else is compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int)) else None


def _own_words(publishers: Iterable[TrustedPublisher], said: Mapping[str, Json]) -> str:
    names = dict.fromkeys(claim for one in publishers for claim in PROVIDERS[one.provider].required)
    told = [f"{name}={(text_of(said.get(name)) or 'nothing')[:100]}" for name in names]
    return ", ".join(told) or "its claims are others"


def _claim_faults(provider: Provider, claims: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    rule = PROVIDERS[provider]
    for name in rule.required:
        if name not in claims:
            yield f"/claims/{name}", f"{provider} publishers name {' and '.join(rule.required)}."
    if not 1 <= len(claims) <= MOST_CLAIMS:
        yield "/claims", f"Name 1 to {MOST_CLAIMS} claims that its tokens have to say."
    for name, value in claims.items():
        where = f"/claims/{name}"
        if name in NEVER:
            yield where, f"{name!r} is no claim to match by: name others, such as an identifier."
        elif not _CLAIM.fullmatch(name) or not value or len(value) > _LONGEST:
            yield where, f"A claim has a name and a text of 1 to {_LONGEST} characters."
        elif provider is not Provider.OTHER and name not in (*rule.required, *rule.optional):
            yield where, f"Not a claim of {provider}: {', '.join((*rule.required, *rule.optional))}."
        elif name in rule.required and not (value.isascii() and value.isdecimal()):
            yield where, f"{name!r} is a number that stays, such as 123456; not a name."


def _issuer_faults(issuer: str) -> Iterable[tuple[str, str]]:
    if not _ISSUER.fullmatch(issuer) or len(issuer) > _LONGEST:
        yield "/issuer", "The issuer is a URL such as https://gitlab.example.org."
