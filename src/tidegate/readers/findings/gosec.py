"""gosec's JSON report."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

FORMAT = "gosec"
_REMAKE = "`gosec -fmt json -out gosec.json ./...`"
_SEVERITIES = {"HIGH": Severity.HIGH, "MEDIUM": Severity.MEDIUM, "LOW": Severity.LOW}


class _GosecIssue(msgspec.Struct, gc=False):
    """One problem; `code` is left out: it is the source, and of G101 the secret."""

    severity: str
    rule_id: str
    details: str
    file: str
    line: str | int = ""
    nosec: bool = False
    suppressions: list[msgspec.Raw] | None = None

    @property
    def is_suppressed(self) -> bool:
        """Tell whether a comment or the configuration allows it (`-show-ignored`, `-track-suppressions`)."""
        return self.nosec or bool(self.suppressions)


class _GosecStats(msgspec.Struct, gc=False):
    files: int
    found: int


class _GosecReport(msgspec.Struct):
    Issues: list[_GosecIssue] | None
    Stats: _GosecStats
    errors: dict[str, msgspec.Raw] | None | msgspec.UnsetType = msgspec.field(
        name="Golang errors", default=msgspec.UNSET
    )
    GosecVersion: str = ""


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("Golang errors") or (seen.has("Issues", "Stats") and not seen.has("Report"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _GosecReport, remake=_REMAKE)
    counts = SeverityCounts()
    for issue in report.Issues or ():
        severity = _SEVERITIES.get(issue.severity, Severity.UNRATED)
        counts.add(severity, issue.is_suppressed)
        if items:
            yield Finding(
                "gosec",
                issue.rule_id,
                cut(issue.details, limits),
                severity,
                issue.file,
                _first_line(issue.line),
                issue.is_suppressed,
            )
    why_not = _why_not(report, counts)
    return Reading(
        FORMAT,
        Kind.SAST,
        "gosec",
        counts.measures(tells_suppressed=counts.suppressed > 0),
        cut(report.GosecVersion, limits),
        ran=why_not is None,
        why_not=why_not,
    )


def _first_line(line: str | int) -> int | None:
    """Read `12`, or the first of `12-14`."""
    first = str(line).partition("-")[0]
    return int(first) or None if first.isascii() and first.isdigit() and len(first) < 10 else None


def _why_not(report: _GosecReport, counts: SeverityCounts) -> str | None:
    if report.errors:
        return (
            f"gosec could not load or check {len(report.errors)} file(s), the first is"
            f" {next(iter(report.errors))[:200] or 'not named'}: let `go build ./...` pass first, and scan"
            " again."
        )
    if isinstance(report.errors, msgspec.UnsetType):
        return (
            "The report does not tell whether all files could be checked (`Golang errors`): write it whole,"
            f" with gosec 2 and {_REMAKE}."
        )
    if report.Stats.files < 1:
        return "gosec scanned no file: run it in the module's directory, on `./...`."
    listed = counts.total + counts.suppressed
    if report.Stats.found not in (counts.total, listed):
        return (
            f"gosec counted {report.Stats.found} problems and lists {counts.total}: the report was filtered"
            " or edited. Write it whole and let the gate's rule say what counts."
        )
    return None


READER = Reader(
    format=FORMAT,
    title="gosec JSON",
    kind=Kind.SAST,
    source="https://github.com/securego/gosec/blob/master/issue/issue.go",
    follows={
        "tool.ran": (
            "False where `Golang errors` has an entry or is absent, `Stats.files` is 0, or `Stats.found` is"
            " not what is listed."
        ),
        "findings.total": "Entries of `Issues` that are not suppressed.",
        "findings.suppressed": "Entries with `nosec` or `suppressions`; left out where there are none.",
        **RATED_FOLLOWS,
        "findings.critical": "Always 0 while everything is rated: gosec's worst severity is HIGH.",
        "findings.info": "Always 0 while everything is rated: gosec's mildest severity is LOW.",
        "findings.unrated": "Entries whose `severity` is UNDEFINED, or anything but HIGH, MEDIUM and LOW.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "`confidence` is ignored: a problem of which gosec is unsure is still a problem until someone looks.",
        (
            "Any entry of `Golang errors` means that gosec did not do its work: what does not compile is not"
            " checked."
        ),
        (
            "Suppressed problems are listed with `-track-suppressions` or `-show-ignored` alone: without them"
            " it is not known how many there are."
        ),
        (
            "`Stats.found` counts those that are not suppressed, in older versions all that are listed: both"
            " agree."
        ),
    ),
)
