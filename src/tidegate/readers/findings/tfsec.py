"""tfsec's JSON report."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.secret_words import is_about_secrets, secret_message
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

FORMAT = "tfsec"
_REMAKE = "`tfsec --format json --out tfsec.json`"
_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
_PASSED, _IGNORED = 1, 2


class _TfsecPlace(msgspec.Struct, gc=False):
    filename: str = ""
    start_line: int | None = None


class _TfsecResult(msgspec.Struct, gc=False):
    severity: str
    location: _TfsecPlace
    rule_id: str = ""
    long_id: str = ""
    description: str = ""
    rule_description: str = ""
    status: int = 0


class _TfsecReport(msgspec.Struct, forbid_unknown_fields=True):
    """All that tfsec writes: another key is of another tool."""

    results: list[_TfsecResult] | None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("results") and "rule_id" in seen.inner and bool(seen.inner & {"long_id", "rule_provider"})


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _TfsecReport, remake=_REMAKE)
    counts = SeverityCounts()
    for index, result in enumerate(report.results or ()):
        rule = cut(result.long_id or result.rule_id, limits)
        if not rule:
            raise Unreadable(
                f"Result {index + 1} of the report names no rule: write it whole, with {_REMAKE}."
            )
        if result.status == _PASSED:
            continue
        severity = _SEVERITIES.get(result.severity, Severity.UNRATED)
        ignored = result.status == _IGNORED
        counts.add(severity, ignored)
        if items:
            message = cut(result.description or result.rule_description, limits)
            yield Finding(
                "tfsec",
                rule,
                secret_message(rule) if is_about_secrets(rule) else message,
                severity,
                cut(result.location.filename, limits),
                result.location.start_line or None,
                ignored,
            )
    return Reading(FORMAT, Kind.SAST, "tfsec", counts.measures(tells_suppressed=counts.suppressed > 0))


READER = Reader(
    format=FORMAT,
    title="tfsec JSON",
    kind=Kind.SAST,
    source="https://github.com/aquasecurity/defsec/blob/master/pkg/scan/flat.go",
    follows={
        "findings.total": "Entries of `results` whose `status` is neither passed (1) nor ignored (2).",
        "findings.suppressed": "Entries whose `status` is ignored (2); left out where there are none.",
        **RATED_FOLLOWS,
        "findings.info": "Always 0 while everything is rated: tfsec's mildest severity is LOW.",
        "findings.unrated": "Entries with any other word, such as the ERROR and WARNING of old versions.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A clean run writes `results` as null and nothing else, which is no format by content: name it,"
            " as in `tfsec:path`. It tells nothing of what was scanned."
        ),
    ),
)
