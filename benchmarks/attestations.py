"""How many signed verdicts a core verifies in a second, beside a library that checks signatures alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from securesystemslib import dsse
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # its __init__ has no __all__

from benchmarks.table import Row
from tidegate.domain.attestations import Attested, summary_statement, verdict_statement
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind
from tidegate.domain.replays import Inputs
from tidegate.domain.signed_verdicts import read_signed_verdict
from tidegate.domain.signing import SigningKey, by_keyid

LEAST = 2_000
"""Verifications that one core must make in a second, of processor time."""

ROUNDS = 7
VERIFICATIONS = 500

_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
_RULES = [
    {
        "id": "tests-pass",
        "that": "tests.failed == 0 && tests.errors == 0",
        "needs": ["tests"],
        "max_age": "24h",
    },
    {"id": "lint-clean", "that": "findings.total == 0", "needs": ["lint"], "max_age": "24h"},
]


def verifications() -> list[Row]:
    """Verify and read a summary and a whole verdict, beside securesystemslib's check of the signature."""
    key = SigningKey.generate()
    attested = _attested()
    return [
        _row("signed summaries verified and read", key, summary_statement(attested)),
        _row("signed verdicts of two rules verified and read", key, verdict_statement(attested)),
    ]


def _row(name: str, key: SigningKey, statement: bytes) -> Row:
    envelope, keys = key.sign(statement).to_bytes(), by_keyid([key.public])
    peer = SSlibKey(key.public.keyid, "ed25519", "ed25519", {"public": key.public.raw.hex()})

    def theirs() -> None:
        dsse.Envelope.from_dict(json.loads(envelope)).verify([peer], 1)

    rates = [(_rate(lambda: read_signed_verdict(envelope, keys)), _rate(theirs)) for _ in range(ROUNDS)]
    own, other = (statistics.median(each) for each in zip(*rates, strict=True))
    met = own >= LEAST
    return Row(
        name, own, "1/s of processor", "securesystemslib", other, own / other, f">= {LEAST:,} 1/s", met
    )


def _rate(verify: Callable[[], object]) -> float:
    before = time.process_time()
    for _ in range(VERIFICATIONS):
        verify()
    return VERIFICATIONS / (time.process_time() - before)


def _attested() -> Attested:
    taken = _AT - timedelta(hours=1)
    evidence = [
        Evidence("sha256:" + "1" * 64, "junit.xml", Kind.TESTS, "junit", "pytest", taken, _TESTS),
        Evidence(
            "sha256:" + "2" * 64, "flake8.txt", Kind.LINT, "flake8", "flake8", taken, {"findings.total": 0}
        ),
    ]
    gate = complete(draft_of({"name": "production", "rules": _RULES}))
    inputs = Inputs.of(gate, evidence, (), _AT, Subject("shop", "0f" * 20, "production"))
    return Attested("1", 1, inputs.judge(), inputs, "https://tidegate.example.org")


_TESTS = {"tests.failed": 0, "tests.errors": 0, "tests.passed": 100}
ROWS: tuple[Callable[[], list[Row]], ...] = (verifications,)
"""The functions that `make bench` calls."""
