"""How the secrets of a channel are kept: as one encrypted text that belongs to it alone."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

import msgspec

from tidegate.domain.channels import ChannelSecrets, SigningSecret
from tidegate.kernel.secret_cipher import SecretCipher

_BYTES = 32
PREFIX = "whsec_"


class _KeptSecret(msgspec.Struct):
    text: str
    until: datetime | None


class _KeptSecrets(msgspec.Struct):
    url: str
    secrets: list[_KeptSecret]


class SecretKeeper:
    """Encrypts and decrypts them."""

    def __init__(self, cipher: SecretCipher) -> None:
        self._cipher = cipher

    def close(self, name: str, opened: ChannelSecrets) -> str:
        """Return the secrets of the channel of this name as they are kept."""
        kept = _KeptSecrets(opened.url, [_KeptSecret(one.text, one.until) for one in opened.secrets])
        return self._cipher.encrypt(msgspec.json.encode(kept).decode(), purpose=_purpose(name))

    def open(self, name: str, kept: str | None) -> ChannelSecrets:
        """Return the secrets of a channel; raises `SecretUnreadable`."""
        if kept is None:
            return ChannelSecrets()
        text = self._cipher.decrypt(kept, purpose=_purpose(name))
        read = msgspec.json.decode(text, type=_KeptSecrets)
        return ChannelSecrets(read.url, tuple(SigningSecret(one.text, one.until) for one in read.secrets))


def new_secret() -> str:
    """Make a secret in the form of Standard Webhooks."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def _purpose(name: str) -> str:
    return f"notification channel {name}"
