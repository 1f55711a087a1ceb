"""Bandit's JSON report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.secret_words import without_secret
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

_REMAKE = "`bandit -q -r FOLDER -f json -o bandit.json`"
_SEVERITIES = {"HIGH": Severity.HIGH, "MEDIUM": Severity.MEDIUM, "LOW": Severity.LOW}


class _Rated(msgspec.Struct, gc=False):
    issue_severity: str


class _Issue(_Rated, gc=False):
    test_id: str
    issue_text: str
    filename: str
    line_number: int | None = None


class _Unscanned(msgspec.Struct, gc=False):
    filename: str
    reason: str


class Metrics(msgspec.Struct, gc=False):
    """What Bandit counted in one file, or in all (`_totals`); old versions write floats."""

    high: float = msgspec.field(name="SEVERITY.HIGH", default=0)
    medium: float = msgspec.field(name="SEVERITY.MEDIUM", default=0)
    low: float = msgspec.field(name="SEVERITY.LOW", default=0)
    undefined: float = msgspec.field(name="SEVERITY.UNDEFINED", default=0)


class _BanditReport(msgspec.Struct, kw_only=True):
    errors: list[_Unscanned]
    metrics: dict[str, Metrics]
    generated_at: object = None


class _Counted(_BanditReport, kw_only=True):
    results: list[_Rated]


class _Listed(_BanditReport, kw_only=True):
    results: list[_Issue]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("errors", "metrics") and (seen.has("results") or "_totals" in seen.inner)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    report: _Counted | _Listed
    if items:
        report = load(source, limits, _Listed, remake=_REMAKE)
        for issue in report.results:
            severity = _SEVERITIES.get(issue.issue_severity, Severity.UNRATED)
            counts.add(severity)
            text = cut(without_secret(issue.issue_text), limits)
            yield Finding("bandit", issue.test_id, text, severity, issue.filename, issue.line_number)
    else:
        report = load(source, limits, _Counted, remake=_REMAKE)
        for word, count in Counter(rated.issue_severity for rated in report.results).items():
            counts.add_several(_SEVERITIES.get(word, Severity.UNRATED), count)
    measures = counts.measures(tells_suppressed=False)
    why_not = _why_not(report, counts)
    return Reading(
        "bandit",
        Kind.SAST,
        "bandit",
        measures,
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(report.generated_at),
    )


def _why_not(report: _BanditReport, counts: SeverityCounts) -> str | None:
    if report.errors:
        first = report.errors[0]
        return (
            f"Bandit could not scan {len(report.errors)} file(s), the first is {first.filename}:"
            f" {first.reason}. Repair or exclude what it names and scan again."
        )
    return why_metrics_not(report.metrics, counts)


def why_metrics_not(metrics: Mapping[str, Metrics], counts: SeverityCounts) -> str | None:
    """Say how Bandit's metrics show that it did not scan, or does not list what it found."""
    totals = metrics.get("_totals")
    if totals is None or len(metrics) == 1:
        return "Bandit scanned no file: give it the directory of the sources, with `-r`."
    declared = totals.high + totals.medium + totals.low + totals.undefined
    listed = (Severity.HIGH, totals.high), (Severity.MEDIUM, totals.medium), (Severity.LOW, totals.low)
    if declared != counts.total or any(counts.count(severity) != count for severity, count in listed):
        return (
            f"Bandit counted {declared:.0f} problems and lists {counts.total}: the report was filtered (`-l`,"
            " `-i` or a baseline) or edited. Write it whole and let the gate's rule say what counts."
        )
    return None


READER = Reader(
    format="bandit",
    title="Bandit JSON",
    kind=Kind.SAST,
    source="https://bandit.readthedocs.io/en/latest/formatters/json.html",
    follows={
        "findings.total": "Entries of `results`.",
        "findings.unrated": (
            "Entries whose `issue_severity` is `UNDEFINED`, or anything but HIGH, MEDIUM and LOW."
        ),
        **RATED_FOLLOWS,
        "findings.critical": "Always 0 while everything is rated: Bandit's worst severity is HIGH.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "`issue_confidence` is ignored: a problem of which Bandit is unsure is still a problem until"
            " someone looks."
        ),
        (
            "Any entry of `errors` means that Bandit did not do its work: a file that was not parsed was not"
            " scanned."
        ),
        (
            "A report whose `metrics` and `results` disagree (as `-ll` makes it) did not list what was found,"
            " and counts as not run."
        ),
        "The password that B105, B106 and B107 quote is not kept: their messages end before it.",
    ),
)
