"""What `npm audit --json` writes, version 2 (npm 7 and later) and 1 (npm 6, and pnpm to this day)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, load
from tidegate.readers.supply_chain.audits import (
    FOLLOWS,
    Audit,
    Count,
    fewer_than_declared,
    own_words,
    severity_of,
)
from tidegate.readers.supply_chain.npm_advisories import (
    Advisories,
    NpmTotals,
    advisory_name,
    declared,
    is_followed,
    why_none,
)

FORMAT = "npm-audit"
_REMAKE = "`npm audit --json > npm-audit.json`"

_Shape = TypeVar("_Shape")


class _Via(msgspec.Struct, gc=False):
    """Why a package is vulnerable: an advisory on itself; what it needs is named by a text instead."""

    source: int | str | None = None
    url: str | None = None


class _NpmPackage(msgspec.Struct):
    name: str
    severity: str | None = None
    via: list[str | _Via] | None = None


class _NpmDependencies(msgspec.Struct, gc=False):
    total: Count


class _NpmMetadata(msgspec.Struct):
    vulnerabilities: dict[str, Count]
    dependencies: _NpmDependencies


class _NpmError(msgspec.Struct, gc=False):
    code: str | None = None
    summary: str | None = None
    message: str | None = None


class _NpmReport(msgspec.Struct, rename="camel"):
    """Either layout, or what is written in place of it."""

    audit_report_version: int | None = None
    vulnerabilities: dict[str, msgspec.Raw] | None = None
    advisories: dict[str, msgspec.Raw] | None = None
    muted: list[msgspec.Raw] | None = None
    metadata: msgspec.Raw = msgspec.Raw()
    error: _NpmError | str | None = None
    message: str | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.has("auditReportVersion"):
        return True
    if seen.has("advisories", "metadata") or seen.has("actions", "advisories"):
        return not is_followed(source.head)
    if seen.has("vulnerabilities", "metadata"):
        return {"moderate", "total"} <= seen.inner
    if seen.has("error"):
        npm = {"summary", "detail"} <= seen.inner
        return npm or ("code" in seen.inner and b'"ERR_PNPM' in source.head)
    return False


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _NpmReport, remake=_REMAKE)
    audit = Audit(FORMAT)
    if report.error is not None:
        why_not: str | None = _why_failed(report)
        return Reading(FORMAT, Kind.DEPENDENCIES, FORMAT, {}, ran=False, why_not=why_not)
    if report.advisories is not None:
        advisories = Advisories(audit, "npm")
        for finding in advisories.read(report.advisories, remake=_REMAKE):
            if items:
                yield finding
        totals = _metadata(report, NpmTotals)
        audit.counts.suppressed = len(report.muted or ())
        audit.looked_at = totals.total_dependencies if totals else None
        why_not = advisories.why_not(totals)
    else:
        for finding in _packages(report, audit):
            if items:
                yield finding
        metadata = _metadata(report, _NpmMetadata)
        audit.looked_at = metadata.dependencies.total if metadata else None
        why_not = _why_not(metadata, audit)
    measures = audit.measures(tells_suppressed=report.muted is not None)
    return Reading(FORMAT, Kind.DEPENDENCIES, FORMAT, measures, ran=why_not is None, why_not=why_not)


def _metadata(report: _NpmReport, shape: type[_Shape]) -> _Shape | None:
    if bytes(report.metadata) in (b"", b"null"):
        return None
    return decode(report.metadata, shape, remake=_REMAKE, at="$.metadata")


def _packages(report: _NpmReport, audit: Audit) -> Iterator[Finding]:
    """Count the packages of version 2: npm rates each by the worst of what it is affected by."""
    if report.vulnerabilities is None:
        raise Unreadable(
            "The report has neither `vulnerabilities` nor `advisories`, so it is no report of npm's audit."
            f" Write it with {_REMAKE}."
        )
    if report.audit_report_version not in (None, 2):
        raise Unreadable(
            f"The report has version {report.audit_report_version} of npm's audit, read are 1 and 2: write it"
            " with an npm from 7 to 11."
        )
    for key, part in report.vulnerabilities.items():
        at = f'$.vulnerabilities["{key[:60]}"]'
        package = decode(part, _NpmPackage, remake=_REMAKE, at=at)
        yield audit.add(_rule(package), package.name, severity_of(package.severity))


def _rule(package: _NpmPackage) -> str:
    """Name what a package is affected by: its own advisories, else the packages that it needs."""
    own = {advisory_name(via.source, via.url) for via in package.via or () if isinstance(via, _Via)}
    needed = {via for via in package.via or () if isinstance(via, str)}
    return ", ".join(sorted(own)) or ", ".join(sorted(needed))


def _why_not(metadata: _NpmMetadata | None, audit: Audit) -> str | None:
    total = metadata.vulnerabilities.get("total") if metadata else None
    if metadata is None or total is None:
        return (
            "The report does not say how much npm audited, and what it found in all (`metadata`): it was cut"
            f" or edited. Write it whole, with {_REMAKE}."
        )
    if total > audit.counts.total:
        return (
            f"npm counted {total} vulnerable packages and lists {audit.counts.total}: the report was cut or"
            " edited. Write it whole."
        )
    return why_none(metadata.dependencies.total, "npm") or fewer_than_declared(
        declared(metadata.vulnerabilities), audit.counts, "npm"
    )


def _why_failed(report: _NpmReport) -> str:
    error = report.error
    said = (
        [error] if isinstance(error, str) else [error.code, error.summary or error.message] if error else []
    )
    words = ": ".join(part for part in (*said, report.message) if part) or "no reason is given"
    return (
        f"The audit failed ({own_words(words)}). Run it where the lock file is, with a"
        f" registry that answers audits: {_REMAKE}."
    )


READER = Reader(
    format=FORMAT,
    title="npm audit JSON (npm 6 and later, pnpm)",
    kind=Kind.DEPENDENCIES,
    source="https://docs.npmjs.com/cli/commands/npm-audit",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where the report carries an `error`, no package was audited, `metadata` is missing, or its"
            " totals are more than what is listed."
        ),
        "findings.total": (
            "Version 2: packages in `vulnerabilities`, as npm's own total counts. Version 1: `advisories`."
        ),
        "findings.suppressed": "Version 1: entries of `muted`. Version 2 does not tell.",
        "findings.medium": "Those with the severity `moderate`.",
        "dependencies.total": "`metadata.dependencies.total`; version 1: `metadata.totalDependencies`.",
        "dependencies.vulnerable": (
            "Version 2: packages by name, those included that only need a vulnerable one. Version 1: packages"
            " by name and version."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Version 2 lists packages, so one finding is a package with all that affects it, rated as npm"
            " rates it; peers count so too. A package that only needs a vulnerable one is a finding of its"
            " own, as in npm's total."
        ),
        (
            "Version 1 lists advisories, so one finding is an advisory, however many ways lead to the"
            " package; its own totals count the ways, and are held against those."
        ),
        (
            "A problem is known by its CVE or GHSA, else by npm's number. In version 2 a package's finding is"
            " named after all of its advisories: a new one on the same package is a new finding."
        ),
        (
            "pnpm leaves out what its configuration ignores, and still counts it: such a report lists less"
            " than it counted and does not count as run. Let waivers say what is ignored, and why."
        ),
    ),
)
