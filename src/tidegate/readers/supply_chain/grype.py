"""Grype's JSON: the matches of packages with vulnerabilities, and those that it was told to ignore."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

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
_AHEAD = timedelta(days=1)  # what clocks may differ by
_LONGEST_SAID = 200


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


class _Alert(msgspec.Struct, gc=False):
    """What Grype says of a package beside its vulnerabilities, such as `distro-eol`."""

    type: str = ""
    message: str = ""


class _Alerts(msgspec.Struct, gc=False):
    alerts: list[_Alert] | None = None


class _GrypeReport(msgspec.Struct, rename="camel"):
    matches: list[msgspec.Raw]
    ignored_matches: list[msgspec.Raw] | None = None
    alerts_by_package: list[_Alerts] | None = None
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
        # Without a time of its own (`timestamp: false`, old versions) it is as old as what it searched.
        made_at=own_time(descriptor.timestamp) or _built(descriptor.db),
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
    # Versions from 0.65 to 0.69 left their name empty, and named the database all the same.
    if report.descriptor is None or report.descriptor.name.casefold() not in ("grype", ""):
        return (
            "The report does not say that Grype wrote it, nor what it searched (`descriptor`): write it"
            f" whole, with {_REMAKE}."
        )
    return _why_not_searched(report.descriptor) or _why_not_matched(report.alerts_by_package or ())


def _why_not_searched(descriptor: _Descriptor) -> str | None:
    """Say what was wrong with the database, without which Grype finds nothing wherever it looks."""
    database = descriptor.db or _Database()
    status = database.status or _Status()
    fault = database.error or status.error
    if fault or database.valid is False or status.valid is False:
        said = f" ({fault})" if isinstance(fault, str) else ""
        return (
            f"Grype says that its database was not valid{said}: run `grype db update` and scan again with"
            f" {_REMAKE}."
        )
    built, scanned = _built(database), own_time(descriptor.timestamp)
    if built is None:
        return (
            "The report does not say which database Grype searched, nor when that was built"
            f" (`descriptor.db`): write it with a Grype that is maintained, and keep it whole: {_REMAKE}."
        )
    if scanned is not None and built - scanned > _AHEAD:
        return (
            "The report's database was built after it was searched, so one of both times is wrong: set the"
            f" clock of the machine, and scan again with {_REMAKE}."
        )
    if scanned is not None and scanned - built > _OLDEST:
        return (
            f"Grype searched a database that was {(scanned - built).days} days old, and lets none be older"
            f" than {_OLDEST.days} by itself: run `grype db update` and scan again with {_REMAKE}."
        )
    return None


def _built(database: _Database | None) -> datetime | None:
    if database is None:
        return None
    return own_time(database.built) or own_time(database.status.built if database.status else None)


def _why_not_matched(packages: Sequence[_Alerts]) -> str | None:
    """Say of which distribution no vulnerabilities are known, so that none could be found."""
    for package in packages:
        for alert in package.alerts or ():
            if alert.type.startswith("distro-"):
                said = alert.message[:_LONGEST_SAID] or alert.type[:_LONGEST_SAID]
                return (
                    f"Grype could not match all packages ({said}): nobody publishes the vulnerabilities of"
                    " that distribution. Build on one that is maintained and that Grype knows."
                )
    return None


READER = Reader(
    format=FORMAT,
    title="Grype JSON",
    kind=Kind.DEPENDENCIES,
    source="https://github.com/anchore/grype/blob/main/grype/presenter/models/document.go",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where there is no `descriptor` of Grype, it names no database, one that was not valid or"
            " one that was older than five days when it was searched, or packages are of a distribution that"
            " Grype does not match (`alertsByPackage`)."
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
