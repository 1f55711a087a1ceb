"""Semgrep's JSON report, which Opengrep writes as well."""

from __future__ import annotations

from collections import Counter

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.findings.secret_words import is_about_secrets, secret_message
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts

FORMAT = "semgrep"
_REMAKE = "`semgrep scan --json --output semgrep.json`"
_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "ERROR": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "WARNING": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "INFO": Severity.LOW,
}
_NO_FINGERPRINT = "requires login"
# Reasons for which a file is left out on purpose; for any other one it should have been scanned.
_LEFT_OUT = frozenset(
    "always_skipped semgrepignore_patterns_match cli_include_flags_do_not_match cli_exclude_flags_match"
    " exceeded_size_limit excluded_by_config wrong_language too_big minified binary irrelevant_rule"
    " gitignore_patterns_match dotfile".split()
)


class _SemgrepRated(msgspec.Struct, gc=False):
    severity: str
    is_ignored: bool | None = None


class _SemgrepExtra(_SemgrepRated, gc=False):
    message: str = ""
    fingerprint: str = ""


class _SemgrepPlace(msgspec.Struct, gc=False):
    line: int | None = None


class _SemgrepMatch(msgspec.Struct, gc=False):
    check_id: str
    path: str
    extra: _SemgrepRated


class _SemgrepListedMatch(msgspec.Struct, gc=False):
    check_id: str
    path: str
    extra: _SemgrepExtra
    start: _SemgrepPlace | None = None


class _SemgrepError(msgspec.Struct, gc=False):
    """Its message is left out: it may quote the source, and so a secret."""

    type: object = None
    path: str | None = None
    rule_id: str | None = None


class _SemgrepSkipped(msgspec.Struct, gc=False):
    path: str = ""
    reason: str = ""


class _SemgrepSkippedRule(msgspec.Struct, gc=False):
    rule_id: str = ""


class _SemgrepPaths(msgspec.Struct, gc=False):
    scanned: list[str]
    skipped: list[_SemgrepSkipped] | None = None


class _SemgrepReport(msgspec.Struct, kw_only=True):
    errors: list[_SemgrepError]
    paths: _SemgrepPaths | None = None
    skipped_rules: list[_SemgrepSkippedRule] | None = None
    version: str | None = None


class _SemgrepCounted(_SemgrepReport, kw_only=True):
    results: list[_SemgrepMatch]


class _SemgrepListed(_SemgrepReport, kw_only=True):
    results: list[_SemgrepListedMatch]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if not seen.has("results") or seen.has("metrics"):
        return False
    return (
        "check_id" in seen.inner
        or (seen.has("paths") and "scanned" in seen.inner)
        or seen.keys.keys() == {"results", "errors"}
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    counts = SeverityCounts()
    report: _SemgrepCounted | _SemgrepListed
    if items:
        report = load(source, limits, _SemgrepListed, remake=_REMAKE)
        for match in report.results:
            finding = _finding(match, limits)
            counts.add(finding.severity, finding.suppressed)
            yield finding
    else:
        report = load(source, limits, _SemgrepCounted, remake=_REMAKE)
        words = Counter((each.extra.severity, each.extra.is_ignored is True) for each in report.results)
        for (word, ignored), count in words.items():
            if ignored:
                counts.suppressed += count
            else:
                counts.add_several(_SEVERITIES.get(word, Severity.UNRATED), count)
    why_not = _why_not(report, len(report.results))
    return Reading(
        FORMAT,
        Kind.SAST,
        "semgrep",
        counts.measures(tells_suppressed=counts.suppressed > 0),
        report.version or "",
        ran=why_not is None,
        why_not=why_not,
    )


def _finding(match: _SemgrepListedMatch, limits: Limits) -> Finding:
    rule, extra = match.check_id, match.extra
    secret = is_about_secrets(rule)
    # Semgrep's own fingerprint is a hash of the matched text: of a secret, it could be guessed back.
    named = extra.fingerprint != _NO_FINGERPRINT and not secret
    return Finding(
        "semgrep",
        rule,
        secret_message(rule) if secret else cut(extra.message, limits),
        _SEVERITIES.get(extra.severity, Severity.UNRATED),
        match.path,
        match.start.line if match.start else None,
        extra.is_ignored is True,
        cut(extra.fingerprint, limits) if named else "",
    )


def _why_not(report: _SemgrepReport, listed: int) -> str | None:
    if report.errors:
        first = report.errors[0]
        where = first.path or first.rule_id or "no file named"
        return (
            f"Semgrep met {len(report.errors)} error(s), the first is {_type(first.type)} ({where}): what"
            " they name was not scanned, or not by every rule. Repair or exclude it and scan again."
        )
    if report.skipped_rules:
        return (
            f"Semgrep left out {len(report.skipped_rules)} rule(s) that it could not use, the first is"
            f" {report.skipped_rules[0].rule_id}: upgrade Semgrep, or take them out, and scan again."
        )
    paths = report.paths
    if paths is None:
        if listed:
            return None
        return (
            "The report does not say which files Semgrep scanned, and lists nothing: write it whole, with"
            f" {_REMAKE}."
        )
    if not paths.scanned:
        return "Semgrep scanned no file: give it the directory of the sources, and look at `.semgrepignore`."
    missed = [each for each in paths.skipped or () if each.reason.casefold() not in _LEFT_OUT]
    if missed:
        return (
            f"Semgrep did not scan {len(missed)} file(s), the first is {missed[0].path} ({missed[0].reason}):"
            " repair or exclude what it names and scan again."
        )
    return None


def _type(type_: object) -> str:
    """Name an error by its type, which newer versions write as a list with details after the name."""
    name = type_[0] if isinstance(type_, list) and type_ else type_
    return name[:60] if isinstance(name, str) else "of no named type"


READER = Reader(
    format=FORMAT,
    title="Semgrep JSON",
    kind=Kind.SAST,
    source="https://semgrep.dev/docs/semgrep-appsec-platform/json-and-sarif",
    follows={
        "tool.ran": (
            "False where `errors` or `skipped_rules` has an entry, `paths.scanned` is empty, a file was"
            " skipped that should have been scanned, or nothing is listed and no file named."
        ),
        "findings.total": "Entries of `results` that are not ignored.",
        "findings.suppressed": "Entries with `extra.is_ignored`; left out where there is none.",
        **RATED_FOLLOWS,
        "findings.high": "Entries rated HIGH, or ERROR as older rules call it.",
        "findings.medium": "Entries rated MEDIUM, or WARNING as older rules call it.",
        "findings.low": "Entries rated LOW, or INFO as older rules call it.",
        "findings.info": "Always 0 while everything is rated: Semgrep's mildest severity is LOW.",
        "findings.unrated": "Entries with any other severity, such as INVENTORY.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "ERROR, WARNING and INFO are HIGH, MEDIUM and LOW, as Semgrep's documentation says of them.",
        (
            "Every entry of `errors` means that something was not scanned, whatever its level: of the types"
            " that Semgrep calls information, each tells of a rule or language that it did not apply."
        ),
        (
            "A report that says that no file was scanned, and lists findings, contradicts itself and counts"
            " as not run."
        ),
        (
            "Findings that a `nosemgrep` comment ignores are not in the report unless `--disable-nosem` lists"
            " them, so none being listed does not mean that there are none: `findings.suppressed` is then not"
            " measured."
        ),
        "Repeated findings count each: DefectDojo makes one of them.",
        (
            "Of a rule about secrets neither the message nor Semgrep's fingerprint is kept: both are made of"
            " what was found."
        ),
    ),
)
