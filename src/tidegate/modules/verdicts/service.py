"""Use cases of verdicts: judge a revision, read what was said, say it again, try a gate on history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tidegate.domain.access import Permission
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.catalog import Revision
from tidegate.domain.coverage_joins import join_counted, join_for, joins_from_document, joins_to_document
from tidegate.domain.effective_reports import effective_reports
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.evidence import Subject
from tidegate.domain.fact_snapshots import restore_facts
from tidegate.domain.judging import judge, judge_counted
from tidegate.domain.records import GateVersion, LastVerdict, StoredVerdict, VerdictSummary
from tidegate.domain.replays import Inputs
from tidegate.domain.verdicts import ENGINE
from tidegate.kernel.access import Access
from tidegate.kernel.clock import Clock
from tidegate.kernel.db.uow import UnitOfWork
from tidegate.kernel.ids import NewId
from tidegate.kernel.pagination import Page, PageRequest
from tidegate.modules.audit.service import AuditService
from tidegate.modules.catalog.service import CatalogService
from tidegate.modules.evidence.ports import JudgedEvidence, Ruling
from tidegate.modules.evidence.service import EvidenceService
from tidegate.modules.gates.service import GateService, load_gate
from tidegate.modules.verdicts.known_facts import KnownFacts
from tidegate.modules.verdicts.ports import Replay, Trial, Tried, VerdictMetrics
from tidegate.modules.verdicts.repository import VerdictRepository


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be judged: for which environment."""

    environment: str


@dataclass(frozen=True, slots=True)
class GateTrial:
    """A gate's document, to be tried on the `last` revisions with evidence, of one component or of all.

    `environment` is where facts are read; None for the highest that a gate of this name guards, or any gate.
    """

    gate: Mapping[str, object] | str
    last: int
    component: str | None = None
    environment: str | None = None


class _RecordedInputs(msgspec.Struct):
    """What is recorded of a verdict's inputs beside the verdict: names for what is kept elsewhere."""

    engine: str
    until: str | None
    new_findings: dict[str, dict[str, bool | int | float]]
    joins: list[dict[str, Any]]
    facts: list[dict[str, Any]] = []


class VerdictService:
    """Gives verdicts, keeps them, and proves them."""

    def __init__(
        self,
        *,
        uow: UnitOfWork,
        verdicts: VerdictRepository,
        catalog: CatalogService,
        gates: GateService,
        evidence: EvidenceService,
        facts: KnownFacts,
        audit: AuditService,
        access: Access,
        clock: Clock,
        new_id: NewId,
        metrics: VerdictMetrics,
    ) -> None:
        self._uow = uow
        self._verdicts = verdicts
        self._catalog = catalog
        self._gates = gates
        self._evidence = evidence
        self._facts = facts
        self._audit = audit
        self._access = access
        self._clock = clock
        self._new_id = new_id
        self._metrics = metrics

    def judge(self, component: str, commit: str, *, environment: str) -> Ruling:
        """Judge a revision for an environment by the gate that guards it, and record the verdict."""
        self._access.require(Permission.JUDGE, component=component, environment=environment)
        with self._uow.transaction():
            revision = self._catalog.revision(component, commit)
            self._catalog.lock_revision(revision)
            guarded = self._catalog.environment(environment)
            if guarded.gate is None:
                raise Invalid(
                    f"No gate guards {environment!r}.",
                    (("/environment", "Name a gate in the environment first, or another environment."),),
                )
            now = self._clock.now()
            facts = self._evidence.facts_of(revision, at=now)
            last = self._verdicts.last_verdicts(revision.id, [(environment, guarded.gate)])
            version = self._gates.gate(guarded.gate)
            return self._give(revision, environment, version, facts, last, now)

    def judge_revision(
        self, revision: Revision, facts: JudgedEvidence, *, at: datetime, is_new: bool
    ) -> Sequence[Ruling]:
        """Judge a revision for every environment that a gate guards, and record the verdicts.

        A revision that is new, registered in this very transaction, has no verdict to look for.
        """
        with self._uow.transaction():
            guarded = [(each.name, each.gate) for each in self._catalog.guarded_environments() if each.gate]
            if not guarded:
                return ()
            last = {} if is_new else self._verdicts.last_verdicts(revision.id, guarded)
            # Environments often share a gate; what is in force is the same for all of one judgement.
            versions = {gate: self._gates.gate(gate) for gate in {gate for _, gate in guarded}}
            return tuple(
                self._give(revision, environment, versions[gate], facts, last, at)
                for environment, gate in guarded
            )

    def verdict(self, verdict_id: str) -> StoredVerdict:
        """Return one verdict; raises `NotFound`."""
        found = self._verdicts.get(verdict_id)
        if found is None or not self._access.may_see(Permission.READ, component=found.component):
            raise NotFound("verdict", verdict_id)
        return found

    def verdicts(
        self, request: PageRequest, *, component: str | None, commit: str | None, state: str | None
    ) -> Page[StoredVerdict]:
        """Return one page of verdicts, newest first; of a component or of one revision where it is named.

        Without a component they are those on all that the caller may see.
        """
        components = None
        if component is not None:
            self._access.require(Permission.READ, component=component)
        else:
            components = self._catalog.visible_names()
        revision_id = None
        if commit is not None:
            if component is None:
                raise Invalid(
                    "A revision is named by component and commit: give the component as well.",
                    (("revision", "Names nothing without the component."),),
                )
            revision_id = self._catalog.revision(component, commit).id
        elif component is not None:
            components = (self._catalog.component(component).name,)
        return self._verdicts.page(request, components=components, revision_id=revision_id, state=state)

    def newest_of_components(
        self, names: Sequence[str], environments: Sequence[str]
    ) -> tuple[VerdictSummary, ...]:
        """Return the newest verdict on each of these components for each of these environments: history."""
        return self._verdicts.newest_of_components(names, environments)

    def newest_of_revisions(self, revision_ids: Sequence[str]) -> tuple[VerdictSummary, ...]:
        """Return the newest verdict on each of these revisions for each environment: history, not now."""
        return self._verdicts.newest_of_revisions(revision_ids)

    def verdicts_by_id(self, verdict_ids: Sequence[str]) -> tuple[StoredVerdict, ...]:
        """Return these verdicts, oldest first; those that are not there are left out."""
        return self._verdicts.by_ids(verdict_ids)

    def before(self, stored: StoredVerdict, *, most: int) -> tuple[StoredVerdict, ...]:
        """Return the verdicts on the same component and environment before this one, newest first."""
        return self._verdicts.before(stored.component, stored.environment, stored.id, most=most)

    def replay(self, verdict_id: str) -> Replay:
        """Recompute a verdict from its recorded inputs; raises `NotFound`."""
        stored = self.verdict(verdict_id)
        verdict = self._inputs(stored).judge()
        return Replay(stored.digest, verdict.digest, verdict)

    def inputs(self, verdict_id: str) -> Inputs:
        """Return all that a verdict was made of; raises `NotFound`."""
        return self._inputs(self.verdict(verdict_id))

    def _inputs(self, stored: StoredVerdict) -> Inputs:
        """Gather what a verdict was made of where it is kept: gate versions and evidence never change."""
        try:
            record = msgspec.json.decode(stored.inputs, type=_RecordedInputs)
        except msgspec.ValidationError:
            record = None
        if record is None or record.engine != ENGINE:
            raise Invalid(
                f"Verdict {stored.id} was made by another engine than {ENGINE!r}. "
                "Replay it with the version of Tidegate that made it."
            )
        evidence = self._evidence.facts_until(stored, record.until, record.new_findings)
        effective = effective_reports(evidence, stored.given_at, revision=stored.commit)
        subject = Subject(stored.component, stored.commit, stored.environment)
        return Inputs.of(
            load_gate(self._gates.version(stored.gate_digest).canonical),
            {id(report.submitted): report.submitted for report in effective}.values(),
            (),
            stored.given_at,
            subject,
            joins_from_document(record.joins),
            restore_facts(record.facts, subject),
        )

    def try_on_history(self, asked: GateTrial) -> Trial:
        """Tell what a gate would have said of the last revisions, each at the time of its last evidence.

        Facts are read as they were then, of the target in one environment.

        Nothing is recorded. Waivers are left out: the question is what the rules themselves say. Raises
        `NotFound` for a component that is not there.
        """
        self._access.require(Permission.READ, component=asked.component)
        if asked.component is not None:
            self._catalog.component(asked.component)
        gate = self._gates.complete(asked.gate)
        environment = self._facts.place_of_trial(gate, asked.environment)
        tried = []
        for revision, facts, at in self._evidence.history(last=asked.last, component=asked.component):
            subject = Subject(revision.component, revision.commit, environment)
            joins = join_for(gate, facts, at, self._evidence.join_coverage, revision=revision.commit)
            verdict = judge(gate, facts, (), at, subject, joins, self._facts.then(gate, subject, at))
            tried.append(Tried(revision.component, revision.commit, verdict))
        return Trial(gate, tuple(tried))

    def _give(
        self,
        revision: Revision,
        environment: str,
        version: GateVersion,
        facts: JudgedEvidence,
        last: Mapping[tuple[str, str], LastVerdict],
        at: datetime,
    ) -> Ruling:
        subject = Subject(revision.component, revision.commit, environment)
        gate = load_gate(version.canonical)
        joins = join_counted(gate, facts.counted, self._evidence.join_coverage)
        known = self._facts.now(gate, subject, at)
        verdict = judge_counted(gate, facts.counted, (), at, subject, joins, known)
        document = verdict.canonical()
        before = last.get((environment, version.gate))
        stored = StoredVerdict(
            id=self._new_id(),
            number=before.number + 1 if before else 1,
            revision_id=revision.id,
            component=revision.component,
            commit=revision.commit,
            environment=environment,
            gate=version.gate,
            gate_digest=version.digest,
            state=str(verdict.state),
            digest=digest_of(document),
            document=document.decode(),
            inputs=canonical_json(
                {
                    "engine": ENGINE,
                    "until": facts.until,
                    "new_findings": facts.new_findings,
                    "joins": joins_to_document(joins),
                    # Rows of facts move on: what was read of them is kept here.
                    **({"facts": known.to_document()} if verdict.facts_digest is not None else {}),
                }
            ).decode(),
            given_at=at,
        )
        self._verdicts.insert(stored)
        self._uow.after_commit(lambda: self._metrics.verdict(stored.state))
        changed = before is None or before.state != stored.state
        self._audit.append(
            action="verdict.given",
            subject=f"revision:{revision.component}@{revision.commit}",
            details={
                "verdict": stored.id,
                "digest": stored.digest,
                "environment": environment,
                "gate": version.digest,
                "state": stored.state,
            },
        )
        return Ruling(stored.id, environment, changed, verdict)
