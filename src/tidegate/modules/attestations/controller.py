"""Attestations over HTTP: signed verdicts, and the keys that verify them."""

from __future__ import annotations

from flask import Response, request

from tidegate.domain.access import Permission
from tidegate.domain.canonical import digest_of
from tidegate.domain.dsse import MEDIA_TYPE
from tidegate.domain.errors import Conflict, Invalid, NotFound
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.conditional import Answer
from tidegate.kernel.http.use import use
from tidegate.modules.attestations import examples
from tidegate.modules.attestations.schemas import EnvelopeSchema, KeySetSchema
from tidegate.modules.attestations.service import AttestationService

blueprint = Blueprint("attestations", __name__, description="Verdicts, signed for strangers.")


@blueprint.get("/api/v1/verdicts/<verdict_id>/attestation")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, EnvelopeSchema, content_type=MEDIA_TYPE, example=examples.ATTESTATION)
@blueprint.tagged
@blueprint.problems(NotFound, Conflict, Invalid)
def attest_verdict(verdict_id: str) -> Response:
    """Sign a whole verdict.

    Every verdict, passing or not: an in-toto statement with gate version, evidence digests, waivers and
    expiry, in a DSSE envelope. It is made again from its inputs before it is signed, and the same verdict
    gives the same bytes. 404 where this server has no key.
    """
    return _envelope(use(AttestationService).verdict(verdict_id))


@blueprint.get("/api/v1/verdicts/<verdict_id>/vsa")
@blueprint.requires(Permission.READ, inside=True)
@blueprint.response(200, EnvelopeSchema, content_type=MEDIA_TYPE, example=examples.SUMMARY)
@blueprint.tagged
@blueprint.problems(NotFound, Conflict, Invalid)
def summarize_verdict(verdict_id: str) -> Response:
    """Sign a passing verdict as a SLSA verification summary.

    `https://slsa.dev/verification_summary/v1`, for SLSA's own verifiers. 409 where the verdict does not pass:
    its attestation holds the whole of it. 404 where this server has no key.
    """
    return _envelope(use(AttestationService).summary(verdict_id))


@blueprint.get("/.well-known/tidegate-keys.json")
@blueprint.public
@blueprint.response(200, KeySetSchema, example=examples.KEYS)
@blueprint.problems(NotFound)
def list_keys() -> Answer:
    """List the public keys that verify signed verdicts.

    The one in use first, then those that signed before: a JSON Web Key Set whose keys stand in PEM as well.
    Compare a key's id with what you were told by another way before you trust it. 404 where there is no key.
    """
    return {"keys": use(AttestationService).public_keys()}, 200, {"Cache-Control": "public, max-age=300"}


def _envelope(data: bytes) -> Response:
    response = Response(data, content_type=MEDIA_TYPE)
    response.set_etag(digest_of(data))
    response.make_conditional(request)
    return response
