"""Grype's JSON: the matches of packages with vulnerabilities, and those that it was told to ignore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from tidegate.domain.findings import Finding
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode_each, load
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.audits import FOLLOWS, Audit, severity_of

FORMAT = "grype"
_REMAKE = "`grype . -o json --file grype.json`"
_OLDEST = timedelta(days=5)  # Grype's default of `db.max-allowed-built-age`


class _GrypeVulnerability(msgspec.Struct, gc=False):
    id: str
    severity: str | None = None


class _Artifact(msgspec.Struct, gc=False):
    name: str
    version: str = ""
    type: str = ""


class _Match(msgspec.Struct, gc=False):
    vulnerability: _GrypeVulnerability
    artifact: _Artifact


class _Status(msgspec.Struct, gc=False):
    valid: bool | None = None
    error: object = None
    built: object = None


class _Database(msgspec.Struct, gc=False):
    """The state of the database; since 0.88 below `status`."""

    error: object = None
    valid: bool | None = None
    built: object = None
    status: _Status | None = None


class _Descriptor(msgspec.Struct, gc=False):
    name: str = ""
    version: str = ""
    timestamp: object = None
    db: _Database | None = None


class _GrypeReport(msgspec.Struct, rename="camel"):
    matches: list[msgspec.Raw]
    ignored_matches: list[msgspec.Raw] | None = None
    descriptor: _Descriptor | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("matches") and (
        seen.has("descriptor") or seen.has("distro") or {"vulnerability", "artifact"} <= seen.inner
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _GrypeReport, remake=_REMAKE)
    audit = Audit("grype")
    for finding in _findings(report, audit):
        if items:
            yield finding
    descriptor = report.descriptor or _Descriptor()
    why_not = _why_not(report)
    return Reading(
        FORMAT,
        Kind.DEPENDENCIES,
        "grype",
        audit.measures(tells_suppressed=True),
        descriptor.version,
        ran=why_not is None,
        why_not=why_not,
        made_at=own_time(descriptor.timestamp),
    )


def _findings(report: _GrypeReport, audit: Audit) -> Iterator[Finding]:
    listed = (report.matches, "$.matches", False), (report.ignored_matches, "$.ignoredMatches", True)
    for parts, at, suppressed in listed:
        for match in decode_each(parts or (), _Match, remake=_REMAKE, at=at):
            found, package = match.vulnerability, match.artifact
            severity = severity_of(found.severity)
            of = package.version, package.type
            yield audit.add(found.id, package.name, severity, of=of, suppressed=suppressed)


def _why_not(report: _GrypeReport) -> str | None:
    database = report.descriptor.db if report.descriptor else None
    status = (database.status if database else None) or _Status()
    if database is not None:
        fault = database.error or status.error
        if fault or database.valid is False or status.valid is False:
            said = f" ({fault})" if isinstance(fault, str) else ""
            return (
                f"Grype says that its database was not valid{said}: run `grype db update` and scan again with"
                f" {_REMAKE}."
            )
    if database is not None and (late := _built_before(database.built or status.built, report)):
        return (
            f"Grype searched a database that was {late} days old, and lets none be older than"
            f" {_OLDEST.days} by itself: run `grype db update` and scan again with {_REMAKE}."
        )
    if not report.matches and (report.descriptor is None or report.descriptor.name.casefold() != "grype"):
        return (
            "The report lists no match and does not say that Grype wrote it (`descriptor`): write it whole,"
            f" with {_REMAKE}."
        )
    return None


def _built_before(built: object, report: _GrypeReport) -> int:
    """Return how many days old the database was when that is too many, else 0."""
    made, scanned = own_time(built), own_time(report.descriptor.timestamp if report.descriptor else None)
    if made is None or scanned is None or scanned - made <= _OLDEST:
        return 0
    return (scanned - made).days


READER = Reader(
    format=FORMAT,
    title="Grype JSON",
    kind=Kind.DEPENDENCIES,
    source="https://github.com/anchore/grype/blob/main/grype/presenter/models/document.go",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where the report says that the database was not valid, or was older than five days when"
            " it was searched, or lists no match and no `descriptor` of Grype."
        ),
        "findings.total": "Entries of `matches`.",
        "findings.suppressed": "Entries of `ignoredMatches`.",
        "findings.unrated": "Matches with the severity `Unknown`, with another word or without one.",
        "findings.info": "Matches with the severity `Negligible`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "One finding a match, as Grype counts: a vulnerability in two packages, or in two copies of one,"
            " is two, and so is one that is listed under its CVE and its GHSA; peers merge some of them."
        ),
        (
            "How many packages were looked at is not in the report, so `dependencies.total` is not measured:"
            " a scan of the wrong folder looks like a clean one. A rule on an SBOM of the same artifact"
            " (`sbom.components`) tells them apart."
        ),
        (
            "`Negligible` is a remark, as Grype's distributions use it; `Unknown` is no rating, where peers"
            " call it a remark too."
        ),
        (
            "Whatever Grype lists as ignored is suppressed: it names the rule by which it was, whether of the"
            " configuration, of a VEX document or its own. `--only-fixed` is such a rule."
        ),
    ),
)
