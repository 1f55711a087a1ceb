"""Reads a large report in a process of its own, so that a server's other requests go on meanwhile.

Parsers hold the interpreter's lock for as long as one call takes, and 80 MB of JSON are a few long calls. The
other process knows no secret of the server's, and its memory goes back to the machine when it ends.
"""

from __future__ import annotations

import dataclasses
import gc
import os
import subprocess  # nosec B404  # starts this very module
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from tidegate.domain.errors import Unavailable
from tidegate.domain.evidence import Evidence
from tidegate.domain.findings import FindingCounts
from tidegate.readers.base import NO_TRUST, Limits, Source, Trust
from tidegate.readers.coverage.source_lines import encode_lines
from tidegate.readers.detect import find_reader
from tidegate.readers.evidence import ParsedReport, read_evidence

LARGE = 4 * 1024 * 1024
"""Bytes from which a report a subprocess reads: below, starting a process costs more than it spares."""

_PATIENCE = 600.0
_PASSED_ON = ("PYTHON", "COVERAGE", "LANG", "LC_", "PATH", "SYSTEMROOT", "TZ")


class _Ask(msgspec.Struct):
    path: str
    name: str
    slot: str
    taken_at: datetime
    limits: Limits
    format: str | None
    digest: str | None = None
    trust: Trust = NO_TRUST


class _Reply(msgspec.Struct):
    """What the other process answers."""

    facts: Evidence
    tool_version: str
    counts: msgspec.Raw
    lines: bytes | None


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report that was read: its evidence, and how often each problem occurs.

    `counts` writes `FindingCounts.by_tool` as JSON, equal for equal counts:
    {tool: {severity: {key: count}}}. `lines` writes the source lines of a coverage report
    (`tidegate.readers.coverage.source_lines`), None for a report that has none to join.
    """

    evidence: Evidence
    tool_version: str
    counts: Callable[[], bytes]
    lines: Callable[[], bytes | None] = lambda: None

    @classmethod
    def of(cls, report: ParsedReport) -> ReadReport:
        """Take what was read in this process."""
        version = report.reading.tool_version if report.reading else ""
        return cls(report.evidence, version, lambda: _counts(report.counts), lambda: _lines(report))


def read_report(
    source: Source,
    *,
    slot: str,
    taken_at: datetime,
    limits: Limits,
    trust: Trust = NO_TRUST,
    digest: str | None = None,
    format: str | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> ReadReport:
    """Read a report into evidence as `read_evidence` does; a large one in a file is read by a subprocess.

    `digest` is the report's, where it is known already; `meanwhile` is work that does not depend on it.
    Raises `Unavailable` where the process fails.
    """
    if source.path is None or source.size < LARGE:
        report = read_evidence(
            source,
            slot=slot,
            taken_at=taken_at,
            limits=limits,
            trust=trust,
            digest=digest,
            format=format,
        )
        meanwhile()
        return ReadReport.of(report)
    if format is not None:
        find_reader(source, format)
    ask = _Ask(str(source.path), source.name, slot, taken_at, limits, format, digest, trust)
    reply = _ask_other_process(msgspec.json.encode(ask), meanwhile)
    # The moment is ours: its zone comes back as another object.
    evidence = dataclasses.replace(reply.facts, taken_at=taken_at)
    return ReadReport(evidence, reply.tool_version, lambda: bytes(reply.counts), lambda: reply.lines)


def _ask_other_process(ask: bytes, meanwhile: Callable[[], None]) -> _Reply:
    kept = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    with subprocess.Popen(  # nosec B603  # this interpreter, this module
        [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=kept
    ) as process:
        try:
            assert process.stdin is not None  # nosec B101  # asked for above
            process.stdin.write(ask)
            process.stdin.close()
            process.stdin = None
            meanwhile()
            out, _ = process.communicate(timeout=_PATIENCE)
        except BaseException as error:
            process.kill()
            if isinstance(error, (subprocess.TimeoutExpired, BrokenPipeError)):
                raise _failed(process) from error
            raise
    if process.returncode != 0:
        raise _failed(process)
    return msgspec.json.decode(out, type=_Reply)


def _failed(process: subprocess.Popen[bytes]) -> Unavailable:
    return Unavailable(
        f"The process that reads large reports failed (exit status {process.returncode}), perhaps for want "
        "of memory. Nothing was recorded; try again, or split the report."
    )


def _counts(counts: FindingCounts) -> bytes:
    return msgspec.json.encode(counts.by_tool, order="deterministic")


def _lines(report: ParsedReport) -> bytes | None:
    lines = report.lines.get()
    return None if lines is None else encode_lines(lines)


def answer(ask: bytes) -> bytes:
    """Do what the other process does: read what is asked for, and tell it."""
    wanted = msgspec.json.decode(ask, type=_Ask)
    found = Source.of_path(Path(wanted.path))
    source = Source(wanted.name, found.head, found.size, found.opener)
    report = read_evidence(
        source,
        slot=wanted.slot,
        taken_at=wanted.taken_at,
        limits=wanted.limits,
        trust=wanted.trust,
        digest=wanted.digest,
        format=wanted.format,
    )
    version = report.reading.tool_version if report.reading else ""
    return msgspec.json.encode(
        _Reply(report.evidence, version, msgspec.Raw(_counts(report.counts)), _lines(report))
    )


if __name__ == "__main__":
    gc.disable()  # nothing here refers to itself, and looking for that takes a tenth of the time
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
