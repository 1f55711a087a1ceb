"""What a reader is: the contract, what it reads from, how much it may read, and what it gives back."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeAlias

from tidegate.domain.errors import TidegateError
from tidegate.domain.evidence import ToolRun
from tidegate.domain.findings import Case, Finding
from tidegate.domain.measures import Kind, Value
from tidegate.domain.source_lines import SourceLines

MAX_COUNT = 2**40
"""The largest count that a report may give; sums of thousands of them stay exact in JSON."""


class Unreadable(TidegateError):
    """A report that cannot be understood; says what was wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a report may ask of the machine that reads it."""

    max_bytes: int = 256 * 1024 * 1024
    max_depth: int = 200
    max_items: int = 5_000_000
    max_lines: int = (
        20_000_000  # lines of source that a coverage report may list and still be joined with others
    )
    max_text: int = 64 * 1024  # characters of one text that is kept; longer texts are cut, never refused


@dataclass(frozen=True, slots=True)
class Trust:
    """By which keys signed reports are believed: texts of public keys in PEM, none where nobody gave one.

    `timezone` is where tools wrote times that name no zone, as an IANA name; "" where nobody said it.
    `artifact` is the digest (`sha256:…`) of what is to be shipped, which a signed report then has to name.
    Readers know nothing of it: what they read of a signed report has not run until `read_evidence` verified
    its signature.
    """

    provenance_keys: tuple[str, ...] = ()
    artifact: str = ""
    timezone: str = ""


NO_TRUST = Trust()


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one report and the name that its sender gave it (used in messages only).

    `head` is the first 64 KiB, or all of a shorter report. `path` is the file that the bytes lie in, if any.
    """

    name: str
    head: bytes
    size: int
    opener: Callable[[], BinaryIO] = field(repr=False)
    path: Path | None = None

    HEAD_BYTES = 64 * 1024

    @classmethod
    def of_bytes(cls, data: bytes, name: str = "report") -> Source:
        """Read from bytes in memory."""
        return cls(name, data[: cls.HEAD_BYTES], len(data), lambda: io.BytesIO(data))

    @classmethod
    def of_path(cls, path: Path) -> Source:
        """Read from a file; raises `OSError` where it cannot be opened."""
        with path.open("rb") as stream:
            head = stream.read(cls.HEAD_BYTES)
        return cls(str(path), head, path.stat().st_size, lambda: path.open("rb"), path)

    def open(self) -> BinaryIO:
        """Open the report from its first byte; the caller closes it."""
        return self.opener()


class LazyLines:
    """The source lines of a coverage report, made when they are first asked for and then kept.

    Only a report that is joined with another needs them, and to make them takes a part of the reading.
    """

    __slots__ = ("_make", "_made")

    def __init__(self, make: Callable[[], SourceLines | None] | None) -> None:
        self._make = make
        self._made: SourceLines | None = None

    def get(self) -> SourceLines | None:
        """Return the lines; None where they are too many, or not given."""
        if self._make is not None:
            self._made, self._make = self._make(), None
        return self._made


NO_LINES = LazyLines(None)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a report was signed with: the payload's bytes, the signature, and hints as to whose it is.

    `artifacts` are the digests (`sha256:…`) of what the payload says that it is about.
    `keyid` and `keyless` (signed by a certificate that lives for minutes) are hints that nobody has signed.
    """

    payload: bytes
    signature: bytes
    keyid: str = ""
    keyless: bool = False
    artifacts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says.

    `ran` is false, with the reason in `why_not`, where the report says that its tool did not do its work.
    `measures` holds the values of this report alone, without ratios, without `tool.ran` and without
    `findings.new.*`: those follow from others (`tidegate.domain.measures`).
    `lines` are the source lines that a coverage report lists.
    `signed` is there where nothing is wrong with the report but that its signature is not verified yet, for
    which `ran` is false.
    A severity measure that the format or this report does not rate is left out, never reported as zero.
    """

    format: str
    kind: Kind
    tool: str
    measures: Mapping[str, Value]
    tool_version: str = ""
    ran: bool = True
    why_not: str | None = None
    made_at: datetime | None = None  # when the report says that it was made (`readers.own_times`)
    commits: tuple[str, ...] = ()  # the commits that it says it is of
    runs: tuple[ToolRun, ...] = ()  # each tool's part, where several share the report
    lines: LazyLines = field(default=NO_LINES, compare=False, repr=False)
    signed: Signed | None = field(default=None, repr=False)


Item: TypeAlias = "Finding | Case"
Stream: TypeAlias = "Generator[Item, None, Reading]"
"""Findings and cases as they are met; the generator's return value is the `Reading`."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One report format.

    `sniff(source)` tells from `source.head` whether this is the format, cheaply and without raising.
    `read(source, limits, items)` reads it: it yields findings and cases where `items` is true and may
    skip the work where it is false, and returns the `Reading`. For bad input it raises `Unreadable`, and
    no other error. `follows` says for each measure that the format yields how it follows from the report;
    docs are made of it.
    """

    format: str
    title: str
    kind: Kind
    source: str  # the standard or the tool's page that defines the format
    follows: Mapping[str, str]
    sniff: Callable[[Source], bool]
    read: Callable[[Source, Limits, bool], Stream]
    notes: tuple[str, ...] = ()  # decisions where peers disagree, one sentence each, with the reason
