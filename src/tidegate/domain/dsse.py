"""DSSE envelopes (v1) around in-toto statements: what is signed, how it is written, how it is read."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.domain.errors import TidegateError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MEDIA_TYPE = "application/vnd.dsse.envelope.v1+json"
MOST_BYTES = 16 * 1024 * 1024

_KEYID = re.compile(r"[0-9a-f]{64}")
_SIGNATURE_BYTES = 64  # of Ed25519


class NotTrusted(TidegateError):
    """A document that is not, byte for byte, what a trusted key signed; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with the one signature over it; `keyid` names the key as `domain.signing` does."""

    payload: bytes
    keyid: str
    signature: bytes

    def to_bytes(self) -> bytes:
        """Write the envelope as canonical JSON: equal envelopes are equal bytes."""
        # Nothing in it needs an escape, and verifying a thousand envelopes should not wait for an encoder.
        return b'{"payload":"%b","payloadType":"%b","signatures":[{"keyid":"%b","sig":"%b"}]}' % (
            base64.b64encode(self.payload),
            PAYLOAD_TYPE.encode(),
            self.keyid.encode(),
            base64.b64encode(self.signature),
        )


def signed_bytes(payload: bytes) -> bytes:
    """Return what is signed: DSSE's pre-authentication encoding (PAE) of the payload and its type."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_envelope(data: bytes) -> Envelope:
    """Read an envelope; a line end after it does not count. Raises `NotTrusted`.

    Only what `to_bytes` writes is read: there is one way to write an envelope, so that whatever else was done
    to the file shows, even where the signature would still hold.
    """
    if len(data) > MOST_BYTES:
        raise NotTrusted(f"It holds more than {MOST_BYTES >> 20} MiB, which no signed verdict does.")
    data = data.removesuffix(b"\n")
    outer = members(read_json(data, "The envelope"), "The envelope", ("payload", "payloadType", "signatures"))
    if outer["payloadType"] != PAYLOAD_TYPE:
        raise NotTrusted(f"payloadType is {outer['payloadType']!a}, and only {PAYLOAD_TYPE} is read.")
    signatures = outer["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        count = len(signatures) if isinstance(signatures, list) else "no list of them"
        raise NotTrusted(f"signatures holds {count}, and Tidegate signs once.")
    signature = members(signatures[0], "The signature", ("keyid", "sig"))
    keyid = signature["keyid"]
    if not isinstance(keyid, str) or _KEYID.fullmatch(keyid) is None:
        raise NotTrusted("keyid is not the SHA-256 of a key: 64 hexadecimal digits.")
    raw = _decode(signature["sig"], "sig")
    if len(raw) != _SIGNATURE_BYTES:
        raise NotTrusted(f"sig holds {len(raw)} bytes, and a signature by Ed25519 has {_SIGNATURE_BYTES}.")
    envelope = Envelope(_decode(outer["payload"], "payload"), keyid, raw)
    if envelope.to_bytes() != data:
        raise NotTrusted(
            "The envelope is not written as Tidegate writes it: spaces, the order of members or escapes were "
            "changed, or a member stands twice. Fetch it again, and keep the file as it is."
        )
    return envelope


def read_json(data: bytes, what: str) -> object:
    """Read JSON in UTF-8; raises `NotTrusted`. The caller compares it with its canonical form.

    That finds members that stand twice as well, of which readers differ in which one they take.
    """
    try:
        found: object = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotTrusted(f"{what} is not JSON in UTF-8.") from None
    return found


def members(value: object, what: str, names: tuple[str, ...]) -> Mapping[str, object]:
    """Return an object that has exactly these members; raises `NotTrusted`."""
    if not isinstance(value, dict):
        raise NotTrusted(f"{what} is not a JSON object.")
    if missing := [name for name in names if name not in value]:
        raise NotTrusted(f"{what} lacks {', '.join(missing)}.")
    if more := sorted(value.keys() - set(names)):
        raise NotTrusted(f"{what} holds {more[0]!a}, which Tidegate does not write.")
    return value


def _decode(value: object, where: str) -> bytes:
    """Read base64 with its padding, of which there is one spelling; raises `NotTrusted`."""
    try:
        raw = base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        raw = None
    # The last digit holds bits that no byte takes: other digits would be read the same.
    if raw is None or base64.b64encode(raw).decode() != value:
        raise NotTrusted(f"{where} is not base64 as RFC 4648 writes it, with padding and nothing else.")
    return raw
