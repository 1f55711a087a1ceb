"""Signed verdicts for tests: keys of their own, verdicts that pass and that do not, and mutations."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.domain.attestations import Attested, summary_statement, verdict_statement
from tidegate.domain.canonical import canonical_json, digest_of
from tidegate.domain.dsse import Envelope
from tidegate.domain.evidence import Evidence, Subject
from tidegate.domain.gate_documents import draft_of
from tidegate.domain.inheritance import complete
from tidegate.domain.measures import Kind
from tidegate.domain.replays import Inputs
from tidegate.domain.signing import SigningKey
from tidegate.domain.waivers import Waiver

COMMIT = "8c1f0f6a1f2b3c4d5e6f708192a3b4c5d6e7f809"
ARTIFACT = "sha256:" + "be" * 32
AT = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
VERIFIER = "https://tidegate.example.org"
GATE: dict[str, Any] = {
    "name": "production",
    "rules": [
        {"id": "tests-pass", "that": "tests.failed == 0", "needs": ["tests"], "max_age": "24h"},
        {"id": "lint-clean", "that": "findings.total == 0", "needs": ["lint"], "on": "warn", "max_age": "1h"},
    ],
}
# Not secret: the key is made of its place in a row, so that the same test signs the same bytes.
KEY, OTHER_KEY = (SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2))


def inputs(*, failed: int = 0, waivers: tuple[Waiver, ...] = ()) -> Inputs:
    """Gather what a verdict is made of: tests two hours old, lint half an hour."""
    evidence = [
        Evidence(
            digest_of(b"tests"),
            "junit.xml",
            Kind.TESTS,
            "junit",
            "pytest",
            AT - timedelta(hours=2),
            {"tests.failed": failed, "tests.passed": 7},
        ),
        Evidence(
            digest_of(b"lint"),
            "flake8.txt",
            Kind.LINT,
            "flake8",
            "flake8",
            AT - timedelta(minutes=30),
            {"findings.total": 3},
        ),
    ]
    subject = Subject("harbour", COMMIT, "production")
    return Inputs.of(complete(draft_of(GATE)), evidence, waivers, AT, subject)


def attested(*, failed: int = 0, artifact: str | None = None, waivers: tuple[Waiver, ...] = ()) -> Attested:
    """Judge, and say who says so."""
    made_of = inputs(failed=failed, waivers=waivers)
    return Attested("7", 1, made_of.judge(), made_of, VERIFIER, artifact)


def signed_summary(key: SigningKey = KEY, **of: Any) -> bytes:
    """Sign SLSA's summary of a verdict that passes."""
    return key.sign(summary_statement(attested(**of))).to_bytes()


def signed_verdict(key: SigningKey = KEY, **of: Any) -> bytes:
    """Sign a whole verdict."""
    return key.sign(verdict_statement(attested(**of))).to_bytes()


def statement_of(envelope: bytes) -> dict[str, Any]:
    """Return what an envelope holds, believing all of it."""
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    return found


def signed_again(envelope: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change what an envelope holds and sign it with the same key: what only its owner could do."""
    statement = statement_of(envelope)
    change(statement)
    return KEY.sign(canonical_json(statement)).to_bytes()


def mutations(envelope: bytes, count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield `count` envelopes that differ from a good one, each with the name of what was done to it."""
    names = list(_MUTATIONS)
    for number in range(count):
        name = names[number % len(names)]
        changed = _MUTATIONS[name](envelope, chance)
        # Chance may put back what was there; that is no mutation.
        while changed == envelope:
            changed = _MUTATIONS[name](envelope, chance)
        yield name, changed


def _bit(envelope: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(envelope))
    return envelope[:place] + bytes([envelope[place] ^ 1 << chance.randrange(8)]) + envelope[place + 1 :]


def _byte(envelope: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(envelope))
    return envelope[:place] + bytes([chance.randrange(256)]) + envelope[place + 1 :]


def _cut(envelope: bytes, chance: random.Random) -> bytes:
    return envelope[: chance.randrange(len(envelope))]


def _hole(envelope: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(envelope))
    return envelope[:start] + envelope[start + chance.randint(1, 40) :]


def _added(envelope: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(envelope) + 1)
    more = bytes(chance.choice(b' \t\n{}[]",:=A\x00') for _ in range(chance.randint(1, 3)))
    changed = envelope[:place] + more + envelope[place:]
    # One line end after it is allowed, and no mutation.
    return envelope if changed == envelope + b"\n" else changed


def _swapped(envelope: bytes, chance: random.Random) -> bytes:
    one, other = sorted(chance.sample(range(len(envelope)), 2))
    return (
        envelope[:one]
        + envelope[other : other + 1]
        + envelope[one + 1 : other]
        + envelope[one : one + 1]
        + envelope[other + 1 :]
    )


def _reordered(envelope: bytes, chance: random.Random) -> bytes:
    members = list(json.loads(envelope).items())
    chance.shuffle(members)
    return json.dumps(dict(members), separators=chance.choice(((",", ":"), (", ", ": ")))).encode()


def _payload_bit(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    document["payload"] = base64.b64encode(_bit(base64.b64decode(document["payload"]), chance)).decode()
    return canonical_json(document)


def _signature_bit(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    signature = document["signatures"][0]
    signature["sig"] = base64.b64encode(_bit(base64.b64decode(signature["sig"]), chance)).decode()
    return canonical_json(document)


def _other_order(envelope: bytes, chance: random.Random) -> bytes:
    """Add the group's order to the signature's second half: the same point, written in another way."""
    document = json.loads(envelope)
    signature = document["signatures"][0]
    raw = base64.b64decode(signature["sig"])
    order = 2**252 + 27742317777372353535851937790883648493
    second = int.from_bytes(raw[32:], "little") + chance.randint(1, 14) * order
    signature["sig"] = base64.b64encode(raw[:32] + (second % 2**256).to_bytes(32, "little")).decode()
    return canonical_json(document)


def _other_type(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    document["payloadType"] = chance.choice(("text/plain", "application/vnd.in-toto+JSON", "", None, 7))
    return canonical_json(document)


def _other_keyid(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    ids = (OTHER_KEY.public.keyid, "", None, KEY.public.keyid.upper(), f"{chance.getrandbits(256):064x}")
    document["signatures"][0]["keyid"] = chance.choice(ids)
    return canonical_json(document)


def _other_signatures(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    own = document["signatures"][0]
    other = {**own, "keyid": OTHER_KEY.public.keyid}
    document["signatures"] = chance.choice(([], [own, own], [own, other], [other, own], own, None, [None]))
    return canonical_json(document)


def _more_members(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    place = chance.choice((document, document["signatures"][0]))
    place[chance.choice(("cert", "note", "payload ", "_type"))] = chance.choice(("", 0, None, []))
    return canonical_json(document)


def _fewer_members(envelope: bytes, chance: random.Random) -> bytes:
    document = json.loads(envelope)
    place = chance.choice((document, document["signatures"][0]))
    del place[chance.choice(list(place))]
    return canonical_json(document)


def _twice(envelope: bytes, chance: random.Random) -> bytes:
    name = chance.choice(("payload", "payloadType", "signatures"))
    value = json.dumps(json.loads(envelope)[name], separators=(",", ":"))
    return envelope[:-1] + f',"{name}":{value}}}'.encode()


def _escaped(envelope: bytes, chance: random.Random) -> bytes:
    """Write one letter of the text as an escape: the same JSON in other bytes."""
    letters = [place for place, sign in enumerate(envelope) if chr(sign).isalnum()]
    place = chance.choice(letters)
    return envelope[:place] + f"\\u{envelope[place]:04x}".encode() + envelope[place + 1 :]


def _other_digit(envelope: bytes, chance: random.Random) -> bytes:
    """Change the bits of the signature's last base64 digit that no byte takes."""
    document = json.loads(envelope)
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    text = document["signatures"][0]["sig"].rstrip("=")
    last = digits.index(text[-1]) & 0b110000 | chance.randrange(16)
    document["signatures"][0]["sig"] = text[:-1] + digits[last] + chance.choice(("==", "=", ""))
    return canonical_json(document)


def _resigned(envelope: bytes, chance: random.Random) -> bytes:
    """Sign something else with a key that nobody trusts, and say that it is the one that is."""
    payload = _bit(base64.b64decode(json.loads(envelope)["payload"]), chance)
    return Envelope(payload, KEY.public.keyid, OTHER_KEY.sign(payload).signature).to_bytes()


def _unsigned_fields(envelope: bytes, chance: random.Random) -> bytes:
    """Change what the statement says, and leave the signature as it is."""
    document, statement = json.loads(envelope), statement_of(envelope)
    place: Any = statement
    while isinstance(place, (dict, list)) and place:
        holder, name = place, chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        place = place[name]
    holder[name] = chance.choice(("pass", "PASSED", "production", "", 1, None, [], {}, True))
    document["payload"] = base64.b64encode(canonical_json(statement)).decode()
    return canonical_json(document)


_MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bit": _bit,
    "byte": _byte,
    "cut off": _cut,
    "hole": _hole,
    "added": _added,
    "swapped": _swapped,
    "re-ordered": _reordered,
    "payload's bit": _payload_bit,
    "signature's bit": _signature_bit,
    "signature plus the group's order": _other_order,
    "payload's type": _other_type,
    "key id": _other_keyid,
    "signatures": _other_signatures,
    "more members": _more_members,
    "fewer members": _fewer_members,
    "member twice": _twice,
    "escape": _escaped,
    "base64's spare bits": _other_digit,
    "signed by another": _resigned,
    "statement's fields": _unsigned_fields,
}
