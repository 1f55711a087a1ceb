"""Tests of reading signed verdicts: what is told of good ones, what is wrong with others, mutations."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.support.attestations import (
    ARTIFACT,
    AT,
    COMMIT,
    KEY,
    OTHER_KEY,
    VERIFIER,
    mutations,
    signed_again,
    signed_summary,
    signed_verdict,
)
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.dsse import NotTrusted
from tidegate.domain.evidence import Subject
from tidegate.domain.signed_verdicts import SignedVerdict, read_signed_verdict
from tidegate.domain.signing import by_keyid
from tidegate.domain.states import State

KEYS = by_keyid([KEY.public])
MUTATIONS = int(os.environ.get("ATTESTATION_MUTATIONS", "10000"))
"""`make attestations` asks for 100,000."""


def read(envelope: bytes) -> SignedVerdict:
    return read_signed_verdict(envelope, KEYS)


def predicate(**changes: Any) -> Callable[[dict[str, Any]], object]:
    """Change members of the predicate; None takes one away."""

    def change(statement: dict[str, Any]) -> None:
        for name, value in changes.items():
            statement["predicate"][name] = value
            if value is None:
                del statement["predicate"][name]

    return change


def document(**changes: Any) -> Callable[[dict[str, Any]], object]:
    """Change members of the verdict's document, and its digest with it."""

    def change(statement: dict[str, Any]) -> None:
        verdict = statement["predicate"]["verdict"]
        verdict["document"] |= changes
        digest = digest_of(canonical_json(verdict["document"]))
        verdict["digest"] = {"sha256": digest.removeprefix("sha256:")}

    return change


class TestRead:
    def test_a_summary(self) -> None:
        found = read(signed_summary(artifact=ARTIFACT))
        assert (found.summary, found.passed, found.state) == (True, True, State.PASS)
        assert found.subject == Subject("harbour", COMMIT, "production")
        assert (found.artifact, found.gate, found.verifier) == (ARTIFACT, "production", VERIFIER)
        assert (found.at, found.expires, found.keyid) == (AT, None, KEY.public.keyid)
        assert not found.expired(AT + timedelta(days=9999))

    def test_a_whole_verdict(self) -> None:
        found = read(signed_verdict())
        assert (found.summary, found.passed, found.artifact) == (False, True, None)
        assert found.expires == AT + timedelta(hours=22)
        assert not found.expired(AT + timedelta(hours=21))
        assert found.expired(AT + timedelta(hours=22))
        assert found.gate_digest == read(signed_summary()).gate_digest

    def test_a_verdict_that_does_not_pass(self) -> None:
        found = read(signed_verdict(failed=1))
        assert (found.passed, found.state) == (False, State.FAIL)

    def test_what_a_newer_version_adds_to_a_predicate_is_ignored(self) -> None:
        assert read(signed_again(signed_summary(), predicate(dependencyLevels={}))).passed

    def test_by_the_key_of_before_where_that_is_trusted_too(self) -> None:
        keys = by_keyid([KEY.public, OTHER_KEY.public])
        assert read_signed_verdict(signed_summary(OTHER_KEY), keys).keyid == OTHER_KEY.public.keyid

    @pytest.mark.parametrize("keys", [{}, by_keyid([OTHER_KEY.public])])
    def test_by_no_key_that_is_not_trusted(self, keys: Any) -> None:
        with pytest.raises(NotTrusted, match="is signed by key .*, which is not trusted here"):
            read_signed_verdict(signed_summary(), keys)

    def test_by_no_key_of_another_id(self) -> None:
        with pytest.raises(NotTrusted, match="The signature is not that of key"):
            read_signed_verdict(signed_summary(), {KEY.public.keyid: OTHER_KEY.public})


class TestEvenWhereTheSignatureHolds:
    """The owner of a key signs other things too: what it signs must still be a verdict of Tidegate's."""

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda s: s.update(_type="https://in-toto.io/Statement/v0.1"), "_type is"),
            (lambda s: s.update(note=1), "The statement holds 'note'"),
            (lambda s: s.update(predicateType="https://slsa.dev/provenance/v1"), "predicateType is"),
            (lambda s: s.update(predicate=[]), "predicate is not a JSON object"),
            (lambda s: s.update(subject=[]), "The subject is not a commit"),
            (lambda s: s.update(subject={}), "The subject is not a commit"),
            (lambda s: s.update(subject=s["subject"] * 3), "The subject is not a commit"),
            (lambda s: s["subject"][0].update(name=""), "name is not a text"),
            (
                lambda s: s["subject"][0].update(digest={"sha1": COMMIT}),
                "The commit's digest lacks gitCommit",
            ),
            (lambda s: s["subject"][0].update(digest={"gitCommit": COMMIT[:12]}), "not the full hash"),
            (lambda s: s["subject"].append({"name": "a", "digest": {"sha512": "0"}}), "sha256 is not a text"),
            (
                lambda s: s["subject"].append({"name": "a", "digest": {"sha256": "0"}}),
                "64 hexadecimal digits",
            ),
            (lambda s: s["subject"][0].update(name="pier"), "resourceUri is"),
            (lambda s: s["subject"][0].update(digest={"gitCommit": "1" * 40}), "resourceUri is"),
            (predicate(resourceUri="pkg:generic/harbour"), "resourceUri is"),
            (
                predicate(resourceUri=f"tidegate:component/harbour@{COMMIT}?environment=a%zz"),
                "resourceUri is",
            ),
            (predicate(verificationResult="FAILED"), "verificationResult is 'FAILED'"),
            (predicate(verifiedLevels=["SLSA_BUILD_LEVEL_3"]), "verifiedLevels does not hold"),
            (predicate(verifiedLevels="TIDEGATE_GATE_PASSED"), "verifiedLevels does not hold"),
            (predicate(policy={"uri": "https://x/y"}), "names no gate"),
            (predicate(policy={"uri": "tidegate:gate/a%2fb"}), "uri is 'tidegate:gate/a%2fb'"),
            (predicate(policy={"uri": "tidegate:gate/g"}), "digest is not a JSON object"),
            (predicate(verifier=None), "verifier is not a JSON object"),
            (predicate(timeVerified="2026-11-21 02:30"), "is not a time as Tidegate writes it"),
            (predicate(timeVerified="2026-11-21T02:30:00Z"), "is not a time as Tidegate writes it"),
        ],
    )
    def test_a_summary_must_be_one_of_ours(
        self, change: Callable[[dict[str, Any]], object], message: str
    ) -> None:
        with pytest.raises(NotTrusted, match=message):
            read(signed_again(signed_summary(), change))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (predicate(verdict=None), "verdict is not a JSON object"),
            (lambda s: s["predicate"]["verdict"]["document"].update(state="pass"), "digest is not that of"),
            (document(state="pass"), "The verdict says pass, and its rules say otherwise"),
            (document(state="pass", rules=[]), "holds no rules"),
            (document(rules={}), "holds no rules"),
            (document(rules=[1]), "holds no rules"),
            (document(state="fine"), "state is 'fine'"),
            (document(state=None), "state is not a text"),
            (document(subject={"component": "harbour"}), "is about another subject"),
            (document(gate={"name": "production", "digest": "sha256:" + "0" * 64}), "another gate or time"),
            (document(at="2026-11-21T02:31:00.000Z"), "another gate or time"),
            (predicate(expires=None), "expires is not there"),
            (predicate(expires="soon"), "is not a time"),
            (predicate(expires=0), "expires is not a text"),
            (lambda s: s["predicate"]["gate"].update(uri="tidegate:gate/other"), "uri is"),
        ],
    )
    def test_a_verdict_must_agree_with_itself(
        self, change: Callable[[dict[str, Any]], object], message: str
    ) -> None:
        with pytest.raises(NotTrusted, match=message):
            read(signed_again(signed_verdict(failed=1), change))

    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            (b"no JSON", "The payload is not JSON"),
            (b"[]", "The statement is not a JSON object"),
            (b'{"_type":1, "predicate":1,"predicateType":1,"subject":1}', "not canonical JSON"),
            (b'{"_type":1,"predicate":1,"predicate":1,"predicateType":1,"subject":1}', "not canonical JSON"),
            (b'{"_type":1,"predicate":NaN,"predicateType":1,"subject":1}', "cannot hold"),
            (b'{"_type":1,"predicate":"\\ud800","predicateType":1,"subject":1}', "cannot hold"),
        ],
    )
    def test_a_payload_must_be_canonical(self, payload: bytes, message: str) -> None:
        with pytest.raises(NotTrusted, match=message):
            read(KEY.sign(payload).to_bytes())


@pytest.mark.parametrize("made", [signed_summary, signed_verdict])
def test_every_mutation_is_refused(made: Callable[..., bytes]) -> None:
    seed = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    print(f"TEST_SEED={seed}")
    envelope = made()
    assert read(envelope).passed
    refused: Counter[str] = Counter()
    for name, changed in mutations(envelope, MUTATIONS // 2, random.Random(seed)):
        try:
            read(changed)
        except NotTrusted:
            refused[name] += 1
        else:
            pytest.fail(f"accepted after {name}: {changed!r}")
    assert refused.total() == MUTATIONS // 2
    assert len(refused) == 20
