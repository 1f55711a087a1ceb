"""Gates over HTTP: declare, read, lint."""

from __future__ import annotations

import msgspec
from flask import Response

from tidegate.domain.access import Permission
from tidegate.domain.errors import Invalid, NotFound
from tidegate.domain.gate_schema import gate_schema
from tidegate.kernel.http.api import Blueprint
from tidegate.kernel.http.bodies import json_or_yaml
from tidegate.kernel.http.conditional import Answer, answer, if_digest_matches
from tidegate.kernel.http.pagination import paged
from tidegate.kernel.http.use import use
from tidegate.kernel.pagination import PageRequest
from tidegate.modules.gates import examples
from tidegate.modules.gates.schemas import DeclarationQuery, GateVersionSchema, LintSchema, gate_body
from tidegate.modules.gates.service import GateService

blueprint = Blueprint(
    "gates",
    __name__,
    url_prefix="/api/v1",
    description="Declarations about evidence, in versions that never change.",
)

_YAML_EXAMPLE = """name: production
title: What may go to production
rules:
  - id: tests-pass
    title: Every test passes
    that: tests.failed == 0 && tests.errors == 0
    needs: [tests]
    max_age: 24h
"""
_DECLARED = gate_body(examples.DOCUMENT, _YAML_EXAMPLE)
_LINTED = gate_body(examples.DOCUMENT, _YAML_EXAMPLE)


@blueprint.put("/gates/<gate>")
@blueprint.requires(Permission.DECLARE_GATE)
@blueprint.arguments(DeclarationQuery, location="query", as_kwargs=True)
@blueprint.response(200, GateVersionSchema, example=examples.VERSION, description="It was in force already.")
@blueprint.alt_response(
    201, schema=GateVersionSchema, example=examples.VERSION, description="A new version is in force."
)
@blueprint.optionally_conditional
@blueprint.problems(Invalid, "malformed", "too-large", "unsupported-media-type")
@blueprint.doc(requestBody=_DECLARED)
@blueprint.main_job(2, "Declare what its evidence must show.")
def declare_gate(gate: str, reason: str) -> Answer:
    """Put a version of a gate in force.

    The same content makes no new version, so it is safe to repeat. Gates that extend this one are lifted with
    it; the declaration is refused where one of them would then ask for less than its floor. With
    `If-Match` no version is replaced but the one that was read.
    """
    version, new = use(GateService).declare(
        json_or_yaml(), name=gate, reason=reason, condition=if_digest_matches()
    )
    status, location = (201, f"/api/v1/gate-versions/{version.digest}") if new else (200, None)
    return answer(version, status=status, version=version.digest, location=location)


@blueprint.get("/gates")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(GateVersionSchema, example=examples.VERSION)
def list_gates(page: PageRequest) -> Answer:
    """List the gates, each in its version in force.

    In the order of their names.
    """
    return paged(use(GateService).gates(page))


@blueprint.get("/gates/<gate>")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, GateVersionSchema, example=examples.VERSION)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_gate(gate: str) -> Answer:
    """Show a gate in its version in force.

    Its `ETag` is the version's digest.
    """
    version = use(GateService).gate(gate)
    return answer(version, version=version.digest)


@blueprint.get("/gates/<gate>/versions")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.page_of(GateVersionSchema, example=examples.VERSION)
@blueprint.problems(NotFound)
def list_gate_versions(page: PageRequest, gate: str) -> Answer:
    """List a gate's versions, newest first.

    The one in force is not always the newest: an older one may be declared again.
    """
    return paged(use(GateService).versions(gate, page))


@blueprint.get("/gate-versions/<digest>")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, GateVersionSchema, example=examples.VERSION)
@blueprint.tagged
@blueprint.problems(NotFound)
def show_gate_version(digest: str) -> Answer:
    """Show a version of a gate by its digest.

    Verdicts name the version that they were given by.
    """
    version = use(GateService).version(digest)
    return answer(version, version=version.digest)


@blueprint.post("/gate-lint")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(200, LintSchema, example=examples.LINT)
@blueprint.problems("malformed", "invalid", "too-large", "unsupported-media-type")
@blueprint.doc(requestBody=_LINTED)
def lint_gate() -> Answer:
    """Find what is wrong with a gate's document, and what is doubtful.

    Every fault comes with its place and how to fix it; as YAML with line and column. Nothing is recorded.
    """
    return answer(use(GateService).lint(json_or_yaml()))


@blueprint.get("/gate-schema")
@blueprint.requires(Permission.READ_DECLARATIONS)
@blueprint.response(
    200,
    {"type": "object"},
    content_type="application/schema+json",
    example={"$schema": "https://json-schema.org/draft/2020-12/schema"},
)
def show_gate_schema() -> Response:
    """Show the JSON Schema of a gate's document.

    For editors and linters; what the schema cannot say, such as which measures there are, the lint does.
    """
    return Response(msgspec.json.encode(gate_schema()), content_type="application/schema+json")
