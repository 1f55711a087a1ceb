"""What is signed of a verdict: in-toto statements, SLSA's verification summary or the whole verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tidegate.domain.attestation_terms import (
    ENGINE_NAME,
    LEVEL,
    PASSED,
    SLSA_VERSION,
    STATEMENT_TYPE,
    SUMMARY_TYPE,
    VERDICT_TYPE,
    gate_uri,
    resource_uri,
)
from tidegate.domain.canonical import Json, canonical_json, clean
from tidegate.domain.evidence import Evidence
from tidegate.domain.fact_expressions import age_bounds
from tidegate.domain.fact_names import fact_name
from tidegate.domain.fact_types import span_in
from tidegate.domain.facts import Side
from tidegate.domain.gates import On, Rule
from tidegate.domain.replays import Inputs
from tidegate.domain.times import write_time
from tidegate.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Attested:
    """A verdict with its place in history and all that it was made of.

    `artifact` is the digest of what was built from the revision, where that is known. `verifier` is the URI
    of the installation that says all this.
    """

    id: str
    number: int
    verdict: Verdict
    inputs: Inputs
    verifier: str
    artifact: str | None = None


def summary_statement(attested: Attested) -> bytes:
    """Return the statement that sums a passing verdict up for SLSA's verifiers, as canonical JSON."""
    if not attested.verdict.passed:
        raise ValueError("a verification summary says PASSED and is made of passing verdicts alone")
    predicate: dict[str, Json] = {
        **_common(attested),
        "policy": _gate(attested.verdict),
        "inputAttestations": [
            {"uri": f"tidegate:evidence/{digest}", "digest": _sha256(digest)}
            for digest in sorted({item.digest for item in attested.inputs.evidence})
        ]
        + _facts_as_input(attested.verdict),
        "verificationResult": PASSED,
        "verifiedLevels": [LEVEL],
        "slsaVersion": SLSA_VERSION,
    }
    return _statement(attested, SUMMARY_TYPE, predicate)


def verdict_statement(attested: Attested) -> bytes:
    """Return the statement that holds a whole verdict, passing or not, as canonical JSON."""
    verdict, inputs = attested.verdict, attested.inputs
    expires = expiry(verdict, inputs)
    predicate: dict[str, Json] = {
        **_common(attested),
        "gate": {"name": verdict.gate, **_gate(verdict)},
        "verdict": {
            "id": attested.id,
            "number": attested.number,
            "digest": _sha256(verdict.digest),
            "document": verdict.to_document(),
        },
        "evidence": [_evidence(item) for item in sorted(inputs.evidence, key=_order)],
        "waivers": [waiver.to_document() for waiver in inputs.waivers],
        # Nobody can approve yet: an empty list says that nobody did.
        "approvals": [],
        "expires": None if expires is None else write_time(expires),
    }
    if verdict.facts_digest is not None:
        predicate["facts"] = {
            "digest": _sha256(verdict.facts_digest),
            "items": inputs.facts.to_document(),
        }
    return _statement(attested, VERDICT_TYPE, predicate)


def _facts_as_input(verdict: Verdict) -> list[Json]:
    """Name the facts that the verdict rests on, if its rules read any."""
    digest = verdict.facts_digest
    return [] if digest is None else [{"uri": f"tidegate:facts/{digest}", "digest": _sha256(digest)}]


def expiry(verdict: Verdict, inputs: Inputs) -> datetime | None:
    """Return when the verdict stops saying anything of now by its own rules; None where nothing ends.

    It is the first moment at which a report or an observed fact that a blocking rule speaks of grows too old,
    an age comes to what it is compared with, or a waiver ends.
    """
    return min((moment for moment in _ends(verdict, inputs) if moment >= verdict.at), default=None)


def _ends(verdict: Verdict, inputs: Inputs) -> Iterator[datetime]:
    rules = {rule.id: rule for rule in inputs.gate.rules}
    waivers = {waiver.id: waiver for waiver in inputs.waivers}
    for found in verdict.rules:
        if found.waiver is not None:
            yield waivers[found.waiver].expires_at
        max_age = rules[found.rule].max_age
        if max_age is not None and found.on is On.BLOCK:
            since = [item.since for item in inputs.evidence if item.digest in found.evidence]
            yield from (_later(moment, max_age) for moment in since)
        if found.on is On.BLOCK:
            yield from _ends_of_facts(rules[found.rule], inputs)


def _ends_of_facts(rule: Rule, inputs: Inputs) -> Iterator[datetime]:
    """Yield when observed facts grow too old for a rule, and when their ages come to its bounds."""
    seen = {fact.field: fact.seen_at for fact in inputs.facts.facts if fact.side is Side.OBSERVED}
    if rule.fact_age is not None:
        for name in rule.expression.facts:
            if name.side is Side.OBSERVED and name.field in seen:
                yield _later(seen[name.field], rule.fact_age)
    for age, bound in age_bounds(rule.expression.tree):
        named, span = fact_name(age.name), span_in(bound)
        if named is not None and span is not None and named.field in seen:
            yield _later(seen[named.field], span)


def _later(moment: datetime, span: timedelta) -> datetime:
    """Add a span; what would lie beyond the calendar is its last moment."""
    try:
        return moment + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _statement(attested: Attested, predicate_type: str, predicate: Json) -> bytes:
    component, revision = attested.verdict.subject.component, attested.verdict.subject.revision
    subjects: list[Json] = [{"name": component, "digest": {"gitCommit": revision}}]
    if attested.artifact is not None:
        subjects.append({"name": f"{component} artifact", "digest": _sha256(attested.artifact)})
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "subject": subjects,
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    )


def _common(attested: Attested) -> dict[str, Json]:
    verdict = attested.verdict
    return {
        "verifier": {"id": attested.verifier, "version": {ENGINE_NAME: verdict.engine}},
        "timeVerified": write_time(verdict.at),
        "resourceUri": resource_uri(verdict.subject),
    }


def _gate(verdict: Verdict) -> dict[str, Json]:
    return {"uri": gate_uri(verdict.gate), "digest": _sha256(verdict.gate_digest)}


def _sha256(digest: str) -> dict[str, Json]:
    """Write `sha256:…` as in-toto writes sets of digests."""
    return {"sha256": digest.removeprefix("sha256:")}


def _order(item: Evidence) -> tuple[str, str]:
    return item.digest, item.slot


def _evidence(item: Evidence) -> dict[str, Json]:
    return {
        "digest": _sha256(item.digest),
        "slot": clean(item.slot),
        "kind": None if item.kind is None else str(item.kind),
        "format": item.format,
        "tool": clean(item.tool),
        "takenAt": write_time(item.taken_at),
        "madeAt": None if item.made_at is None else write_time(item.made_at),
    }
