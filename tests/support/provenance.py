"""Provenance for tests: statements of both versions, keys that are not secret, envelopes and bundles."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
OTHER_COMMIT = "be" * 20
SHA256 = "9f" * 32
BUILDER = "https://github.com/actions/runner/github-hosted"
REPOSITORY = "https://github.com/acme/harbour"
IN_TOTO = "application/vnd.in-toto+json"
STATEMENT_V01, STATEMENT_V1 = "https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"
V02, V1 = "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"

PrivateKey: TypeAlias = "ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey"

# Not secret: each is made of a number, so that the same test signs with the same key.
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
OTHER_ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([8]) * 32)
P256 = ec.derive_private_key(7_001, ec.SECP256R1())
OTHER_P256 = ec.derive_private_key(7_002, ec.SECP256R1())
P384 = ec.derive_private_key(7_003, ec.SECP384R1())
P521 = ec.derive_private_key(7_004, ec.SECP521R1())


def pem(key: PrivateKey) -> str:
    """Write the public half of a key."""
    public = key.public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def statement(predicate: Any = None, **more: Any) -> dict[str, Any]:
    """Make a statement with provenance of version 1, as GitHub's runners write it."""
    given: dict[str, Any] = {
        "_type": STATEMENT_V1,
        "subject": [{"name": "harbour.tar.gz", "digest": {"sha256": SHA256}}],
        "predicateType": V1,
        "predicate": provenance() if predicate is None else predicate,
    }
    return given | more


def provenance(
    *, dependencies: Any = None, parameters: Any = None, builder: Any = None, **more: Any
) -> dict[str, Any]:
    """Make the predicate of version 1; `more` stands in its metadata."""
    source = {"uri": f"git+{REPOSITORY}@refs/heads/main", "digest": {"gitCommit": COMMIT}}
    workflow = {"ref": "refs/heads/main", "repository": REPOSITORY, "path": ".github/workflows/release.yml"}
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {"workflow": workflow} if parameters is None else parameters,
            "resolvedDependencies": [source] if dependencies is None else dependencies,
        },
        "runDetails": {
            "builder": {"id": BUILDER} if builder is None else builder,
            "metadata": {"startedOn": "2026-11-20T09:58:00Z", "finishedOn": "2026-11-20T10:00:00Z", **more},
        },
    }


def provenance_02(**more: Any) -> dict[str, Any]:
    """Make the predicate of version 0.2, as SLSA's generator for GitHub writes it."""
    uri = f"git+{REPOSITORY}@refs/heads/main"
    given: dict[str, Any] = {
        "builder": {"id": BUILDER},
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {"configSource": {"uri": uri, "digest": {"sha1": COMMIT}, "entryPoint": "release.yml"}},
        "metadata": {"buildFinishedOn": "2026-11-20T10:00:00Z"},
        "materials": [{"uri": uri, "digest": {"sha1": COMMIT}}],
    }
    return given | more


def encoded(payload: bytes) -> bytes:
    """Write what DSSE signs, with its own words."""
    return b"DSSEv1 " + b" ".join(b"%d %b" % (len(part), part) for part in (IN_TOTO.encode(), payload))


def sign(key: PrivateKey, data: bytes) -> bytes:
    """Sign as sigstore does with a key of that type."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        strength = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[key.key_size]
        return key.sign(data, ec.ECDSA(strength))
    raise NotImplementedError(key)


def envelope(value: Any = None, key: PrivateKey = ED25519, **more: Any) -> dict[str, Any]:
    """Put a statement into a DSSE envelope that a key has signed."""
    payload = (
        value if isinstance(value, bytes) else json.dumps(statement() if value is None else value).encode()
    )
    signature = base64.b64encode(sign(key, encoded(payload))).decode()
    given: dict[str, Any] = {
        "payloadType": IN_TOTO,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": "", "sig": signature}],
    }
    return given | more


def bundle(inner: Any = None, *, keyless: bool = False, **more: Any) -> dict[str, Any]:
    """Put an envelope into a Sigstore bundle."""
    material = {"certificate": {"rawBytes": "AAAA"}} if keyless else {"publicKey": {"hint": "a key"}}
    given: dict[str, Any] = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {**material, "tlogEntries": []},
        "dsseEnvelope": envelope() if inner is None else inner,
    }
    return given | more


def tampered(signed: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Change the payload of an envelope and leave its signature."""
    changed = copy.deepcopy(signed)
    payload = base64.b64decode(changed["payload"]).decode()
    assert old in payload
    changed["payload"] = base64.b64encode(payload.replace(old, new).encode()).decode()
    return changed
