"""Signed verdicts as strangers get them: verified by keys that they trust, then read with care."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from tidegate.domain.attestation_terms import (
    LEVEL,
    PASSED,
    STATEMENT_TYPE,
    SUMMARY_TYPE,
    VERDICT_TYPE,
    gate_uri,
    resource_uri,
)
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.dsse import NotTrusted, members, read_json
from tidegate.domain.evidence import Subject
from tidegate.domain.signing import PublicKey, trusted_envelope
from tidegate.domain.states import State
from tidegate.domain.times import read_time, write_time

_STATEMENT = ("_type", "subject", "predicateType", "predicate")
_RESOURCE = re.compile(
    r"tidegate:component/(?P<component>[^/@?#]+)@(?P<revision>[^/@?#]+)"
    r"(\?environment=(?P<environment>[^/@?#&]+))?"
)
_GATE = re.compile(r"tidegate:gate/(?P<name>[^/@?#]+)")
_HEX = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SignedVerdict:
    """What a trusted key has signed; `summary` where it is SLSA's summary, which holds neither id nor expiry.

    `artifact` and `gate_digest` are written `sha256:…`; times are timezone-aware.
    """

    summary: bool
    keyid: str
    verifier: str
    subject: Subject
    artifact: str | None
    gate: str
    gate_digest: str
    state: State
    at: datetime
    expires: datetime | None = None

    @property
    def passed(self) -> bool:
        """Tell whether the gate passed, at that time."""
        return self.state is State.PASS

    def expired(self, now: datetime) -> bool:
        """Tell whether the verdict says nothing of now any more, by its own rules."""
        return self.expires is not None and now >= self.expires


def read_signed_verdict(data: bytes, keys: Mapping[str, PublicKey]) -> SignedVerdict:
    """Verify an envelope by the keys that are trusted, and read what it holds; raises `NotTrusted`."""
    envelope = trusted_envelope(data, keys)
    return _statement(envelope.payload, envelope.keyid)


def _statement(payload: bytes, keyid: str) -> SignedVerdict:
    found = members(read_json(payload, "The payload"), "The statement", _STATEMENT)
    if _canonical(found) != payload:
        raise NotTrusted("The payload is not canonical JSON, and Tidegate signs nothing else.")
    _is(found, "_type", STATEMENT_TYPE)
    component, revision, artifact = _subjects(found["subject"])
    predicate = _object(found, "predicate")
    kind = found["predicateType"]
    if kind not in (SUMMARY_TYPE, VERDICT_TYPE):
        raise NotTrusted(f"predicateType is {kind!a}: neither {SUMMARY_TYPE} nor {VERDICT_TYPE}.")
    uri = _text(predicate, "resourceUri")
    about = _RESOURCE.fullmatch(uri)
    environment = None if about is None or about["environment"] is None else unquote(about["environment"])
    subject = Subject(component, revision, environment)
    if uri != resource_uri(subject):
        raise NotTrusted(f"resourceUri is {uri!a}, which is not of the subject {component}@{revision}.")
    summary = kind == SUMMARY_TYPE
    read = _summary if summary else _verdict
    gate, state, expires = read(predicate, subject)
    policy = _object(predicate, "policy" if summary else "gate")
    _is(policy, "uri", gate_uri(gate))
    return SignedVerdict(
        summary=summary,
        keyid=keyid,
        verifier=_text(_object(predicate, "verifier"), "id"),
        subject=subject,
        artifact=artifact,
        gate=gate,
        gate_digest=_digest(policy),
        state=state,
        at=_time(_text(predicate, "timeVerified")),
        expires=expires,
    )


def _subjects(value: object) -> tuple[str, str, str | None]:
    """Return component, commit and artifact: one subject each, the artifact only where it is known."""
    if not isinstance(value, list) or not 1 <= len(value) <= 2:
        raise NotTrusted("The subject is not a commit, or a commit and an artifact.")
    first, *rest = (members(one, "A subject", ("name", "digest")) for one in value)
    commit = _text(members(first["digest"], "The commit's digest", ("gitCommit",)), "gitCommit")
    if _COMMIT.fullmatch(commit) is None:
        raise NotTrusted(f"gitCommit is {commit!a}, which is not the full hash of a commit.")
    return _text(first, "name"), commit, _digest(rest[0]) if rest else None


def _summary(predicate: Mapping[str, object], subject: Subject) -> tuple[str, State, datetime | None]:
    _is(predicate, "verificationResult", PASSED)
    levels = predicate.get("verifiedLevels")
    if not isinstance(levels, list) or LEVEL not in levels:
        raise NotTrusted(f"verifiedLevels does not hold {LEVEL}.")
    uri = _text(_object(predicate, "policy"), "uri")
    found = _GATE.fullmatch(uri)
    if found is None:
        raise NotTrusted(f"policy.uri is {uri!a}, which names no gate.")
    return unquote(found["name"]), State.PASS, None


def _verdict(predicate: Mapping[str, object], subject: Subject) -> tuple[str, State, datetime | None]:
    verdict = _object(predicate, "verdict")
    document = _object(verdict, "document")
    if digest_of(_canonical(document)) != _digest(verdict):
        raise NotTrusted("The verdict's digest is not that of its document.")
    about = {"component": subject.component, "revision": subject.revision, "environment": subject.environment}
    gate = _object(predicate, "gate")
    if document.get("subject") != about:
        raise NotTrusted("The verdict's document is about another subject than the statement.")
    named = {"name": _text(gate, "name"), "digest": _digest(gate)}
    if document.get("gate") != named or document.get("at") != predicate.get("timeVerified"):
        raise NotTrusted("The verdict's document is of another gate or time than the statement.")
    expires = predicate.get("expires")
    if expires is not None:
        expires = _time(_text(predicate, "expires"))
    elif "expires" not in predicate:
        raise NotTrusted("expires is not there: it is a time, or null where nothing ends.")
    return named["name"], _state(document), expires


def _state(document: Mapping[str, object]) -> State:
    """Return the verdict's state, which its rules must bear out."""
    rules = document.get("rules")
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        raise NotTrusted("The verdict's document holds no rules.")
    try:
        state = State(_text(document, "state"))
    except ValueError:
        raise NotTrusted(f"The verdict's state is {document['state']!a}, which is not known.") from None
    if (state is State.PASS) != all(rule.get("blocks") is False for rule in rules):
        raise NotTrusted(f"The verdict says {state}, and its rules say otherwise.")
    return state


def _canonical(value: Mapping[str, object]) -> bytes:
    try:
        return canonical_json(value)  # type: ignore[arg-type]  # it came out of JSON
    except (ValueError, RecursionError):
        raise NotTrusted("It holds numbers or texts that canonical JSON cannot hold.") from None


def _is(found: Mapping[str, object], name: str, wanted: str) -> None:
    if found.get(name) != wanted:
        raise NotTrusted(f"{name} is {found.get(name)!a}, and not {wanted}.")


def _object(found: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = found.get(name)
    if not isinstance(value, dict):
        raise NotTrusted(f"{name} is not a JSON object.")
    return value


def _text(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise NotTrusted(f"{name} is not a text.")
    return value


def _digest(found: Mapping[str, object]) -> str:
    value = _text(_object(found, "digest"), "sha256")
    if _HEX.fullmatch(value) is None:
        raise NotTrusted("A digest is not 64 hexadecimal digits.")
    return f"sha256:{value}"


def _time(text: str) -> datetime:
    try:
        moment = read_time(text)
    except ValueError:
        moment = None
    if moment is None or write_time(moment) != text:
        raise NotTrusted(f"{text!a} is not a time as Tidegate writes it.")
    return moment
