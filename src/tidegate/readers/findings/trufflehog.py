"""TruffleHog's JSON lines, of version 3: one secret a line, and its log where that is in the same file."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.secret_words import secret_message
from tidegate.readers.json_guard import check_keys
from tidegate.readers.json_preview import preview
from tidegate.readers.lines import read_lines
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "trufflehog"
_REMAKE = "`trufflehog git file://. --json --no-update > trufflehog.json 2>&1`"
_FINISHED = "finished scanning"


class _TruffleHogPlace(msgspec.Struct, gc=False):
    file: str = ""
    line: int | None = None
    commit: str = ""


class _TruffleHogMetadata(msgspec.Struct, gc=False):
    Data: dict[str, _TruffleHogPlace] | None = None


class _TruffleHogLine(msgspec.Struct, gc=False):
    """A secret, or a line of the log; what was found (`Raw`, `RawV2`, `Redacted`) is never read."""

    SourceMetadata: _TruffleHogMetadata | None = None
    DetectorName: str | None = None
    level: str | None = None
    msg: str = ""
    chunks: int = 0
    verified_secrets: int = 0
    unverified_secrets: int = 0


_DECODER = msgspec.json.Decoder(_TruffleHogLine)


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("SourceMetadata", "DetectorName") or seen.keys.get("logger") == "trufflehog"


def _decode(source: Source, number: int, text: str) -> _TruffleHogLine:
    where = f"{source.name}, line {number}"
    try:
        check_keys(text.encode(), remake=_REMAKE)
    except Unreadable as error:
        raise Unreadable(f"{where}: {error}") from None
    try:
        line = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError):
        line = _TruffleHogLine()
    if line.DetectorName or line.level is not None:
        return line
    raise Unreadable(
        f"{where}: this is no secret and no log line of TruffleHog 3; it may be cut off. Write it with"
        f" {_REMAKE}."
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    finished: _TruffleHogLine | None = None
    troubles = 0
    for number, text in read_lines(source, limits):
        if not text or text.isspace():
            continue
        line = _decode(source, number, text)
        if line.DetectorName:
            counts.add(Severity.UNRATED)
            if items:
                yield _finding(line, line.DetectorName)
            continue
        troubles += not (line.level or "").startswith(("info", "debug"))
        finished = line if line.msg == _FINISHED else finished
    if not counts.total and finished is None:
        raise Unreadable(
            f"{source.name}: the report lists nothing, which TruffleHog writes when it finds nothing and when"
            f" it fails. Keep its log with it, which says that it finished: {_REMAKE}."
        )
    why_not = _why_not(counts.total, troubles, finished)
    measures = counts.measures(rates=False, tells_suppressed=False)
    return Reading(FORMAT, Kind.SECRETS, "trufflehog", measures, ran=why_not is None, why_not=why_not)


def _finding(line: _TruffleHogLine, rule: str) -> Finding:
    places = (line.SourceMetadata.Data if line.SourceMetadata else None) or {}
    place = next(iter(places.values()), _TruffleHogPlace())
    message = secret_message(rule, place.commit)
    return Finding("trufflehog", rule, message, Severity.UNRATED, place.file, place.line or None)


def _why_not(listed: int, troubles: int, finished: _TruffleHogLine | None) -> str | None:
    if troubles:
        return f"TruffleHog's log has {troubles} error(s) or warning(s): see what it says, and scan again."
    if finished is None:
        return None
    if finished.chunks < 1:
        return "TruffleHog scanned nothing (0 chunks): give it the repository, or the folder of the sources."
    declared = finished.verified_secrets + finished.unverified_secrets
    if declared > listed:
        return (
            f"TruffleHog counted {declared} secrets and lists {listed}: the report was filtered or cut. Write"
            f" it whole, with {_REMAKE}."
        )
    return None


READER = Reader(
    format=FORMAT,
    title="TruffleHog JSON lines",
    kind=Kind.SECRETS,
    source="https://github.com/trufflesecurity/trufflehog/blob/main/pkg/output/json.go",
    follows={
        "tool.ran": (
            "False where the log in the same file has an error or a warning, or says that nothing was scanned"
            " or more was found."
        ),
        "findings.total": "Lines with a `DetectorName`.",
        "findings.unrated": (
            "The same: TruffleHog rates nothing, so no measure of a severity is given either."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A run that found nothing writes no line, as one that failed does: it is unreadable, unless its"
            " log is in the same file and says `finished scanning`."
        ),
        "Without the log a report cut off at the end of a line looks complete.",
        (
            "A secret counts whether or not TruffleHog could verify it: one that is not verified may be of a"
            " service that did not answer."
        ),
        "What was found is never kept, nor a hash of it.",
    ),
)
