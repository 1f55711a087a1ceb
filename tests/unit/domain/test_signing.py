"""Tests of keys: read, named by their content, and never shown."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.support.attestations import KEY, OTHER_KEY
from tidegate.domain.signing import KeyRefused, SigningKey, by_keyid, read_public_keys

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


class TestSigningKey:
    def test_is_read_from_what_it_writes(self) -> None:
        assert SigningKey.from_pem(KEY.private_pem()).public == KEY.public

    def test_shows_its_id_and_nothing_of_itself(self) -> None:
        assert repr(KEY) == f"SigningKey({KEY.public.keyid})"

    def test_every_new_key_is_another(self) -> None:
        assert SigningKey.generate().public != SigningKey.generate().public

    def test_is_named_by_the_sha256_of_its_der(self, tmp_path: Path) -> None:
        (tmp_path / "key.pem").write_text(KEY.private_pem())
        command = ["openssl", "pkey", "-in", str(tmp_path / "key.pem"), "-pubout", "-outform", "DER"]
        der = subprocess.run(command, capture_output=True, check=True).stdout
        assert hashlib.sha256(der).hexdigest() == KEY.public.keyid

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "not a private key in PEM"),
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", "not a private key in PEM"),
            (KEY.public.pem, "not a private key in PEM"),
            (
                ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, PLAIN).decode(),
                "not one for Ed25519",
            ),
            (
                ed25519.Ed25519PrivateKey.generate()
                .private_bytes(PEM, PKCS8, serialization.BestAvailableEncryption(b"word"))
                .decode(),
                "is encrypted",
            ),
        ],
        ids=["empty", "broken", "public", "another kind", "encrypted"],
    )
    def test_refuses_other_texts_and_quotes_none_of_them(self, text: str, message: str) -> None:
        with pytest.raises(KeyRefused, match=message) as refused:
            SigningKey.from_pem(text)
        assert "c2VjcmV0" not in str(refused.value)
        assert refused.value.__suppress_context__ or refused.value.__context__ is None


class TestPublicKeys:
    def test_several_stand_one_after_the_other(self) -> None:
        found = read_public_keys(KEY.public.pem + "\n" + OTHER_KEY.public.pem.strip())
        assert found == (KEY.public, OTHER_KEY.public)
        assert by_keyid(found)[OTHER_KEY.public.keyid] == OTHER_KEY.public

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "not a list of public keys"),
            (f"note\n{KEY.public.pem}", "not a list of public keys"),
            (KEY.private_pem(), "holds a private key"),
            (
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                "cannot be read as a public key",
            ),
            (
                ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(PEM, SPKI).decode(),
                "not one for Ed25519",
            ),
        ],
        ids=["empty", "with a note", "private", "broken", "another kind"],
    )
    def test_refuses_other_texts(self, text: str, message: str) -> None:
        with pytest.raises(KeyRefused, match=message):
            read_public_keys(text)

    def test_verifies_its_own_signature_and_no_other(self) -> None:
        assert KEY.public.verifies(KEY.sign(b"payload"))
        assert not KEY.public.verifies(OTHER_KEY.sign(b"payload"))
