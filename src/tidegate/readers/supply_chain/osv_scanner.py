"""OSV-Scanner's JSON: packages by where they were found, their vulnerabilities in groups of aliases."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode_each, load
from tidegate.readers.supply_chain.aliases import best_name, grouped
from tidegate.readers.supply_chain.audits import FOLLOWS, Audit, severity_of

FORMAT = "osv-scanner"
_REMAKE = "`osv-scanner scan source --recursive --format json --output-file osv.json .`"
_LONGEST = 300
# The grades of its detectors; 0 is none.
_DETECTED = dict(
    enumerate((Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL), 1)
)
_WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)


class _OsvPackage(msgspec.Struct, gc=False):
    name: str = ""
    version: str = ""
    ecosystem: str = ""
    commit: str = ""


class _Specific(msgspec.Struct, gc=False):
    severity: object = None


class _OsvVulnerability(msgspec.Struct, gc=False):
    id: str
    aliases: list[str] | None = None
    database_specific: _Specific | None = None


class _Group(msgspec.Struct, gc=False):
    ids: list[str]
    aliases: list[str] | None = None
    max_severity: str | None = None


class _OsvPackageResult(msgspec.Struct):
    package: _OsvPackage
    vulnerabilities: list[_OsvVulnerability] | None = None
    groups: list[_Group] | None = None
    license_violations: list[str] | None = None


class _OsvSource(msgspec.Struct):
    packages: list[_OsvPackageResult]


class _GenericId(msgspec.Struct, rename="pascal", gc=False):
    reference: str = ""


class _GenericAdvisory(msgspec.Struct, rename="pascal", gc=False):
    id: _GenericId | None = msgspec.field(name="ID", default=None)
    title: str = ""
    sev: object = None


class _Generic(msgspec.Struct, rename="pascal", gc=False):
    """What a detector of OSV-Scanner found that is in no package, such as a weak password."""

    adv: _GenericAdvisory


class _OsvReport(msgspec.Struct):
    results: list[msgspec.Raw]
    experimental_config: object = None
    experimental_generic_findings: list[_Generic] | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return seen.has("results") and (seen.has("experimental_config") or {"source", "packages"} <= seen.inner)


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = load(source, limits, _OsvReport, remake=_REMAKE)
    audit = Audit("osv-scanner")
    packages = clean = 0
    for result in decode_each(report.results, _OsvSource, remake=_REMAKE, at="$.results"):
        for package in result.packages:
            packages += 1
            clean += not package.vulnerabilities and not package.license_violations
            for finding in _findings(package, audit):
                if items:
                    yield finding
    for generic in report.experimental_generic_findings or ():
        finding = _generic(generic.adv, audit)
        if items:
            yield finding
    if clean:  # Only with `--all-packages` does it list packages in which it found nothing.
        audit.looked_at = packages
    why_not = None
    if not report.results and report.experimental_config is None:
        why_not = (
            "The report lists no result and nothing of how OSV-Scanner was run (`experimental_config`), so it"
            f" does not show that it did: write it whole, with {_REMAKE}."
        )
    measures = audit.measures(tells_suppressed=False)
    return Reading(FORMAT, Kind.DEPENDENCIES, "osv-scanner", measures, ran=why_not is None, why_not=why_not)


def _findings(result: _OsvPackageResult, audit: Audit) -> Iterator[Finding]:
    package = result.package
    name = package.name or package.commit
    of = package.version, package.ecosystem
    scores = {id: group.max_severity for group in result.groups or () for id in group.ids}
    unknown = scores.keys() - {each.id for each in result.vulnerabilities or ()}
    if unknown:
        raise Unreadable(
            f"A package groups a vulnerability that it does not list ({min(unknown)[:60]}): the report was"
            f" cut or edited. Write it again with {_REMAKE}."
        )
    together = {id: group.ids[0] for group in result.groups or () for id in group.ids}

    def names(vulnerability: _OsvVulnerability) -> list[str]:
        own = together.get(vulnerability.id)
        return [f"group {own}"] if own else [vulnerability.id, *(vulnerability.aliases or ())]

    for group in grouped(result.vulnerabilities or (), names):
        rated = {severity_of(_word(each), _score(scores.get(each.id))) for each in group}
        rated |= {severity_of(None, _score(scores.get(each.id))) for each in group}
        severity = next((one for one in _WORST_FIRST if one in rated), Severity.UNRATED)
        rule = best_name(id for each in group for id in (each.id, *(each.aliases or ())))
        yield audit.add(rule, name, severity, of=of)


def _generic(advisory: _GenericAdvisory, audit: Audit) -> Finding:
    """Count what is in no package; where it was found may hold a password, and is not read."""
    severity = _DETECTED.get(advisory.sev, Severity.UNRATED) if type(advisory.sev) is int else None
    severity = severity or Severity.UNRATED
    audit.counts.add(severity)
    rule = advisory.id.reference if advisory.id else ""
    return Finding(FORMAT, rule[:_LONGEST], advisory.title[:_LONGEST] or rule[:_LONGEST], severity)


def _word(vulnerability: _OsvVulnerability) -> str | None:
    said = vulnerability.database_specific.severity if vulnerability.database_specific else None
    return said if isinstance(said, str) else None


def _score(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


READER = Reader(
    format=FORMAT,
    title="OSV-Scanner JSON",
    kind=Kind.DEPENDENCIES,
    source="https://google.github.io/osv-scanner/output/#json",
    follows=FOLLOWS
    | {
        "tool.ran": "False where neither a result nor `experimental_config` is there.",
        "findings.total": "Groups of `groups` of all packages: each vulnerability once under all its"
        " aliases; and `experimental_generic_findings`.",
        "findings.unrated": "Those without a `max_severity` and without a severity of their database.",
        "dependencies.total": (
            "Packages listed, where some are without a vulnerability, as `--all-packages` lists them; not"
            " measured otherwise."
        ),
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A severity is the worse of a group's `max_severity` (a CVSS score) and the word of the database"
            " (`LOW`, `MODERATE`, `HIGH`, `CRITICAL`)."
        ),
        (
            "Vulnerabilities of which call analysis says that the code is not called count: what OSV-Scanner"
            " lists is a problem until someone ignores it, and it leaves out what its configuration ignores."
        ),
        (
            "An empty list of results is a clean one: where it finds no package, OSV-Scanner ends with code"
            " 128 and writes no report, unless `--allow-no-lockfiles` lets it. It must come with"
            ' `experimental_config`: `{"results": []}` alone is what many tools write.'
        ),
        "Licences are left out.",
    ),
)
