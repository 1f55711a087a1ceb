"""How signed verdicts and keys look over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from tidegate.domain.dsse import PAYLOAD_TYPE


def _text(description: str) -> fields.String:
    return fields.String(required=True, metadata={"description": description})


def _constant(value: str) -> fields.Constant[str]:
    return fields.Constant(value, metadata={"type": "string", "enum": [value]})


class SignatureSchema(Schema):
    """A signature over DSSE's encoding of the payload and its type."""

    keyid = _text("The SHA-256 of the public key's DER (SubjectPublicKeyInfo), in hexadecimal digits.")
    sig = _text("The signature by Ed25519, in base64.")


class EnvelopeSchema(Schema):
    """A DSSE envelope; its bytes are canonical JSON and have to be kept as they are."""

    payload = _text("The in-toto statement, in base64.")
    payload_type = fields.String(
        data_key="payloadType",
        required=True,
        validate=validate.Equal(PAYLOAD_TYPE),
        metadata={"description": "What the payload is."},
    )
    signatures = fields.List(
        fields.Nested(SignatureSchema), required=True, metadata={"description": "Exactly one."}
    )


class VerificationKeySchema(Schema):
    """A key that verifies: a JSON Web Key (RFC 8037), and the same in PEM."""

    kid = fields.String(
        attribute="keyid", required=True, metadata={"description": "The `keyid` of its signatures."}
    )
    kty = _constant("OKP")
    crv = _constant("Ed25519")
    use = _constant("sig")
    x = _text("The key's bytes, in base64url.")
    pem = _text("The key as a file that `tidegate verdict verify --key` and others read.")
    signs = fields.Boolean(
        required=True, metadata={"description": "Whether it signs now; the others signed before."}
    )


class KeySetSchema(Schema):
    """The keys that verify what this server signs, the one in use first."""

    keys = fields.List(fields.Nested(VerificationKeySchema), required=True)
