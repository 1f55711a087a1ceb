"""Safety's JSON reports: of `safety check` (2 and 3) and of `safety scan` (3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts, severity_of_score

_REMAKE = "`safety check --save-json safety.json` (2) or `safety scan --save-as json safety.json` (3)"
_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "NONE": Severity.INFO,
}


class _Score(msgspec.Struct, gc=False):
    base_score: float | None = None
    base_severity: str | None = None


class _Severity(msgspec.Struct, gc=False):
    cvssv3: _Score | None = None
    cvssv2: _Score | None = None


class _Vulnerability(msgspec.Struct, gc=False):
    vulnerability_id: str
    package_name: str
    ignored: bool | None = None
    severity: _Severity | None = None


class _Package(msgspec.Struct, gc=False):
    """A scanned package; only that it is listed matters."""


class _CheckMeta(msgspec.Struct, gc=False):
    safety_version: str | None = None
    packages_found: int | None = None
    vulnerabilities_found: int | None = None


class _Known(msgspec.Struct):
    id: str
    ignored: Any = None
    severity: _Severity | None = None


class _Vulnerabilities(msgspec.Struct):
    known_vulnerabilities: list[_Known]


class _Specification(msgspec.Struct):
    vulnerabilities: _Vulnerabilities


class _Dependency(msgspec.Struct):
    name: str
    specifications: list[_Specification]


class _Results(msgspec.Struct):
    dependencies: list[_Dependency] = []


class _File(msgspec.Struct):
    results: _Results
    location: str = ""


class _Project(msgspec.Struct):
    files: list[_File] = []


class _ScanResults(msgspec.Struct):
    files: list[_File] = []
    projects: list[_Project] = []


class _Telemetry(msgspec.Struct, gc=False):
    safety_version: str | None = None


class _ScanMeta(msgspec.Struct, gc=False):
    authenticated: bool | None = None
    telemetry: _Telemetry | None = None


class _Report(msgspec.Struct):
    """Any of the layouts; which one it is shows by what is present."""

    report_meta: _CheckMeta | None = None
    scanned_packages: dict[str, _Package] | None = None
    vulnerabilities: list[_Vulnerability] | None = None
    ignored_vulnerabilities: list[_Vulnerability] | None = None
    meta: _ScanMeta | None = None
    scan_results: _ScanResults | None = None
    error: str | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("report_meta"):
        return "safety_version" in seen.inner or seen.has("scanned_packages") or seen.has("vulnerabilities")
    return seen.has("meta", "scan_results") or seen.keys.get("scan_type", "").startswith("safety")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _Report, remake=_REMAKE)
    counts = SeverityCounts()
    affected: set[str] = set()
    for finding in _scanned(report.scan_results) if report.scan_results is not None else _checked(report):
        counts.add(finding.severity, finding.suppressed)
        if not finding.suppressed:
            affected.add(finding.path)
        if items:
            yield finding
    why_not = _why_not(report, counts)
    measures = counts.measures()
    packages = _packages(report)
    if packages is not None:
        measures["dependencies.total"] = packages
        measures["dependencies.vulnerable"] = len(affected)
    return Reading(
        "safety",
        Kind.DEPENDENCIES,
        "safety",
        measures,
        _version(report),
        ran=why_not is None,
        why_not=why_not,
    )


def _checked(report: _Report) -> Iterator[Finding]:
    for listed, suppressed in ((report.vulnerabilities, False), (report.ignored_vulnerabilities, True)):
        for each in listed or ():
            severity = _rate(each.severity)
            yield _finding(
                each.vulnerability_id, each.package_name, severity, suppressed or bool(each.ignored)
            )


def _scanned(results: _ScanResults) -> Iterator[Finding]:
    for dependency in _dependencies(results):
        for specification in dependency.specifications:
            for known in specification.vulnerabilities.known_vulnerabilities:
                yield _finding(known.id, dependency.name, _rate(known.severity), bool(known.ignored))


def _finding(name: str, package: str, severity: Severity, suppressed: bool) -> Finding:
    # Neither version nor advisory: both change while the problem stays the same.
    return Finding("safety", name, f"{package} is affected by {name}", severity, package, None, suppressed)


def _dependencies(results: _ScanResults) -> Iterator[_Dependency]:
    for files in (results.files, *(project.files for project in results.projects)):
        for file in files:
            yield from file.results.dependencies


def _rate(severity: _Severity | None) -> Severity:
    """Rate by CVSS 3 where there is one, else by CVSS 2; in each by its word, else by its score."""
    if severity is None:
        return Severity.UNRATED
    for score in (severity.cvssv3, severity.cvssv2):
        if score is not None:
            word = _SEVERITIES.get((score.base_severity or "").upper())
            rated = word or severity_of_score(score.base_score)
            if rated is not Severity.UNRATED:
                return rated
    return Severity.UNRATED


def _packages(report: _Report) -> int | None:
    if report.scan_results is not None:
        return sum(1 for _ in _dependencies(report.scan_results))
    return len(report.scanned_packages) if report.scanned_packages is not None else None


def _version(report: _Report) -> str:
    telemetry = report.meta.telemetry if report.meta else None
    meta = report.report_meta or telemetry
    return (meta.safety_version or "") if meta else ""


def _why_not(report: _Report, counts: SeverityCounts) -> str | None:
    if report.error:
        return f"The report carries an error instead of a result: {report.error}"
    if report.scan_results is not None:
        return _why_not_scanned(report)
    return _why_not_checked(report, counts)


def _why_not_scanned(report: _Report) -> str | None:
    if report.meta is None or report.meta.authenticated is not True:
        return "Safety was not authenticated, so it did not scan: set SAFETY_API_KEY for `safety scan`."
    if not _packages(report):
        return "Safety found no package to scan: run it where the requirements or the lock file are."
    return None


def _why_not_checked(report: _Report, counts: SeverityCounts) -> str | None:
    if report.vulnerabilities is None:
        return (
            "The report has no `vulnerabilities`, only what surrounds them: write it whole, without a filter."
        )
    if report.report_meta is None or report.scanned_packages is None:
        return "The report does not say which packages were scanned: it was not written by Safety itself."
    if not report.scanned_packages or report.report_meta.packages_found == 0:
        return (
            "Safety found no package to scan: run it inside the environment, or give it the requirements with"
            " `-r`."
        )
    declared = report.report_meta.vulnerabilities_found
    listed = len(report.vulnerabilities)
    if declared is not None and declared != listed:
        return (
            f"Safety says that it found {declared} vulnerabilities and lists {listed}: the report was cut or"
            " edited."
        )
    return None


READER = Reader(
    format="safety",
    title="Safety JSON",
    kind=Kind.DEPENDENCIES,
    source="https://docs.safetycli.com/safety-docs/output/json-output",
    follows={
        "findings.total": (
            "`vulnerabilities` that are not ignored; of a scan, `known_vulnerabilities` likewise."
        ),
        "findings.suppressed": "`ignored_vulnerabilities`, and whatever is marked `ignored`.",
        "findings.unrated": (
            "Vulnerabilities without a CVSS severity or score; a scan's report never has one."
        ),
        **RATED_FOLLOWS,
        "dependencies.total": "Entries of `scanned_packages`; of a scan, dependencies of all files.",
        "dependencies.vulnerable": "Packages with a finding that counts.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "One finding a vulnerability and package, without version and advisory text, which change while"
            " the problem stays; its path is the package's name."
        ),
        "A vulnerability without a CVSS rating is unrated, never medium by default.",
        (
            "`safety check` works without an API key on the public database, so `api_key: false` alone does"
            " not mean that it did not run; `safety scan` needs a login, and an unauthenticated report of it"
            " counts as not run."
        ),
        "The list layout of Safety 1 does not say what was scanned and is refused.",
    ),
)
