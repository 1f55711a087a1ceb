"""What evidence asks of other parts, and what it answers: the shapes that they agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tidegate.domain.catalog import Revision
from tidegate.domain.counted_reports import CountedReports
from tidegate.domain.evidence import Evidence
from tidegate.domain.measures import Value
from tidegate.domain.records import StoredEvidence
from tidegate.domain.verdicts import Verdict
from tidegate.readers.base import Source


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict given now and recorded; `changed` tells whether its state differs from the one before."""

    id: str
    environment: str
    changed: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class IncomingReport:
    """A report as its sender gave it, to be taken in.

    `place` is where the sender said `format` and `taken_at`, as problems with them name it: a prefix.
    """

    source: Source
    slot: str
    format: str | None = None
    taken_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class SubmittedReport:
    """One report of a submission; `repeated` where the same one counted for its slot already."""

    evidence: StoredEvidence
    repeated: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a submission: its reports in the order given, and what every gate says with them."""

    reports: tuple[SubmittedReport, ...]
    rulings: tuple[Ruling, ...]

    @property
    def repeated(self) -> bool:
        """Tell whether it added nothing: each of its reports counted already."""
        return all(one.repeated for one in self.reports)


@dataclass(frozen=True, slots=True)
class JudgedEvidence:
    """What verdicts see of a revision's submissions, and what names it for those who make a verdict again.

    `counted` are the reports that count of the evidence at the time that it is judged for. `until` is the
    identifier of the newest submission that was seen, None before the first. `new_findings`
    holds what was measured against a baseline, by the identifier of the submission that it was measured for,
    with `/0`, `/1` for the parts of tools that share one: baselines move on, and the bytes that they rest on
    are not kept for ever.
    """

    evidence: tuple[Evidence, ...]
    counted: CountedReports
    until: str | None
    new_findings: Mapping[str, Mapping[str, Value]]


class Judge(Protocol):
    """Somebody who judges a revision whenever an answer is to tell how it stands."""

    def judge_revision(
        self, revision: Revision, facts: JudgedEvidence, *, at: datetime, is_new: bool
    ) -> Sequence[Ruling]:
        """Judge by all that is there now, and record it; a revision of this very transaction is new."""
        ...


class Shipped(Protocol):
    """Somebody who knows which revision of a component was shipped last."""

    def shipped_revision(self, component: str) -> str | None:
        """Return the commit of the component's newest release, or None before the first one."""
        ...


class SubmissionMetrics(Protocol):
    """Somebody who wants to know how much was taken in, and how long that took."""

    def evidence(self, *, format: str, size: int, seconds: float) -> None:
        """Note one report, from its last byte to its verdicts."""
        ...
