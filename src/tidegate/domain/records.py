"""What is recorded of submissions, gates and verdicts: the domain's values with their place in history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.evidence import Evidence


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """One submission: what the verdict sees of it (`facts`), and what else was recorded.

    `fingerprints` names the blob that counts its findings by severity and fingerprint. `baseline` is the
    commit that it was sent to be compared with: `findings.new.*` follow when it is judged
    (`domain.new_findings`). `size` is in bytes, uncompressed.
    """

    id: str
    revision_id: str
    component: str
    size: int
    tool_version: str
    baseline: str | None
    fingerprints: str | None
    received_at: datetime
    facts: Evidence


@dataclass(frozen=True, slots=True)
class GateVersion:
    """One version of a gate: `number` counts from 1, `canonical` is the text that `digest` names.

    `source` is the document as it was sent, before its floor, named by `extends`, was joined to it.
    `declared_by` and `reason` are None where nobody asked yet when it was declared.
    """

    id: str
    gate: str
    number: int
    digest: str
    canonical: str
    source: str
    extends: str | None
    created_at: datetime
    declared_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """How the version of a gate that is in force came to be that: who put it there, when and why."""

    by: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class LastVerdict:
    """The last verdict of one gate for one environment, as far as the next one needs it."""

    number: int
    state: str


@dataclass(frozen=True, slots=True)
class VerdictSummary:
    """What a list tells of a verdict that was given: of what, by which gate, and how it ended."""

    id: str
    revision_id: str
    component: str
    commit: str
    environment: str
    gate: str
    gate_digest: str
    state: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict as it was given: `document` and `inputs` are canonical JSON, `digest` names `document`.

    `inputs` names what the verdict rests on, which is kept elsewhere and never changes.

    `number` counts from 1 within the revision, environment and gate. All of it is history: what holds now is
    found by judging now.
    """

    id: str
    number: int
    revision_id: str
    component: str
    commit: str
    environment: str
    gate: str
    gate_digest: str
    state: str
    digest: str
    document: str
    inputs: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class StoredRelease:
    """A version of a component that may ship, with the verdict that let it; `edition` counts edits from 1.

    `created_by` is None where nobody noted that yet when it was created.
    """

    id: str
    component: str
    commit: str
    version: str
    tag: str
    environment: str
    verdict_id: str
    notes: str
    edition: int
    created_at: datetime
    updated_at: datetime
    created_by: str | None = None
