"""GitLab's security reports: SAST, secret detection, and dependency and container scanning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind, Value
from tidegate.domain.tools import canonical_tool
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.findings.secret_words import is_about_secrets, secret_message
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts
from tidegate.readers.supply_chain.aliases import best_name

FORMAT = "gitlab-security"
_REMAKE = "the analyzer's job, which keeps its `gl-*-report.json` as an artifact"
_NEWEST = 15  # the major version of the schema
_VERSION = re.compile(r"(\d{1,4})(?:\.\d{1,9}){0,3}(?:-[\w.]+)?")
_KINDS: Mapping[str, Kind] = {
    "sast": Kind.SAST,
    "secret_detection": Kind.SECRETS,
    "dependency_scanning": Kind.DEPENDENCIES,
    "container_scanning": Kind.DEPENDENCIES,
    "cluster_image_scanning": Kind.DEPENDENCIES,
}
# Analyzers that write `success` whatever happened: `semgrep --gitlab-sast` does without its rules as well.
_ALWAYS_SUCCESS = frozenset({"semgrep", "opengrep"})
_SEVERITIES = {
    "Critical": Severity.CRITICAL,
    "High": Severity.HIGH,
    "Medium": Severity.MEDIUM,
    "Low": Severity.LOW,
    "Info": Severity.INFO,
}


class _GitlabTool(msgspec.Struct, gc=False):
    id: str = ""
    version: str = ""


class _GitlabVendor(msgspec.Struct, gc=False):
    name: str = ""


class _GitlabAnalyzer(msgspec.Struct, gc=False):
    vendor: _GitlabVendor | None = None


class _GitlabMessage(msgspec.Struct, gc=False):
    level: str = ""


class _GitlabPartial(msgspec.Struct, gc=False):
    mode: str = ""


class _GitlabScan(msgspec.Struct, gc=False):
    type: str = ""
    status: str = ""
    scanner: _GitlabTool | None = None
    analyzer: _GitlabAnalyzer | None = None
    end_time: object = None
    messages: list[_GitlabMessage] | None = None
    partial_scan: _GitlabPartial | None = None


class _GitlabIdentifier(msgspec.Struct, gc=False):
    type: str = ""
    value: str = ""


class _GitlabCommit(msgspec.Struct, gc=False):
    sha: str = ""


class _GitlabPackage(msgspec.Struct, gc=False):
    name: str = ""


class _GitlabDependency(msgspec.Struct, gc=False):
    package: _GitlabPackage | None = None


class _GitlabLocation(msgspec.Struct, gc=False):
    file: str | None = None
    start_line: float | None = None
    commit: _GitlabCommit | None = None
    dependency: _GitlabDependency | None = None


class _GitlabVulnerability(msgspec.Struct, gc=False):
    identifiers: list[_GitlabIdentifier]
    location: _GitlabLocation
    severity: str | None = None
    category: str = ""
    name: str | None = None
    message: str | None = None
    scanner: _GitlabTool | None = None


class _GitlabDependencyFile(msgspec.Struct, gc=False):
    dependencies: list[_GitlabDependency]


class _GitlabReport(msgspec.Struct):
    vulnerabilities: list[_GitlabVulnerability]
    version: str | None = None
    scan: _GitlabScan | None = None
    dependency_files: list[_GitlabDependencyFile] | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if not seen.has("vulnerabilities") or seen.has("bomFormat") or seen.has("packageManager"):
        return False
    if seen.has("scan"):
        return bool(seen.inner & {"scanner", "status", "type"})
    return seen.has("version", "remediations") or (
        seen.has("version") and {"identifiers", "location", "category"} <= seen.inner
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _GitlabReport, remake=_REMAKE)
    _check_version(report.version)
    type_ = _type(report)
    kind = _KINDS[type_]
    tool = _tool(report, type_, limits)
    counts = SeverityCounts()
    packages: set[str] = set()
    for each in report.vulnerabilities:
        severity = _SEVERITIES.get(each.severity or "", Severity.UNRATED)
        counts.add(severity)
        packages.add(_package(each.location))
        if items:
            yield _finding(each, tool, kind, severity, limits)
    measures = counts.measures(tells_suppressed=False)
    if kind is Kind.DEPENDENCIES:
        measures |= _dependencies(report, packages)
    why_not = _why_not(report, type_, measures)
    scan = report.scan or _GitlabScan()
    return Reading(
        FORMAT,
        kind,
        tool,
        measures,
        cut((scan.scanner or _GitlabTool()).version, limits),
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(scan.end_time, zone=UTC),
    )


def _check_version(version: str | None) -> None:
    found = _VERSION.fullmatch(version) if version is not None else None
    if version is not None and (found is None or int(found[1]) > _NEWEST):
        raise Unreadable(
            f"The report's `version` is {version[:40]!r}: schemas up to {_NEWEST} are known, and what a newer"
            f" one means is not. Let the analyzer write version {_NEWEST}, or update Tidegate."
        )


def _type(report: _GitlabReport) -> str:
    """Tell of which scan a report is: as `scan.type` says, before version 14 as each vulnerability does."""
    types = {report.scan.type} if report.scan else {each.category for each in report.vulnerabilities}
    if len(types) == 1 and types <= _KINDS.keys():
        return types.pop()
    named = ", ".join(sorted(each[:40] or "none" for each in types)[:3]) or "none"
    raise Unreadable(
        f"The type of the scan is {named}, where exactly one of {', '.join(_KINDS)} can be read. Send the"
        " report of such an analyzer, from version 14 of the schema on."
    )


def _tool(report: _GitlabReport, type_: str, limits: Limits) -> str:
    if report.scan is not None:
        ids = {report.scan.scanner.id if report.scan.scanner else ""}
    else:
        ids = {each.scanner.id if each.scanner else "" for each in report.vulnerabilities}
    name = canonical_tool(cut(ids.pop(), limits)) if len(ids) == 1 else ""
    return name or canonical_tool(f"gitlab {type_}")


def _package(location: _GitlabLocation) -> str:
    dependency = location.dependency
    return dependency.package.name if dependency and dependency.package else ""


def _finding(
    each: _GitlabVulnerability, tool: str, kind: Kind, severity: Severity, limits: Limits
) -> Finding:
    location = each.location
    if kind is Kind.DEPENDENCIES:
        name = cut(best_name(one.value for one in each.identifiers if one.type != "cwe"), limits)
        package = cut(_package(location), limits)
        # Neither version nor text: both change while the problem stays the same.
        return Finding(tool, name, f"{package} is affected by {name}", severity, package)
    rule = cut(each.identifiers[0].value if each.identifiers else "", limits)
    message = each.name or each.message or ""
    if kind is Kind.SECRETS or is_about_secrets(f"{rule} {message}"):
        sha = location.commit.sha if kind is Kind.SECRETS and location.commit else ""
        message = secret_message(rule, sha if sha.strip("0") else "")  # all zeros: no commit
    line = int(location.start_line) if location.start_line and 0 < location.start_line < 2**40 else None
    return Finding(tool, rule, cut(message, limits), severity, cut(location.file or "", limits), line)


def _dependencies(report: _GitlabReport, affected: set[str]) -> dict[str, Value]:
    values: dict[str, Value] = {"dependencies.vulnerable": len(affected - {""})}
    if report.dependency_files is not None:
        values["dependencies.total"] = sum(len(each.dependencies) for each in report.dependency_files)
    return values


def _why_not(report: _GitlabReport, type_: str, measures: Mapping[str, Value]) -> str | None:
    scan = report.scan
    if scan is not None and scan.status != "success":
        status = repr(scan.status[:40]) if scan.status else "not said"
        return f"The status of the scan is {status}, not 'success': see the log of the analyzer's job."
    if scan is not None and _vendor(scan) in _ALWAYS_SUCCESS:
        return (
            "Semgrep itself wrote the report, and writes `success` there even where it could not read its"
            " rules or the sources: submit what `semgrep scan --json` writes, or the report of GitLab's own"
            " analyzer."
        )
    if scan is not None and scan.partial_scan is not None:
        return (
            f"The scan was partial ({scan.partial_scan.mode[:40]}): it shows nothing of the files that it"
            " left out. Scan all of them, as on the default branch."
        )
    levels = {each.level for each in (scan.messages if scan else None) or ()}
    if levels - {"info", "warn"}:
        return "The analyzer tells of a fatal error in `scan.messages`: see the log of its job."
    total = measures.get("dependencies.total")
    if total is not None and type_ == "dependency_scanning":
        if not total:
            return "The analyzer lists no dependency, so it scanned none: run it where the lock file is."
        if total < measures["dependencies.vulnerable"]:
            return "More packages are vulnerable than `dependency_files` lists: the report was cut or edited."
    return None


def _vendor(scan: _GitlabScan) -> str:
    vendor = scan.analyzer.vendor if scan.analyzer else None
    return vendor.name.casefold() if vendor else ""


READER = Reader(
    format=FORMAT,
    title="GitLab security report JSON",
    kind=Kind.SAST,
    source="https://gitlab.com/gitlab-org/security-products/security-report-schemas",
    follows={
        "tool.ran": (
            "False where `scan.status` is not `success`, `scan.messages` has one that is fatal, the scan was"
            " partial, Semgrep itself wrote the report, or a dependency scan lists no dependency."
        ),
        "findings.total": "Entries of `vulnerabilities`.",
        **RATED_FOLLOWS,
        "findings.unrated": "Entries without a severity, with `Unknown`, or with a word that is not known.",
        "dependencies.total": "Entries of all `dependency_files`; not measured where there are none.",
        "dependencies.vulnerable": "Distinct packages of the entries, in dependency and container scanning.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "What Semgrep writes itself (`--gitlab-sast`) counts as not run: it says `success` of a file that"
            " it could not parse, and of a run that found no rules."
        ),
        (
            "The kind is that of `scan.type`; DAST and fuzzing look at a running system, and are refused by"
            " name."
        ),
        (
            "A flag `flagged-as-likely-false-positive` is a tool's guess, and nobody's decision: the entry"
            " counts."
        ),
        "`Unknown` is no severity: it is never taken for the mildest.",
        (
            "Before version 14 of the schema a report need not say of which scan it is: its entries do, and"
            " one without entries is refused."
        ),
        "A scan of what changed alone (`partial_scan`) counts as not run: it shows nothing of the rest.",
        (
            "Of a secret neither the analyzer's text nor `id`, `cve` or `raw_source_code_extract` is kept:"
            " they hold it, or a hash of it."
        ),
    ),
)
