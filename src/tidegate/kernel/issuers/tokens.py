"""Signed tokens (JWS in compact form): read within limits, verified with keys that the issuer published."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from tidegate.domain.canonical import Json
from tidegate.domain.issued_tokens import TokenCheck, TokenRefused
from tidegate.kernel.issuers.keys import ALGORITHMS, VerifyingKey

LONGEST = 32 * 1024
_LONGEST_HEADER = 4096
_LONGEST_NAME = 500
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token as it came. Nothing in it is believed: `issuer` and `kid` only say which key to try."""

    text: str
    algorithm: str
    kid: str | None
    issuer: str

    def claims(self, keys: Iterable[VerifyingKey]) -> Mapping[str, Json]:
        """Return what a token says that one of these keys has signed; raises `TokenRefused`.

        A token without a key's name is verified where just one key can have signed it.
        """
        fitting = [key for key in keys if key.algorithm == self.algorithm and self.kid in (None, key.kid)]
        if not fitting or (self.kid is None and len(fitting) > 1):
            raise TokenRefused(TokenCheck.KEY, "its issuer publishes no key of the name that it gives")
        for key in fitting:
            payload = _signed_payload(self.text, key)
            if payload is not None:
                return _object(payload)
        raise TokenRefused(TokenCheck.SIGNATURE, "no key of its issuer has signed it")


def read_token(text: str) -> UnverifiedToken:
    """Read a token without believing it; raises `TokenRefused` for what cannot be one.

    Keys, and addresses of keys, that a token brings itself (`jwk`, `jku`, `x5u`, `x5c`) are never looked at.
    """
    if len(text) > LONGEST:
        raise TokenRefused(TokenCheck.FORM, f"it is longer than {LONGEST:,} characters")
    if not _FORM.fullmatch(text):
        raise TokenRefused(TokenCheck.FORM, "it is no signed token: three parts with dots between them")
    head, body, _ = text.split(".")
    if len(head) > _LONGEST_HEADER:
        raise TokenRefused(TokenCheck.FORM, "its header is too long")
    header, claims = _object(_decoded(head)), _object(_decoded(body))
    algorithm, kid, issuer = header.get("alg"), header.get("kid"), claims.get("iss")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefused(TokenCheck.ALGORITHM, f"it has to be signed with {' or '.join(ALGORITHMS)}")
    if "crit" in header or "b64" in header:
        raise TokenRefused(TokenCheck.FORM, "its header asks for what is not known here")
    if not (kid is None or isinstance(kid, str)):
        raise TokenRefused(TokenCheck.FORM, "the name of its key is no text")
    if not isinstance(issuer, str) or not 0 < len(issuer) <= _LONGEST_NAME:
        raise TokenRefused(TokenCheck.ISSUER, "it does not name its issuer")
    return UnverifiedToken(text, algorithm, kid, issuer)


def _signed_payload(text: str, key: VerifyingKey) -> bytes | None:
    """Return what the key has signed, None where it has not signed this."""
    from joserfc import jws  # slow to import, and needed for tokens of issuers alone
    from joserfc.errors import JoseError

    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length, registry.max_payload_length = _LONGEST_HEADER, LONGEST
    try:
        return jws.deserialize_compact(text, key.key, [key.algorithm], registry).payload
    except (JoseError, ValueError):
        return None


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise TokenRefused(TokenCheck.FORM, "its parts are not base64") from error


def _object(data: bytes) -> Mapping[str, Json]:
    try:
        document: Json = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TokenRefused(TokenCheck.FORM, "its parts are not JSON") from error
    if not isinstance(document, dict):
        raise TokenRefused(TokenCheck.FORM, "its parts are not JSON objects")
    return document
