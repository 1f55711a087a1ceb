"""Evidence as the verdict sees it: what was read, when it was taken, and whether it can be believed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from tidegate.domain.measures import Kind, Value


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about: a revision (a commit) of a component, bound for an environment."""

    component: str
    revision: str
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class ToolRun:
    """What one of several tools says in a report that they share, such as a merged SARIF log."""

    kind: Kind
    tool: str
    measures: Mapping[str, Value] = field(default_factory=dict)
    ran: bool = True
    why_not: str | None = None
    commits: tuple[str, ...] = ()


EARLIEST_ZONE = timezone(timedelta(hours=14))
"""Where a day begins first: a time without its zone is read there, and so never as younger than it is."""

ALL_ZONES = timedelta(hours=26)
"""By so much, at the most, is a time without its zone read as older than it is: from UTC+14 to UTC-12."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One report, reduced to what a verdict needs.

    `digest` names the report's bytes. `slot` tells re-runs from shards: of several reports in one slot only
    the newest counts, reports in different slots count together. `taken_at` is timezone-aware.
    `unreadable` says why the bytes could not be understood; then `measures` is empty. `ran` is false where
    the report itself says that its tool did not do its work, and `why_not` tells how it says so.
    `kind` is None where even the kind is not known: it blocks every rule.

    `made_at` is the time that the report itself gives, or an older one that its sender gave afterwards; it
    counts for `max_age` where it is older than `taken_at`. `commits` are the commits that the report names,
    of which the judged one must be one.
    `runs` holds each tool's part where several share the report: rules see the parts, never their sum.
    `lines` names, by digest, the source lines that a coverage report lists, where they are kept; they are no
    part of what it says. `memo` is for `domain.effective_reports` alone: what it works out of a report does
    not change, and a revision of a thousand reports is judged at each of its submissions.
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
    made_at: datetime | None = None
    commits: tuple[str, ...] = ()
    runs: tuple[ToolRun, ...] = ()
    lines: str | None = field(default=None, compare=False)
    memo: object = field(default=None, init=False, repr=False, compare=False)

    @property
    def since(self) -> datetime:
        """Return the moment from which the report ages: the older of its own time and that of its file."""
        return self.taken_at if self.made_at is None else min(self.taken_at, self.made_at)

    def by_tool(self) -> tuple[Evidence, ...]:
        """Return each tool's part as evidence of its own; the report itself where one tool wrote it."""
        if not self.runs or self.unreadable is not None:
            return (self,)
        return tuple(
            dataclasses.replace(
                self,
                kind=run.kind,
                tool=run.tool,
                measures=run.measures,
                ran=run.ran,
                why_not=run.why_not,
                commits=run.commits,
                runs=(),
            )
            for run in self.runs
        )


_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def is_commit(text: str) -> bool:
    """Tell whether a text names a commit by its hash, whole or shortened."""
    return _COMMIT.fullmatch(text.casefold()) is not None


def another_commit(named: tuple[str, ...], judged: str) -> str | None:
    """Return the commit that a report names where it is not the judged one, else None.

    Short hashes are compared as far as they go. What is no hash (a tag, a number of another system) names
    no commit that could be compared.
    """
    if not named:
        return None
    hashes = [each for each in named if is_commit(each)]
    if not hashes or not is_commit(judged):
        return None
    ours = judged.casefold()
    if any(ours.startswith(each.casefold()) or each.casefold().startswith(ours) for each in hashes):
        return None
    return hashes[0]
