"""What evidence asks of other parts, and what it answers: the shapes that they agree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tidegate.domain.catalog import Revision
from tidegate.domain.evidence import Evidence
from tidegate.domain.records import StoredEvidence
from tidegate.domain.verdicts import Verdict
from tidegate.kernel.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict given now and recorded; `changed` tells whether its state differs from the one before."""

    id: str
    environment: str
    changed: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to a submission; `repeated` where the same submission counted for that slot already."""

    evidence: StoredEvidence
    repeated: bool
    rulings: tuple[Ruling, ...]


class Judge(Protocol):
    """Somebody who judges a revision whenever an answer is to tell how it stands."""

    def judge_revision(
        self, revision: Revision, facts: Sequence[Evidence], *, at: datetime
    ) -> Sequence[Ruling]:
        """Judge by all that is there now, and record it."""
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


class EvidenceStore(Protocol):
    """Where submissions are kept."""

    def insert(self, stored: StoredEvidence) -> None:
        """Write a new submission."""
        ...

    def get(self, evidence_id: str) -> StoredEvidence | None:
        """Return one submission by its identifier."""
        ...

    def of_revision(self, revision_id: str) -> tuple[StoredEvidence, ...]:
        """Return every submission for the revision, oldest first."""
        ...

    def newest_revisions(self, *, last: int, component: str | None) -> tuple[str, ...]:
        """Return the identifiers of the newest revisions that have evidence, newest first."""
        ...

    def page(self, revision_id: str, request: PageRequest) -> Page[StoredEvidence]:
        """Return one page of the revision's submissions, newest first."""
        ...
