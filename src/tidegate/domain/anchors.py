"""Anchors of the audit log: its head, signed and kept elsewhere, so that a rewritten log is found out.

An anchor is an in-toto statement whose subject is the digest of the log's last row, in the same kind of
envelope as a signed verdict. Its predicate type keeps the two apart: neither is taken for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tidegate.domain.attestation_terms import ANCHOR_TYPE, STATEMENT_TYPE
from tidegate.domain.audit import Head
from tidegate.domain.canonical import canonical_json
from tidegate.domain.dsse import NotTrusted, members, read_json
from tidegate.domain.times import read_time, write_time

if TYPE_CHECKING:
    from tidegate.domain.signing import PublicKey

_HEX = re.compile(r"[0-9a-f]{64}")
LONGEST_LINE = 16 * 1024
_SUBJECT = "tidegate:audit-log"
_STATEMENT = ("_type", "subject", "predicateType", "predicate")


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is signed: where the log ended at a time; `verifier` is the URI of whose log it is."""

    head: Head
    at: datetime
    verifier: str

    def statement(self) -> bytes:
        """Return the statement that is signed, as canonical JSON."""
        return canonical_json(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": _SUBJECT, "digest": {"sha256": self.head.hash.removeprefix("sha256:")}}],
                "predicateType": ANCHOR_TYPE,
                "predicate": {
                    "verifier": {"id": self.verifier},
                    "seq": self.head.seq,
                    "anchoredAt": write_time(self.at),
                },
            }
        )


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a file of anchors says, all of them signed by keys that are trusted.

    `heads` are the rows that they name, each once. `last` is the one that names the newest row, signed by
    the key `keyid`.
    """

    count: int
    heads: tuple[Head, ...]
    last: Anchor
    keyid: str


def read_anchor(line: bytes, keys: Mapping[str, PublicKey]) -> tuple[Anchor, str]:
    """Read a signed anchor and the id of the key that signed it; raises `NotTrusted`."""
    from tidegate.domain.signing import trusted_envelope  # slow to import, and needed for anchors alone

    if len(line) > LONGEST_LINE:
        raise NotTrusted(f"It has more than {LONGEST_LINE >> 10} KiB, which no anchor has.")
    envelope = trusted_envelope(line, keys)
    return _read(envelope.payload), envelope.keyid


def read_anchors(lines: Iterable[bytes], keys: Mapping[str, PublicKey]) -> Anchors:
    """Read a file of anchors, one a line; raises `NotTrusted` that names the line, also where there is none.

    One line that is not trusted spoils the file: somebody wrote into it who should not.
    """
    heads: dict[Head, None] = {}
    newest: tuple[Anchor, str] | None = None
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = read_anchor(line, keys)
        except NotTrusted as error:
            raise NotTrusted(f"Line {number} is no anchor that can be trusted. {error}") from None
        heads[found[0].head] = None
        count += 1
        if newest is None or found[0].head.seq >= newest[0].head.seq:
            newest = found
    if newest is None:
        raise NotTrusted("There is no anchor in it.")
    return Anchors(count, tuple(heads), *newest)


def _read(payload: bytes) -> Anchor:
    statement = members(read_json(payload, "The payload"), "The statement", _STATEMENT)
    if statement["predicateType"] != ANCHOR_TYPE:
        raise NotTrusted(f"predicateType is {statement['predicateType']!a}: it is no anchor of an audit log.")
    predicate = members(statement["predicate"], "The predicate", ("verifier", "seq", "anchoredAt"))
    verifier = members(predicate["verifier"], "The verifier", ("id",))["id"]
    seq, at, digest = predicate["seq"], predicate["anchoredAt"], _digest(statement["subject"])
    try:
        # Whatever else is wrong with one of them shows when the statement is written again.
        if type(seq) is int and seq > 0 and isinstance(at, str) and isinstance(verifier, str):
            anchor = Anchor(Head(seq, f"sha256:{digest}"), read_time(at), verifier)
            if anchor.statement() == payload:
                return anchor
    except ValueError:
        pass
    raise NotTrusted("Its statement is not written as Tidegate writes that of an anchor.")


def _digest(subjects: object) -> str:
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise NotTrusted("Its subject is not one row of an audit log.")
    subject = members(subjects[0], "The subject", ("name", "digest"))
    digest = members(subject["digest"], "The subject's digest", ("sha256",))["sha256"]
    if not isinstance(digest, str) or not _HEX.fullmatch(digest):
        raise NotTrusted("The subject's digest is not 64 hexadecimal digits.")
    return digest
