"""Gitleaks' JSON report: of version 8, of the versions before it, and as an object with `leaks`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.secret_words import secret_message
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, read_text
from tidegate.readers.severity_counts import SeverityCounts

FORMAT = "gitleaks"
_REMAKE = "`gitleaks git --report-format json --report-path gitleaks.json`"


class _Leak(msgspec.Struct, gc=False):
    """Where a secret was found; what was found (`Secret`, `Match`, `offender`, `line`) is never read."""

    RuleID: str | None = None
    File: str | None = None
    StartLine: int | None = None
    Commit: str | None = None
    Fingerprint: str | None = None
    rule: str | None = None
    file: str | None = None
    lineNumber: int | None = None
    start_line: int | None = None
    commit: str | None = None


class _LeaksObject(msgspec.Struct):
    leaks: list[_Leak]
    errors: list[msgspec.Raw] | None = None


_LeaksList = list[_Leak] | None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        now = "RuleID" in seen.inner and bool(seen.inner & {"Secret", "Match", "Fingerprint", "StartLine"})
        return now or {"rule", "offender"} <= seen.inner
    # A list of leaks alone may be of memory.
    return seen.has("leaks") and (seen.has("errors") or "rule" in seen.inner)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    leaks, why_not = _load(source, limits)
    counts = SeverityCounts()
    for index, leak in enumerate(leaks):
        rule = leak.RuleID or leak.rule
        if not rule:
            raise Unreadable(
                f"Leak {index + 1} of the report names no rule (`RuleID`, or `rule` before version 8): it was"
                f" filtered or edited. Write it whole, with {_REMAKE}."
            )
        counts.add(Severity.UNRATED)
        if items:
            yield _finding(leak, rule, limits)
    return Reading(
        FORMAT,
        Kind.SECRETS,
        "gitleaks",
        counts.measures(rates=False, tells_suppressed=False),
        ran=why_not is None,
        why_not=why_not,
    )


def _load(source: Source, limits: Limits) -> tuple[Sequence[_Leak], str | None]:
    """Give the leaks, and why gitleaks did not do its work."""
    data = read_text(source, limits, remake=_REMAKE)
    if data.lstrip()[:1] == b"{":
        report = decode(data, _LeaksObject, remake=_REMAKE)
        if not report.errors:
            return report.leaks, None
        return (
            report.leaks,
            (
                f"The report tells of {len(report.errors)} error(s): what they name was not scanned. See what"
                " gitleaks printed, and scan again."
            ),
        )
    leaks: list[_Leak] | None = decode(data, _LeaksList, remake=_REMAKE)  # type: ignore[arg-type]
    if leaks is None:
        return (), f"The report is `null`, which says nothing: write it with gitleaks 8 and {_REMAKE}."
    return leaks, None


def _finding(leak: _Leak, rule: str, limits: Limits) -> Finding:
    rule = cut(rule, limits)
    path = cut(leak.File or leak.file or "", limits)
    line = leak.StartLine or leak.lineNumber or leak.start_line
    commit = leak.Commit or leak.commit or ""
    # Gitleaks' own name for a leak, taken where it is exactly that: another could hold the secret. Without a
    # commit it names a line of today's file, which shifts.
    own = f"{commit}:{path}:{rule}:{line}"
    stable = own if commit and leak.Fingerprint == own else ""
    message = secret_message(rule, commit)
    return Finding("gitleaks", rule, message, Severity.UNRATED, path, line or None, stable=stable)


READER = Reader(
    format=FORMAT,
    title="gitleaks JSON",
    kind=Kind.SECRETS,
    source="https://github.com/gitleaks/gitleaks/blob/master/report/finding.go",
    follows={
        "tool.ran": "False where the report is `null`, or an object with `leaks` has an entry in `errors`.",
        "findings.total": "Entries of the list, or of `leaks`.",
        "findings.unrated": "The same: gitleaks rates nothing, so no measure of a severity is given either.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "What was found is never kept, nor a hash of it: a finding has rule, file, line and commit.",
        (
            "A clean run writes an empty list, which several tools write: name it, as in `gitleaks:path`. A"
            " list tells nothing of what was scanned."
        ),
        (
            "Version 7 writes `null` for a clean run, as a filter does that found nothing to filter: it"
            " counts as not run."
        ),
        (
            "No severity is assumed: DefectDojo rates by the rule's name and by whether the secret is in a"
            " commit."
        ),
        (
            "A secret in several commits counts in each, as gitleaks lists it: all of them have to be rotated"
            " or allowed."
        ),
    ),
)
