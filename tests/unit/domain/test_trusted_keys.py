"""Public keys by which evidence is believed: three types are read, and each other one is refused by name."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519

from tests.support.attestations import KEY
from tests.support.provenance import ED25519, OTHER_P256, P256, P384, P521, PrivateKey, pem, sign
from tidegate.domain.signing import KeyRefused
from tidegate.domain.trusted_keys import read_trusted_keys

RSA = rsa.generate_private_key(65537, 1024)
SECP256K1 = ec.derive_private_key(7, ec.SECP256K1())
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


class TestReadTrustedKeys:
    def test_reads_several_files_of_several_keys_and_each_key_once(self) -> None:
        keys = read_trusted_keys([pem(ED25519) + pem(P256), pem(P384), pem(P256), KEY.public.pem])
        assert len(keys) == 4
        assert keys[3].keyid == KEY.public.keyid

    def test_a_key_is_named_by_the_sha256_of_its_der(self) -> None:
        der = P256.public_key().public_bytes(serialization.Encoding.DER, SPKI)
        (key,) = read_trusted_keys([pem(P256)])
        assert key.keyid == hashlib.sha256(der).hexdigest()
        assert repr(key) == f"TrustedKey(keyid='{key.keyid}')"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "not a list of public keys in PEM"),
            ("ssh-ed25519 AAAA harbour", "not a list of public keys in PEM"),
            (pem(P256) + "and more", "not a list of public keys in PEM"),
            (
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                "cannot be read as a public key",
            ),
            (KEY.private_pem(), "holds a private key where public ones are read"),
            (pem(RSA), "It holds a key of the type RSA, and Ed25519, ECDSA on P-256 and on P-384"),
            (pem(P521), "a key on the curve secp521r1"),
            (pem(SECP256K1), "a key on the curve secp256k1"),
            (
                x25519.X25519PrivateKey.generate()
                .public_key()
                .public_bytes(serialization.Encoding.PEM, SPKI)
                .decode(),
                "a key of the type X25519",
            ),
        ],
    )
    def test_refuses_what_verifies_nothing(self, text: str, message: str) -> None:
        with pytest.raises(KeyRefused, match=message):
            read_trusted_keys([text])


class TestVerifies:
    @pytest.mark.parametrize("key", [ED25519, P256, P384])
    def test_its_own_signature_over_the_same_bytes_alone(self, key: PrivateKey) -> None:
        (mine,) = read_trusted_keys([pem(key)])
        (other,) = read_trusted_keys([pem(OTHER_P256)])
        signature = sign(key, b"harbour")
        assert mine.verifies(signature, b"harbour")
        assert not mine.verifies(signature, b"harbours")
        assert not mine.verifies(signature[:-1], b"harbour")
        assert not mine.verifies(b"", b"harbour")
        assert not other.verifies(signature, b"harbour")

    def test_on_p_384_with_sha_256_as_well_as_older_cosign_signs(self) -> None:
        (key,) = read_trusted_keys([pem(P384)])
        signature = P384.sign(b"harbour", ec.ECDSA(hashes.SHA256()))
        assert key.verifies(signature, b"harbour") and not key.verifies(signature, b"harbours")
        assert not key.verifies(P384.sign(b"harbour", ec.ECDSA(hashes.SHA512())), b"harbour")
