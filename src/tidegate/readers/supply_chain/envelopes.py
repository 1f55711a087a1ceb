"""In-toto statements taken out of what carries them: a DSSE envelope, a Sigstore bundle, or nothing."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

import msgspec

from tidegate.domain.dsse import MOST_BYTES, PAYLOAD_TYPE
from tidegate.readers.base import Limits, Signed, Source, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, read_text

REMAKE = "the builder itself, one attestation a file"
_BUNDLE_TYPE = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(\+json;version=0\.[123]|\.v0\.[3-9]\+json)"
)
_SEVERAL = re.compile(rb"\A[^\r\n]*\}[ \t]*\r?\n\s*\{")
_UNSAFE = re.compile(r"[^A-Za-z0-9 ./:;+=_@#?-]+")


class _Signature(msgspec.Struct):
    sig: str
    keyid: str | None = None
    cert: str | None = None


class _Envelope(msgspec.Struct):
    payload: str
    payload_type: str = msgspec.field(name="payloadType")
    signatures: list[_Signature]


class _Material(msgspec.Struct, rename="camel"):
    certificate: object = None
    x509_certificate_chain: object = None


class _Bundle(msgspec.Struct, rename="camel"):
    media_type: str
    verification_material: _Material | None = None
    dsse_envelope: _Envelope | None = None


class _Root(msgspec.Struct, rename="camel"):
    """What tells a bundle from an envelope from a statement: the members that are there."""

    media_type: object = msgspec.UNSET
    dsse_envelope: object = msgspec.UNSET
    payload: object = msgspec.UNSET
    payload_type: object = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class Opened:
    """A statement as it was carried; `signed` is None for one that nobody has signed."""

    statement: Source
    signed: Signed | None


def carries_statement(source: Source) -> bool:
    """Tell whether a report is a statement or what carries one, by the keys of its beginning."""
    seen = preview(source)
    return (
        "sigstore.bundle" in seen.keys.get("mediaType", "")
        or "in-toto.io/Statement" in seen.keys.get("_type", "")
        or seen.has("dsseEnvelope")
        or seen.has("payload", "payloadType")
        # Where the rest was cut off; `{` in base64, before a quote, a space or a line end.
        or seen.keys.get("payload", "").startswith(("ey", "ew"))
        or seen.has("predicateType", "subject")
    )


def open_statement(source: Source, limits: Limits) -> Opened:
    """Take the statement out, unverified; raises `Unreadable`."""
    if source.size > MOST_BYTES:
        raise Unreadable(
            f"The report has {source.size:,} bytes, and no more than {MOST_BYTES:,} are read of an"
            " attestation: let the builder leave out what is no provenance, such as logs."
        )
    _refuse_several(source)
    data = read_text(source, limits, remake=REMAKE)
    root = decode(data, _Root, remake=REMAKE)
    if root.media_type is not msgspec.UNSET or root.dsse_envelope is not msgspec.UNSET:
        return _from_bundle(decode(data, _Bundle, remake=REMAKE), source)
    if root.payload is not msgspec.UNSET or root.payload_type is not msgspec.UNSET:
        return _from_envelope(decode(data, _Envelope, remake=REMAKE), source, keyless=False)
    return Opened(source, None)


def plain(text: str) -> str:
    """Write a text of the report so that it can stand in a message."""
    return _UNSAFE.sub("", text)[:80] or "empty"


def _refuse_several(source: Source) -> None:
    """Refuse attestations one a line, of which only the first would count."""
    if _SEVERAL.match(source.head.lstrip()):
        raise Unreadable(
            "The file holds several attestations, one a line, and one a file is read: take them apart with"
            " `split --lines 1 --additional-suffix .json FILE provenance-`."
        )


def _from_bundle(bundle: _Bundle, source: Source) -> Opened:
    if _BUNDLE_TYPE.fullmatch(bundle.media_type) is None:
        raise Unreadable(
            f"The bundle's mediaType is {plain(bundle.media_type)}, and Sigstore bundles from 0.1 on are"
            " read."
        )
    if bundle.dsse_envelope is None:
        raise Unreadable(
            "The Sigstore bundle holds no dsseEnvelope: it is a signature of a file, which says nothing of"
            " how it was built. Submit the bundle of the attestation (`cosign attest-blob`, `gh attestation"
            " download`)."
        )
    material = bundle.verification_material or _Material()
    keyless = material.certificate is not None or material.x509_certificate_chain is not None
    return _from_envelope(bundle.dsse_envelope, source, keyless=keyless)


def _from_envelope(envelope: _Envelope, source: Source, *, keyless: bool) -> Opened:
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Unreadable(
            f"The envelope's payloadType is {plain(envelope.payload_type)}, and provenance is"
            f" {PAYLOAD_TYPE}: submit the builder's attestation."
        )
    if len(envelope.signatures) > 1:
        raise Unreadable(
            f"The envelope holds {len(envelope.signatures)} signatures, and one is read: which of them must"
            " hold nobody said. Let the builder sign it once."
        )
    payload = _bytes_of(envelope.payload, "payload")
    statement = Source.of_bytes(payload, source.name)
    if not envelope.signatures:
        return Opened(statement, None)
    (one,) = envelope.signatures
    signature = _bytes_of(one.sig, "signature")
    if not signature:
        return Opened(statement, None)
    return Opened(statement, Signed(payload, signature, one.keyid or "", keyless or bool(one.cert)))


def _bytes_of(text: str, what: str) -> bytes:
    """Read base64 with its padding, in either alphabet as DSSE asks; raises `Unreadable`."""
    url_safe = "-" in text or "_" in text
    try:
        raw = base64.b64decode(text, altchars=b"-_" if url_safe else None, validate=True)
    except (binascii.Error, ValueError):
        raw = None
    # The last digit holds bits that no byte takes: other digits would be read the same.
    write = base64.urlsafe_b64encode if url_safe else base64.b64encode
    if raw is None or write(raw).decode() != text:
        raise Unreadable(
            f"The envelope's {what} is not base64 as RFC 4648 writes it: the file was changed or cut. Let"
            " the builder write it again."
        )
    return raw
