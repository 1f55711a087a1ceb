"""Provenance counts where a key that is given has signed its very bytes, and nowhere else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # its __init__ has no __all__

from tests.support.provenance import (
    COMMIT,
    ED25519,
    OTHER_COMMIT,
    OTHER_ED25519,
    OTHER_P256,
    P256,
    P384,
    PrivateKey,
    bundle,
    envelope,
    pem,
    statement,
    tampered,
)
from tidegate.domain.evidence import Evidence
from tidegate.readers.base import NO_TRUST, Limits, Source, Trust
from tidegate.readers.evidence import read_evidence
from tidegate.readers.subprocess_reader import LARGE, read_report
from tidegate.readers.supply_chain.verification import KEYLESS, NO_KEY

AT = datetime(2026, 11, 21, tzinfo=UTC)
WRONG = "has not signed this content: it was changed, or another key signed it"


def trust(*keys: PrivateKey) -> Trust:
    return Trust(provenance_keys=tuple(map(pem, keys)))


def evidence(report: Any, given: Trust) -> Evidence:
    source = Source.of_bytes(json.dumps(report).encode())
    return read_evidence(source, slot="a", taken_at=AT, limits=Limits(), trust=given).evidence


def why_not(report: Any, given: Trust) -> str:
    found = evidence(report, given)
    assert not found.ran and found.unreadable is None
    return found.why_not or ""


class TestVerified:
    @pytest.mark.parametrize("key", [ED25519, P256, P384])
    @pytest.mark.parametrize("carry", [lambda one: one, bundle, lambda one: bundle(one, keyless=True)])
    def test_counts(self, key: PrivateKey, carry: Any) -> None:
        found = evidence(carry(envelope(key=key)), trust(key))
        assert (found.ran, found.why_not, found.commits) == (True, None, (COMMIT,))

    def test_by_any_of_the_keys(self) -> None:
        given = trust(OTHER_ED25519, OTHER_P256, ED25519, P256)
        for key in (ED25519, P256):
            assert evidence(envelope(key=key), given).ran

    def test_whatever_key_id_the_envelope_gives(self) -> None:
        report = envelope()
        report["signatures"][0]["keyid"] = "of somebody else"
        assert evidence(report, trust(ED25519)).ran
        del report["signatures"][0]["keyid"]
        assert evidence(report, trust(ED25519)).ran

    @pytest.mark.parametrize("key", [ED25519, P256])
    def test_as_others_sign_it(self, key: PrivateKey) -> None:
        theirs = Envelope(json.dumps(statement()).encode(), "application/vnd.in-toto+json", {})
        theirs.sign(CryptoSigner(key))
        assert evidence(theirs.to_dict(), trust(key)).ran

    def test_by_the_process_that_reads_large_reports(self, tmp_path: Path) -> None:
        path = tmp_path / "provenance.json"
        path.write_text(json.dumps(envelope()) + " " * LARGE)
        read = read_report(Source.of_path(path), slot="a", taken_at=AT, limits=Limits(), trust=trust(ED25519))
        assert read.evidence.ran


class TestNotVerified:
    def test_for_want_of_a_key(self) -> None:
        assert why_not(envelope(), NO_TRUST) == NO_KEY

    def test_by_a_certificate(self) -> None:
        assert why_not(bundle(keyless=True), NO_TRUST) == KEYLESS
        assert why_not(bundle(keyless=True), trust(OTHER_ED25519)) == KEYLESS

    @pytest.mark.parametrize("keys", [(OTHER_ED25519,), (OTHER_P256,), (P384,), (P256,)])
    def test_by_another_key_or_a_key_of_another_type(self, keys: tuple[PrivateKey, ...]) -> None:
        assert WRONG in why_not(envelope(key=ED25519), trust(*keys))

    def test_by_none_of_several(self) -> None:
        given = trust(OTHER_ED25519, OTHER_P256)
        assert "None of the 2 keys that are trusted here has signed" in why_not(envelope(), given)

    @pytest.mark.parametrize("key", [ED25519, P256])
    def test_after_the_payload_was_changed(self, key: PrivateKey) -> None:
        changed = tampered(envelope(key=key), COMMIT, OTHER_COMMIT)
        assert WRONG in why_not(changed, trust(key))

    @pytest.mark.parametrize("key", [ED25519, P256])
    def test_with_a_signature_over_other_bytes(self, key: PrivateKey) -> None:
        other = envelope(statement(subject=[{"name": "b", "digest": {"sha256": "ab" * 32}}]), key=key)
        assert WRONG in why_not(envelope(key=key, signatures=other["signatures"]), trust(key))

    def test_with_a_signature_over_the_payload_alone(self) -> None:
        report = envelope()
        signature = ED25519.sign(base64.b64decode(report["payload"]))
        report["signatures"] = [{"sig": base64.b64encode(signature).decode()}]
        assert WRONG in why_not(report, trust(ED25519))

    @pytest.mark.parametrize("signature", [b"\0", b"\0" * 64, b"\0" * 4096, b"0\x06\x02\x01\0\x02\x01\0"])
    @pytest.mark.parametrize("key", [ED25519, P256, P384])
    def test_with_what_is_no_signature(self, signature: bytes, key: PrivateKey) -> None:
        signatures = [{"sig": base64.b64encode(signature).decode()}]
        assert WRONG in why_not(envelope(key=key, signatures=signatures), trust(key))

    def test_without_any_signature(self) -> None:
        for report in (statement(), envelope(signatures=[])):
            assert "It is not signed" in why_not(report, trust(ED25519))

    def test_where_it_tells_no_commit_although_the_signature_holds(self) -> None:
        report = envelope(statement({**statement()["predicate"], "buildDefinition": {"buildType": "a"}}))
        assert "which commit the source was at" in why_not(report, trust(ED25519))

    @pytest.mark.parametrize("key", [ED25519, P256])
    def test_after_any_byte_of_the_payload_changed(self, key: PrivateKey) -> None:
        report, given = envelope(key=key), trust(key)
        payload = base64.b64decode(report["payload"])
        for at in range(0, len(payload), 11):
            changed = payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1 :]
            found = evidence({**report, "payload": base64.b64encode(changed).decode()}, given)
            assert not found.ran or found.unreadable is not None
