"""An authenticator in software, for tests: it does what a passkey does, or what a hostile one would."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from tidegate.kernel.passkeys import decode_base64url, encode_base64url

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40


@dataclass
class SoftwareAuthenticator:
    """Holds one passkey; `origin` is what the browser says, `flags` what was done to prove a person."""

    origin: str = "https://tidegate.example.org"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""

    def make(self, options: str) -> str:
        """Answer what a browser is asked for a new passkey."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        held = len(self.credential_id).to_bytes(2) + self.credential_id + self._public_key()
        data = self._data(asked["rp"]["id"], self.flags | MADE) + bytes(16) + held
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        told = self._client_data("webauthn.create", asked["challenge"])
        return self._answer(clientDataJSON=told, attestationObject=attestation)

    def use(self, options: str, **other: bytes) -> str:
        """Answer what a browser is asked for a passkey; `other` replaces parts of the response."""
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], self.flags)
        told = self._client_data("webauthn.get", asked["challenge"])
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": told, "authenticatorData": data, "signature": signature}
        return self._answer(**{**parts, "userHandle": decode_base64url(self.handle), **other})

    def _data(self, relying_party: str, flags: int) -> bytes:
        return hashlib.sha256(relying_party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def _answer(self, **response: bytes) -> str:
        name = encode_base64url(self.credential_id)
        answer: dict[str, Any] = {"id": name, "rawId": name, "type": "public-key"}
        answer["response"] = {part: encode_base64url(value) for part, value in response.items()}
        return json.dumps(answer)
