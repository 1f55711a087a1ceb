"""Safety's JSON reports: of `safety check` (2 and 3) and of `safety scan` (3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts
from tidegate.readers.supply_chain.audits import own_words, severity_of
from tidegate.readers.supply_chain.safety_shapes import (
    SafetyDependency,
    SafetyIgnore,
    SafetyReport,
    SafetyScanMeta,
    SafetyScanResults,
    SafetySeverity,
)

_REMAKE = "`safety check --save-json safety.json` (2) or `safety scan --save-as json safety.json` (3)"
# What Safety says where it ignores by a default: its code for it, or its sentence.
_OWN_CODES = {"unpinned-specification", "environment-dependency"}
_OWN_REASON = re.compile(
    r"ignore[-_ ]unpinned|unpinned[-_ ](?:requirement|specification|package)|default true"
    r"|ignored environment by rule|environment[-_ ](?:dependency|result|package)|ignore[-_ ]environment"
    r"|(?:environment|site-packages).{0,80}\bby default|by default.{0,80}(?:environment|unpinned)",
    re.IGNORECASE | re.DOTALL,
)


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("skipped", "reason") and "auth" in seen.keys["reason"].casefold():
        return True  # what stands in for the report where nobody was logged in
    if seen.has("report_meta"):
        return "safety_version" in seen.inner or seen.has("scanned_packages") or seen.has("vulnerabilities")
    return seen.has("meta", "scan_results") or seen.keys.get("scan_type", "").startswith("safety")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, SafetyReport, remake=_REMAKE)
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
        made_at=own_time((report.report_meta or report.meta or SafetyScanMeta()).timestamp),
        commits=_commits(report),
    )


def _commits(report: SafetyReport) -> tuple[str, ...]:
    git = report.report_meta.git if report.report_meta else None
    return (git.commit,) if git and git.commit else ()


def _checked(report: SafetyReport) -> Iterator[Finding]:
    for listed, suppressed in ((report.vulnerabilities, False), (report.ignored_vulnerabilities, True)):
        for each in listed or ():
            severity = _rate(each.severity)
            ignored = suppressed or _is_ignored(each.ignored)
            decided = ignored and not (
                _by_itself(each.ignored, each.ignored_reason)
                or (each.analyzed_version is None and not each.ignored_reason)
            )
            yield _finding(each.vulnerability_id, each.package_name, severity, decided)


def _scanned(results: SafetyScanResults) -> Iterator[Finding]:
    for dependency in _dependencies(results):
        for specification in dependency.specifications:
            for known in specification.vulnerabilities.known_vulnerabilities:
                decided = _is_ignored(known.ignored) and not _by_itself(
                    known.ignored, known.ignored_reason, known.ignored_code
                )
                yield _finding(known.id, dependency.name, _rate(known.severity), decided)


def _is_ignored(ignored: bool | SafetyIgnore | None) -> bool:
    return ignored is True or (isinstance(ignored, SafetyIgnore) and ignored != SafetyIgnore())


def _by_itself(ignored: bool | SafetyIgnore | None, reason: str | None, code: str | None = None) -> bool:
    """Tell whether Safety ignores a vulnerability by a default of its own, which nobody decided.

    Those are of requirements without a version and of what merely lies in the environment. A reason that a
    person or a policy file gave is any other.
    """
    if isinstance(ignored, SafetyIgnore):
        reason, code = ignored.reason or reason, ignored.code or code
    if code is not None and code.replace("_", "-").casefold() in _OWN_CODES:
        return True
    return _OWN_REASON.search(reason or "") is not None


def _finding(name: str, package: str, severity: Severity, suppressed: bool) -> Finding:
    # Neither version nor advisory: both change while the problem stays the same.
    return Finding("safety", name, f"{package} is affected by {name}", severity, package, None, suppressed)


def _dependencies(results: SafetyScanResults) -> Iterator[SafetyDependency]:
    for files in (results.files, *(project.files for project in results.projects)):
        for file in files:
            yield from file.results.dependencies


def _rate(severity: SafetySeverity | None) -> Severity:
    """Rate by CVSS 3 where there is one, else by CVSS 2; in each by its word, else by its score."""
    scores = (severity.cvssv3, severity.cvssv2) if severity is not None else ()
    rated = (severity_of(each.base_severity, each.base_score) for each in scores if each is not None)
    return next((one for one in rated if one is not Severity.UNRATED), Severity.UNRATED)


def _packages(report: SafetyReport) -> int | None:
    if report.scan_results is not None:
        return sum(1 for _ in _dependencies(report.scan_results))
    return len(report.scanned_packages) if report.scanned_packages is not None else None


def _version(report: SafetyReport) -> str:
    telemetry = report.meta.telemetry if report.meta else None
    meta = report.report_meta or telemetry
    return (meta.safety_version or "") if meta else ""


def _why_not(report: SafetyReport, counts: SeverityCounts) -> str | None:
    if report.skipped is not None and report.vulnerabilities is None and report.scan_results is None:
        return (
            f"The report says that Safety did not run: {own_words(report.reason or 'skipped')}. Set"
            " SAFETY_API_KEY, or run `safety check --save-json safety.json`, which needs no login."
        )
    if report.error:
        return f"The report carries an error instead of a result: {own_words(report.error)}"
    if report.scan_results is not None:
        return _why_not_scanned(report)
    return _why_not_checked(report, counts)


def _why_not_scanned(report: SafetyReport) -> str | None:
    if report.meta is None or report.meta.authenticated is not True:
        return "Safety was not authenticated, so it did not scan: set SAFETY_API_KEY for `safety scan`."
    if not _packages(report):
        return "Safety found no package to scan: run it where the requirements or the lock file are."
    return None


def _why_not_checked(report: SafetyReport, counts: SeverityCounts) -> str | None:
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
    ignored = report.report_meta.vulnerabilities_ignored
    if ignored is not None and ignored > len(report.ignored_vulnerabilities or ()) + counts.suppressed:
        return (
            f"Safety says that it ignored {ignored} vulnerabilities and does not list them: write the report"
            f" whole, with {_REMAKE}."
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
        "findings.suppressed": (
            "`ignored_vulnerabilities`, and whatever is marked `ignored`, where a person or a policy decided"
            " it."
        ),
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
            "What Safety ignores by a default of its own (a requirement without a version, a package that"
            " merely lies in the environment) is nobody's decision and counts: pin the requirement, or ignore"
            " the vulnerability by its id with a reason."
        ),
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
