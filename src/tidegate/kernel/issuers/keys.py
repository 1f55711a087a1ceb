"""Keys that an issuer publishes (JWKS, RFC 7517): those that can verify RS256 and ES256, and no others."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.domain.canonical import Json

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = ("RS256", "ES256")
MOST_KEYS = 100
_LEAST_BITS = 2048
_PARTS = {"RS256": ("n", "e"), "ES256": ("crv", "x", "y")}
_TYPES = {"RSA": "RS256", "EC": "ES256"}
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key that verifies one algorithm; `document` is all that is kept of it."""

    kid: str | None
    algorithm: str
    key: RSAKey | ECKey
    document: dict[str, Json]


def read_keys(published: Json) -> tuple[VerifyingKey, ...]:
    """Return the keys of a JWKS that can be used; what else is in it is passed over."""
    listed = published.get("keys") if isinstance(published, dict) else None
    if not isinstance(listed, list):
        return ()
    return tuple(key for one in listed[:MOST_KEYS] if (key := _key(one)) is not None)


def _key(published: Json) -> VerifyingKey | None:
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return None
    algorithm = _TYPES.get(str(published.get("kty")), "")
    if not algorithm or published.get("alg", algorithm) != algorithm:
        return None
    parts = {name: published.get(name) for name in ("kty", *_PARTS[algorithm])}
    texts = {name: part for name, part in parts.items() if isinstance(part, str) and len(part) <= _LONGEST}
    kid = published.get("kid")
    if len(texts) < len(parts) or not (kid is None or (isinstance(kid, str) and len(kid) <= _LONGEST)):
        return None
    key = _imported(algorithm, texts)
    if key is None:
        return None
    return VerifyingKey(kid, algorithm, key, {**texts, **({"kid": kid} if kid is not None else {})})


def _imported(algorithm: str, parts: dict[str, str]) -> RSAKey | ECKey | None:
    # With what it stands on it takes 10 MiB: for processes that meet a token of an issuer alone.
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey, RSAKey

    try:
        if algorithm == "ES256":
            return ECKey.import_key(dict(parts)) if parts["crv"] == "P-256" else None
        modulus = base64.urlsafe_b64decode(parts["n"] + "==").lstrip(b"\0")
        weak = int.from_bytes(modulus).bit_length() < _LEAST_BITS
        return None if weak else RSAKey.import_key(dict(parts))
    except (JoseError, ValueError, binascii.Error):
        return None
