"""What is deployed and where: components, environments and revisions, and how they are named."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from tidegate.domain.errors import Conflict, Invalid

NAME_PATTERN = r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?"
COMMIT_PATTERN = r"[0-9a-f]{40}|[0-9a-f]{64}"
_NAME = re.compile(NAME_PATTERN)
_COMMIT = re.compile(COMMIT_PATTERN)


@dataclass(frozen=True, slots=True)
class Component:
    """A deployable thing that a team owns; `version` counts its edits from 1."""

    name: str
    title: str
    owner: str
    description: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Environment:
    """Where components run, ordered by `rank`; `gate` names the gate that guards it, None where none does.

    A gate that is named exists: environments are refused otherwise, and gates are never removed.
    """

    name: str
    rank: int
    gate: str | None
    description: str
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a component; `artifact` is the digest of what was built from it, where that is known."""

    id: str
    component: str
    commit: str
    artifact: str | None
    branch: str | None
    committed_at: datetime | None
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class ComponentFacts:
    """What a caller may say of a component."""

    title: str
    owner: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What a caller may say of an environment."""

    rank: int
    gate: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """What a caller may know of a revision; None says nothing."""

    artifact: str | None = None
    branch: str | None = None
    committed_at: datetime | None = None


NOTHING_KNOWN = RevisionFacts()


class ComponentUnknown(Invalid):
    """A revision was named for a component that is not registered."""

    def __init__(self, name: str) -> None:
        self.name = name
        command = f"tidegate component put {name if _NAME.fullmatch(name) else 'NAME'} --owner TEAM"
        super().__init__(
            f"There is no component named {name!r}. Register it first: `{command}`.",
            (("component", "unknown"),),
        )


class RevisionContradicted(Conflict):
    """Something else is already recorded of a revision; what is recorded never changes."""

    def __init__(self, commit: str, *, field: str, recorded: str, given: str) -> None:
        self.commit = commit
        self.field = field
        super().__init__(
            f"The {field} of revision {commit} is recorded as {recorded}; it cannot become {given}. "
            "Another artifact needs another commit."
        )


def checked_name(what: str, name: str) -> str:
    """Return the name of a component or environment; raises `Invalid` for one that no URL should hold."""
    if not _NAME.fullmatch(name):
        article = "an" if what[0] in "aeiou" else "a"
        message = (
            f"{name!r} cannot name {article} {what}: use 1 to 100 lower-case letters, digits, '.', '_' and "
            "'-', beginning and ending with a letter or digit."
        )
        raise Invalid(message, ((what, message),))
    return name


def full_commit(commit: str) -> str:
    """Return a commit's full hash in lower case.

    Raises `Invalid` for an abbreviated one: what is unambiguous today may mean two commits tomorrow.
    """
    lower = commit.lower()
    if not _COMMIT.fullmatch(lower):
        message = (
            f"{commit!r} is not the full hash of a commit (40 or 64 hexadecimal digits): "
            "give what `git rev-parse HEAD` prints."
        )
        raise Invalid(message, (("revision", message),))
    return lower


def completed(known: Revision, facts: RevisionFacts) -> Revision:
    """Return a revision with what was not known of it; raises `RevisionContradicted`."""
    for field in ("artifact", "committed_at"):
        recorded, given = getattr(known, field), getattr(facts, field)
        if recorded is not None and given is not None and recorded != given:
            raise RevisionContradicted(known.commit, field=field, recorded=str(recorded), given=str(given))
    return replace(
        known,
        artifact=known.artifact or facts.artifact,
        branch=known.branch or facts.branch,
        committed_at=known.committed_at or facts.committed_at,
    )
