"""The audit log as a chain of digests: every row names the one before it, so no row can change unseen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tidegate.domain.canonical import Json, canonical_json, digest_of
from tidegate.domain.errors import Invalid
from tidegate.domain.times import read_time, write_time

GENESIS = digest_of(b"tidegate audit log, version 1")
"""What the first row names as the one before it."""

MAX_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened: who did what to which thing, with what. `seq` counts from 1 without gaps."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Json]

    def to_document(self) -> dict[str, Json]:
        """Return the entry as plain values."""
        return {
            "seq": self.seq,
            "at": write_time(self.at),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is kept: with the digest of the row before it and its own."""

    entry: Entry
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a log, recorded elsewhere: without it a log that was cut short looks complete."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found: `bad_seq` and `fault` speak of the first row that is not as it was written.

    `head` is the last row that is good, or None where there is none.
    """

    checked: int
    head: Head | None
    bad_seq: int | None = None
    fault: str | None = None

    @property
    def intact(self) -> bool:
        """Tell whether every row is as it was written."""
        return self.fault is None


def entry_hash(prev_hash: str, entry: Entry) -> str:
    """Return the digest that binds an entry to everything before it.

    It is taken over the canonical JSON of the entry with `prev_hash` beside its fields.
    Raises `ValueError` where the details hold what JSON cannot hold exactly.
    """
    return digest_of(canonical_json({**entry.to_document(), "prev_hash": prev_hash}))


def append(head: Head | None, entry: Entry) -> Row:
    """Bind the next entry to the log's head; raises `Invalid` where its number is not the next one."""
    prev_hash, expected = (GENESIS, 1) if head is None else (head.hash, head.seq + 1)
    if entry.seq != expected:
        raise Invalid(f"The next audit row has the number {expected}, not {entry.seq}.")
    return Row(entry, prev_hash, entry_hash(prev_hash, entry))


def verify(rows: Iterable[Row], expected: Iterable[Head] = (), after: Head | None = None) -> Report:
    """Check a log row by row, in constant memory, and stop at the first row that is not as it was written.

    `expected` are heads recorded earlier: the log must hold each of these rows, so they tell of a log that
    was cut short or rewritten. `after` starts in the middle: rows follow that one.
    """
    return _verify(((row, None) for row in rows), expected, after)


def verify_lines(lines: Iterable[bytes], expected: Iterable[Head] = (), after: Head | None = None) -> Report:
    """Check an export (`to_line`, one row a line) as `verify` does; a line that is no row is a fault too."""
    return _verify(_parsed(lines), expected, after)


def to_line(row: Row) -> bytes:
    """Write a row as one line of an NDJSON export, with its line end."""
    document: dict[str, Json] = {**row.entry.to_document(), "prev_hash": row.prev_hash, "hash": row.hash}
    return canonical_json(document) + b"\n"


def from_line(line: bytes) -> Row:
    """Read a line that `to_line` wrote; raises `ValueError` where it is none."""
    if len(line) > MAX_LINE:
        raise ValueError(f"the line has more than {MAX_LINE} bytes")
    try:
        document = json.loads(line, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("it is not JSON") from None
    if not isinstance(document, dict) or document.keys() != _FIELDS:
        raise ValueError("it does not hold the fields of an audit row")
    texts = {name: document[name] for name in ("at", "actor", "action", "subject", "prev_hash", "hash")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise ValueError(f"its {name} is not a text")
    seq, details = document["seq"], document["details"]
    if type(seq) is not int or not isinstance(details, dict):
        raise ValueError("its seq is not a number or its details are not a mapping")
    moment = read_time(texts["at"])
    if write_time(moment) != texts["at"]:
        raise ValueError("its time is not written as Tidegate writes times")
    entry = Entry(seq, moment, texts["actor"], texts["action"], texts["subject"], details)
    return Row(entry, texts["prev_hash"], texts["hash"])


_FIELDS = {"seq", "at", "actor", "action", "subject", "details", "prev_hash", "hash"}
_Read = tuple[Row | None, str | None]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse doubled names: two readers could take different ones for the row's content."""
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name stands in it twice")
    return document


def _parsed(lines: Iterable[bytes]) -> Iterator[_Read]:
    for line in lines:
        if not line.strip():
            continue
        try:
            row = from_line(line)
        except ValueError as error:
            yield None, f"the line is no audit row: {error}"
        else:
            yield row, None


def _verify(rows: Iterable[_Read], expected: Iterable[Head], after: Head | None) -> Report:
    recorded: dict[int, set[str]] = {}
    for one in expected:
        recorded.setdefault(one.seq, set()).add(one.hash)
    head = after
    checked = 0
    for row, unreadable in rows:
        fault = unreadable if row is None else _fault(head, row)
        if row is not None and fault is None:
            fault = _contradiction(row, recorded)
        if row is None or fault is not None:
            return Report(checked, head, (head.seq if head else 0) + 1, fault)
        head = Head(row.entry.seq, row.hash)
        checked += 1
    last, newest = head.seq if head else 0, max(recorded, default=0)
    if last < newest:
        what = f"the log ends at row {last}, and row {newest} was recorded: rows are missing at its end"
        return Report(checked, head, last + 1, what)
    return Report(checked, head)


def _fault(head: Head | None, row: Row) -> str | None:
    """Say what is wrong with a row that should follow the head."""
    prev_hash, seq = (GENESIS, 1) if head is None else (head.hash, head.seq + 1)
    if row.entry.seq > seq:
        gone = f"row {seq} is" if row.entry.seq == seq + 1 else f"rows {seq} to {row.entry.seq - 1} are"
        return f"row {row.entry.seq} stands here: {gone} missing or out of order"
    if row.entry.seq < seq:
        return f"row {row.entry.seq} stands here, out of order or a second time"
    if row.prev_hash != prev_hash:
        return f"row {seq} does not name the row before it: one of the two was replaced"
    try:
        computed = entry_hash(row.prev_hash, row.entry)
    except (ValueError, RecursionError) as error:
        return f"row {seq} was edited: {error}"
    return None if computed == row.hash else f"row {seq} was edited: its content does not match its digest"


def _contradiction(row: Row, recorded: Mapping[int, set[str]]) -> str | None:
    if recorded.get(row.entry.seq, {row.hash}) == {row.hash}:
        return None
    return f"row {row.entry.seq} is not the row that was recorded: the log was rewritten"
