"""Public keys of others, by which signed evidence is believed: read from PEM, and what they verify."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tidegate.domain.signing import KeyRefused, public_blocks

_Key: TypeAlias = "ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey"

# Which hash goes with which curve, as sigstore's registry of algorithms pairs them. Cosign before 2.6 signed
# with SHA-256 whatever the curve, so that this one is tried on P-384 as well.
_HASHES: dict[str, tuple[hashes.HashAlgorithm, ...]] = {
    "secp256r1": (hashes.SHA256(),),
    "secp384r1": (hashes.SHA384(), hashes.SHA256()),
}


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that verifies; `keyid` is the SHA-256 of its DER (SubjectPublicKeyInfo), in hex."""

    keyid: str
    _key: _Key = field(repr=False, compare=False)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether the signature is by this key, over these very bytes."""
        key = self._key
        if isinstance(key, ed25519.Ed25519PublicKey):
            return _holds(lambda: key.verify(signature, data))
        algorithms = map(ec.ECDSA, _HASHES[key.curve.name])
        return any(_holds(partial(key.verify, signature, data, one)) for one in algorithms)


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True


def read_trusted_keys(texts: Iterable[str]) -> tuple[TrustedKey, ...]:
    """Read the public keys of several files in PEM; raises `KeyRefused`."""
    found = {key.keyid: key for text in texts for key in map(_trusted_key, public_blocks(text))}
    return tuple(found.values())


def _trusted_key(block: str) -> TrustedKey:
    try:
        key = serialization.load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("It holds a PEM block that cannot be read as a public key.") from None
    if not isinstance(key, ed25519.Ed25519PublicKey) and (
        not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _HASHES
    ):
        raise KeyRefused(f"It holds {_named(key)}, and Ed25519, ECDSA on P-256 and on P-384 are verified.")
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return TrustedKey(hashlib.sha256(der).hexdigest(), key)


def _named(key: object) -> str:
    """Say which kind of key it is that cannot be used."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"a key on the curve {key.curve.name}"
    return f"a key of the type {type(key).__name__.removeprefix('_').removesuffix('PublicKey')}"
