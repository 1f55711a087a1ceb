"""Keys that sign verdicts and anchors (Ed25519): read from PEM, named by their content, and never shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tidegate.domain.dsse import Envelope, NotTrusted, read_envelope, signed_bytes
from tidegate.domain.errors import Invalid

_PUBLIC_BLOCK = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n?", re.DOTALL)


class KeyRefused(Invalid):
    """A text that is not a key of the kind that is needed; its message never holds a part of the text."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half of a key that verifies; `keyid` is the SHA-256 of its DER (SubjectPublicKeyInfo), in hex."""

    keyid: str
    pem: str
    raw: bytes
    _key: Ed25519PublicKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, key: Ed25519PublicKey) -> PublicKey:
        """Name a key of the library."""
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(hashlib.sha256(der).hexdigest(), pem.decode(), key.public_bytes_raw(), key)

    def verifies(self, envelope: Envelope) -> bool:
        """Tell whether the envelope's signature is by this key, over its very payload."""
        try:
            self._key.verify(envelope.signature, signed_bytes(envelope.payload))
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The half of a key that signs; it shows itself by its key id alone."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey.of(key.public_key())

    def __repr__(self) -> str:
        return f"SigningKey({self.public.keyid})"

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, text: str) -> SigningKey:
        """Read a private key (PKCS#8, unencrypted); raises `KeyRefused`."""
        try:
            key = serialization.load_pem_private_key(text.encode(), password=None)
        except TypeError:
            # The library's own way to say so.
            raise KeyRefused("The private key is encrypted: give it without a passphrase.") from None
        except (ValueError, UnsupportedAlgorithm):
            raise KeyRefused(
                "It is not a private key in PEM (PKCS#8). `tidegate keys create signing.pem` makes one."
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyRefused(
                "The private key is not one for Ed25519. `tidegate keys create signing.pem` makes one."
            )
        return cls(key)

    def private_pem(self) -> str:
        """Write the private key (PKCS#8): for the one file that holds it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def sign(self, payload: bytes) -> Envelope:
        """Put a payload into an envelope; the same payload gives the same bytes."""
        return Envelope(payload, self.public.keyid, self._key.sign(signed_bytes(payload)))


def read_public_keys(text: str) -> tuple[PublicKey, ...]:
    """Read one public key or several, one PEM block after the other; raises `KeyRefused`."""
    return tuple(_public_key(block) for block in public_blocks(text))


def public_blocks(text: str) -> list[str]:
    """Take a list of public keys apart, a PEM block each; raises `KeyRefused` for anything beside them."""
    if "PRIVATE KEY-----" in text:
        raise KeyRefused(
            "It holds a private key where public ones are read: `openssl pkey -in FILE -pubout` prints its "
            "public half."
        )
    blocks = _PUBLIC_BLOCK.findall(text)
    if not blocks or _PUBLIC_BLOCK.sub("", text).strip():
        raise KeyRefused(
            "It is not a list of public keys in PEM, each `-----BEGIN PUBLIC KEY-----` and so on."
        )
    return [str(block) for block in blocks]


def trusted_envelope(data: bytes, keys: Mapping[str, PublicKey]) -> Envelope:
    """Read an envelope that one of the trusted keys has signed; raises `NotTrusted`."""
    envelope = read_envelope(data)
    key = keys.get(envelope.keyid)
    if key is None:
        known = ", ".join(keys) or "none"
        raise NotTrusted(
            f"It is signed by key {envelope.keyid}, which is not trusted here. Trusted: {known}."
        )
    if not key.verifies(envelope):
        raise NotTrusted(
            f"The signature is not that of key {key.keyid} over this payload: one of them was changed."
        )
    return envelope


def by_keyid(keys: Iterable[PublicKey]) -> Mapping[str, PublicKey]:
    """Return keys by their ids."""
    return {key.keyid: key for key in keys}


def _public_key(block: str) -> PublicKey:
    try:
        key = serialization.load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("It holds a PEM block that cannot be read as a public key.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefused("It holds a public key that is not one for Ed25519.")
    return PublicKey.of(key)
