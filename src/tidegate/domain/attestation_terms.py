"""What signed verdicts are called: the types of their statements, what they claim, and the URIs in them."""

from __future__ import annotations

from urllib.parse import quote

from tidegate.domain.evidence import Subject

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
SUMMARY_TYPE = "https://slsa.dev/verification_summary/v1"
VERDICT_TYPE = "https://tidegate.dev/attestations/verdict/v1"
ANCHOR_TYPE = "https://tidegate.dev/attestations/audit-anchor/v1"
PASSED = "PASSED"
LEVEL = "TIDEGATE_GATE_PASSED"
"""What a summary claims: that the gate passed. Nothing is claimed of any level of SLSA's own tracks."""

SLSA_VERSION = "1.2"
ENGINE_NAME = "tidegate-engine"


def resource_uri(subject: Subject) -> str:
    """Name what may ship where: `tidegate:component/NAME@COMMIT?environment=NAME`."""
    uri = f"tidegate:component/{quote(subject.component, safe='')}@{quote(subject.revision, safe='')}"
    return uri if subject.environment is None else f"{uri}?environment={quote(subject.environment, safe='')}"


def gate_uri(name: str) -> str:
    """Name a gate: `tidegate:gate/NAME`; which of its versions, its digest says."""
    return f"tidegate:gate/{quote(name, safe='')}"
