"""Examples of the API's documentation: signed verdicts, and the key that verifies them."""

from __future__ import annotations

import base64
from typing import Any

from tidegate.domain.attestation_terms import (
    ENGINE_NAME,
    LEVEL,
    PASSED,
    SLSA_VERSION,
    STATEMENT_TYPE,
    SUMMARY_TYPE,
    VERDICT_TYPE,
)
from tidegate.domain.canonical import canonical_json
from tidegate.domain.dsse import PAYLOAD_TYPE

_COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
_KEYID = "9d" * 32
_COMMON: dict[str, Any] = {
    "verifier": {"id": "https://tidegate.example.org", "version": {ENGINE_NAME: "3"}},
    "timeVerified": "2026-11-21T02:26:49.120Z",
    "resourceUri": f"tidegate:component/harbour@{_COMMIT}?environment=production",
}
_GATE = {"uri": "tidegate:gate/production", "digest": {"sha256": "a1" * 32}}
_SUMMARY_STATEMENT: dict[str, Any] = {
    "_type": STATEMENT_TYPE,
    "subject": [{"name": "harbour", "digest": {"gitCommit": _COMMIT}}],
    "predicateType": SUMMARY_TYPE,
    "predicate": {
        **_COMMON,
        "policy": _GATE,
        "inputAttestations": [
            {"uri": "tidegate:evidence/sha256:" + "3f" * 32, "digest": {"sha256": "3f" * 32}}
        ],
        "verificationResult": PASSED,
        "verifiedLevels": [LEVEL],
        "slsaVersion": SLSA_VERSION,
    },
}
_VERDICT_STATEMENT: dict[str, Any] = {
    **_SUMMARY_STATEMENT,
    "predicateType": VERDICT_TYPE,
    "predicate": {
        **_COMMON,
        "gate": {"name": "production", **_GATE},
        "verdict": {
            "id": "01930b5c-6f0a-7a57-9d3c-1d4a2f3b7c91",
            "number": 1,
            "digest": {"sha256": "5c" * 32},
            "document": {"engine": "4", "state": "pass"},
        },
        "evidence": [],
        "waivers": [],
        "approvals": [],
        "expires": "2026-11-22T02:26:49.120Z",
    },
}


def _envelope(statement: dict[str, Any]) -> dict[str, Any]:
    return {
        "payload": base64.b64encode(canonical_json(statement)).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": _KEYID, "sig": base64.b64encode(bytes(64)).decode()}],
    }


ATTESTATION = _envelope(_VERDICT_STATEMENT)
SUMMARY = _envelope(_SUMMARY_STATEMENT)
KEYS: dict[str, Any] = {
    "keys": [
        {
            "kid": _KEYID,
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "pem": "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
            "signs": True,
        }
    ]
}
