"""Encryption of the secrets that are kept in the database and needed again, such as those of channels."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from tidegate.domain.errors import Unavailable
from tidegate.kernel.files import create, link_or_copy

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from tidegate.kernel.container import Container
    from tidegate.settings import Settings

KEY_FILE = "stored-secrets.key"
_VERSION = "v1:"
_NONCE = 12
_INFO = b"tidegate: secrets kept in the database"


class SecretUnreadable(Unavailable):
    """A secret that was encrypted with another key than this installation has now."""


class SecretCipher:
    """Encrypts a text for one purpose; what was encrypted for another, or changed, is not decrypted.

    AES-256-GCM with a key made of `SECRET_KEY` by HKDF; the purpose is authenticated with it.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._made: AESGCM | None = None

    def encrypt(self, text: str, *, purpose: str) -> str:
        """Return the encrypted text, different each time."""
        nonce = os.urandom(_NONCE)
        sealed = self._cipher().encrypt(nonce, text.encode(), purpose.encode())
        return _VERSION + base64.b64encode(nonce + sealed).decode()

    def decrypt(self, kept: str, *, purpose: str) -> str:
        """Return the text; raises `SecretUnreadable`."""
        from cryptography.exceptions import InvalidTag

        try:
            data = base64.b64decode(kept.removeprefix(_VERSION), validate=True)
            return self._cipher().decrypt(data[:_NONCE], data[_NONCE:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(
                "A secret cannot be read: SECRET_KEY is another one than when it was written down. Set the "
                "SECRET_KEY of that time, or give what it belongs to its URL again."
            ) from error

    def _cipher(self) -> AESGCM:
        if self._made is None:
            # A process that keeps no secret does not pay for the library.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF

            derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO)
            self._made = AESGCM(derived.derive(self._key.encode()))
        return self._made


def install(container: Container) -> None:
    """Let every part keep its secrets with one cipher."""
    made: list[SecretCipher] = []

    def cipher() -> SecretCipher:
        if not made:
            made.append(SecretCipher(_key_of(container.settings)))
        return made[0]

    container.provide(SecretCipher, lambda _: cipher())


def _key_of(settings: Settings) -> str:
    """Return SECRET_KEY; where none was given, a key of its own that every process of this folder shares."""
    if settings.secret_key_given:
        return settings.secret_key
    path = settings.data_dir / KEY_FILE
    _make(path)
    return path.read_text("ascii")


def _make(path: Path) -> None:
    """Write a new key, unless another process was faster."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with create(beside) as file:
        file.write(secrets.token_urlsafe(48).encode())
    try:
        link_or_copy(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()
