"""What Tidegate signs before tools that know nothing of it: libraries, another language, documented rules."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from in_toto.exceptions import SignatureVerificationError
from in_toto.models.metadata import Metadata
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib import dsse
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # its __init__ has no __all__

from tests.support.attestations import (
    ARTIFACT,
    COMMIT,
    KEY,
    OTHER_KEY,
    VERIFIER,
    signed_summary,
    signed_verdict,
    statement_of,
)
from tidegate.domain.signing import PublicKey

ROOT = Path(__file__).resolve().parents[3]
NODE = ROOT / ".tools" / "dsse"
MADE = pytest.mark.parametrize("made", [signed_summary, signed_verdict])
SUMMARY = "https://slsa.dev/verification_summary/v1"


def library_key(key: PublicKey, keyid: str | None = None) -> SSlibKey:
    """Return a key as securesystemslib has it."""
    return SSlibKey(keyid or key.keyid, "ed25519", "ed25519", {"public": key.raw.hex()})


@MADE
class TestSecuresystemslib:
    def test_verifies_the_envelope(self, made: Callable[[], bytes]) -> None:
        envelope = dsse.Envelope.from_dict(json.loads(made()))
        assert set(envelope.verify([library_key(KEY.public)], 1)) == {KEY.public.keyid}
        assert json.loads(envelope.payload) == statement_of(made())

    def test_refuses_the_key_of_another(self, made: Callable[[], bytes]) -> None:
        envelope = dsse.Envelope.from_dict(json.loads(made()))
        with pytest.raises(VerificationError):
            envelope.verify([library_key(OTHER_KEY.public, KEY.public.keyid)], 1)


@MADE
class TestInToto:
    def test_verifies_the_envelope(self, made: Callable[[], bytes]) -> None:
        metadata = Metadata.from_dict(json.loads(made()))
        metadata.verify_signature({"keyid": KEY.public.keyid, **library_key(KEY.public).to_dict()})

    def test_refuses_the_key_of_another(self, made: Callable[[], bytes]) -> None:
        other = library_key(OTHER_KEY.public, KEY.public.keyid).to_dict()
        with pytest.raises(SignatureVerificationError):
            Metadata.from_dict(json.loads(made())).verify_signature({"keyid": KEY.public.keyid, **other})

    def test_reads_the_statement_strictly(self, made: Callable[[], bytes]) -> None:
        parsed = json_format.Parse(json.dumps(statement_of(made())), statement_pb2.Statement())
        found = Statement.copy_from_pb(parsed)
        found.validate()
        assert dict(found.pb.subject[0].digest) == {"gitCommit": COMMIT}


@MADE
class TestOpenssl:
    """Without any library for envelopes: the bytes that were signed, a signature, a key."""

    def verify(self, made: Callable[[], bytes], folder: Path, key: PublicKey) -> int:
        envelope = json.loads(made())
        payload = base64.b64decode(envelope["payload"])
        kind = envelope["payloadType"].encode()
        signed = b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload))
        (folder / "signed").write_bytes(signed)
        (folder / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
        (folder / "pub.pem").write_text(key.pem)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-rawin"]
        command += ["-in", "signed", "-sigfile", "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode

    def test_verifies_the_signature(self, made: Callable[[], bytes], tmp_path: Path) -> None:
        assert self.verify(made, tmp_path, KEY.public) == 0

    def test_refuses_the_key_of_another(self, made: Callable[[], bytes], tmp_path: Path) -> None:
        assert self.verify(made, tmp_path, OTHER_KEY.public) != 0


@MADE
class TestSigstoreForNode:
    """`make attestations` brings the library; without it, this did not run, and says so."""

    def verify(
        self, made: Callable[[], bytes], folder: Path, key: PublicKey
    ) -> subprocess.CompletedProcess[str]:
        node = shutil.which("node")
        if node is None or not (NODE / "node_modules" / "@sigstore" / "verify").is_dir():
            why = "NOT RUN before sigstore for Node.js: `make attestations` brings it, where there is npm"
            if os.environ.get("REQUIRE_ATTESTATIONS") == "1":
                pytest.fail(why)
            pytest.skip(why)
        (folder / "envelope.json").write_bytes(made())
        (folder / "pub.pem").write_text(key.pem)
        command = [node, "verify.mjs", str(folder / "envelope.json"), str(folder / "pub.pem")]
        return subprocess.run(
            [*command, KEY.public.keyid], cwd=NODE, capture_output=True, text=True, check=False
        )

    def test_verifies_the_envelope(self, made: Callable[[], bytes], tmp_path: Path) -> None:
        done = self.verify(made, tmp_path, KEY.public)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == statement_of(made())

    def test_refuses_the_key_of_another(self, made: Callable[[], bytes], tmp_path: Path) -> None:
        done = self.verify(made, tmp_path, OTHER_KEY.public)
        assert done.returncode != 0
        assert "signature verification failed" in done.stderr


def slsa_verifier(statement: dict[str, Any], *, digests: list[str], uri: str, level: str) -> list[str]:
    """Say what `slsa-verifier verify-vsa` holds against a statement, by the rules that its documents give."""
    predicate = statement["predicate"]
    known = {f"{kind}:{value}" for one in statement["subject"] for kind, value in one["digest"].items()}
    levels = predicate["verifiedLevels"]
    return [
        name
        for name, kept in {
            "statement": statement["_type"] == "https://in-toto.io/Statement/v1",
            "predicate type": statement["predicateType"] == SUMMARY,
            "every digest is a subject's": bool(digests) and set(digests) <= known,
            "verifier": predicate["verifier"]["id"] == VERIFIER,
            "versions are a flat map of texts": all(
                isinstance(text, str) for text in predicate["verifier"].get("version", {}).values()
            ),
            "resource": predicate["resourceUri"] == uri,
            "result": predicate["verificationResult"] == "PASSED",
            # SLSA_… must end in _LEVEL_ and a number, or all of it is refused; others are compared as texts.
            "SLSA's levels": all(
                text.split("_", 3)[2] == "LEVEL" and text.split("_", 3)[3].isdigit()
                for text in levels
                if text.startswith("SLSA_")
            ),
            "level": level in levels,
            "policy": isinstance(predicate["policy"]["uri"], str)
            and all(len(digest) == 64 for digest in predicate["policy"]["digest"].values()),
            "inputs": all(one["digest"] and one["uri"] for one in predicate["inputAttestations"]),
            "time": datetime.fromisoformat(predicate["timeVerified"]).tzinfo is not None,
        }.items()
        if not kept
    ]


class TestDocumentedRules:
    """Of tools that cannot be run here: what their documents say that they hold a summary to."""

    URI = f"tidegate:component/harbour@{COMMIT}?environment=production"

    def test_of_slsa_verifier_are_kept(self) -> None:
        statement = statement_of(signed_summary(artifact=ARTIFACT))
        digests = [f"gitCommit:{COMMIT}", ARTIFACT]
        assert slsa_verifier(statement, digests=digests, uri=self.URI, level="TIDEGATE_GATE_PASSED") == []

    def test_of_slsa_verifier_tell_another_summary(self) -> None:
        statement = statement_of(signed_summary())
        found = slsa_verifier(statement, digests=[ARTIFACT], uri="x", level="SLSA_BUILD_LEVEL_3")
        assert found == ["every digest is a subject's", "resource", "level"]

    @MADE
    def test_of_cosign_are_kept(self, made: Callable[..., bytes]) -> None:
        """`cosign verify-blob-attestation --key`: type, payload, a signature, and the blob's SHA-256."""
        envelope = json.loads(made(artifact=ARTIFACT))
        assert envelope["payloadType"] == "application/vnd.in-toto+json"
        assert all(isinstance(one["sig"], str) and one["sig"] for one in envelope["signatures"])
        digests = [one["digest"] for one in statement_of(made(artifact=ARTIFACT))["subject"]]
        assert {"sha256": ARTIFACT.removeprefix("sha256:")} in digests
        # Its --type may be any URI, and has to be the statement's.
        assert statement_of(made())["predicateType"].startswith("https://")
