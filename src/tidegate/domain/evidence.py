"""Evidence as the verdict sees it: what was read, when it was taken, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tidegate.domain.measures import Kind, Value


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about: a revision (a commit) of a component, bound for an environment."""

    component: str
    revision: str
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One report, reduced to what a verdict needs.

    `digest` names the report's bytes. `slot` tells re-runs from shards: of several reports in one slot only
    the newest counts, reports in different slots count together. `taken_at` is timezone-aware.
    `unreadable` says why the bytes could not be understood; then `measures` is empty. `ran` is false where
    the report itself says that its tool did not do its work, and `why_not` tells how it says so.
    `kind` is None where even the kind could not be told: it blocks every rule. `lines` names, by digest,
    the source lines that a coverage report lists, where they are kept; they are no part of what it says.
    `memo` is for `domain.effective_reports` alone: what it works out of a report does not change, and a
    revision of a thousand reports is judged at each of its submissions.
    """

    digest: str
    slot: str
    kind: Kind | None
    format: str
    tool: str
    taken_at: datetime
    measures: Mapping[str, Value] = field(default_factory=dict)
    ran: bool = True
    why_not: str | None = None
    unreadable: str | None = None
    lines: str | None = field(default=None, compare=False)
    memo: object = field(default=None, init=False, repr=False, compare=False)
