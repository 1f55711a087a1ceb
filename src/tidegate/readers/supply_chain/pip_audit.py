"""pip-audit's JSON report: the present object layout and the list of versions before 2.5."""

from __future__ import annotations

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, read_text
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.aliases import best_name, grouped

_REMAKE = "`pip-audit -f json -o pip-audit.json`"


class _PipAuditVulnerability(msgspec.Struct, gc=False):
    id: str
    aliases: list[str] | None = None


class _PipAuditDependency(msgspec.Struct):
    """One package; a skipped one has a reason and no `vulns`."""

    name: str
    vulns: list[_PipAuditVulnerability] | None = None
    skip_reason: str | None = None


class _PipAuditReport(msgspec.Struct):
    dependencies: list[_PipAuditDependency]


_Legacy = list[_PipAuditDependency]


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        return "name" in seen.inner and bool(seen.inner & {"vulns", "skip_reason"})
    return seen.has("dependencies") and (
        seen.keys.keys() <= {"dependencies", "fixes"} or bool(seen.inner & {"vulns", "skip_reason"})
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    data = read_text(source, limits, remake=_REMAKE)
    if data.lstrip()[:1] == b"[":
        dependencies = decode(data, _Legacy, remake=_REMAKE)
    else:
        dependencies = decode(data, _PipAuditReport, remake=_REMAKE).dependencies
    counts = SeverityCounts()
    skipped = vulnerable = 0
    for dependency in dependencies:
        skipped += dependency.vulns is None or dependency.skip_reason is not None
        vulnerable += bool(dependency.vulns)
        for group in grouped(dependency.vulns or (), _names):
            counts.add(Severity.UNRATED)
            if items:
                yield _finding(dependency.name, best_name(each.id for each in group))
    measures = counts.measures(rates=False, tells_suppressed=False)
    measures["dependencies.total"] = len(dependencies)
    measures["dependencies.skipped"] = skipped
    measures["dependencies.vulnerable"] = vulnerable
    why_not = _why_not(dependencies, skipped)
    return Reading(
        "pip-audit", Kind.DEPENDENCIES, "pip-audit", measures, ran=why_not is None, why_not=why_not
    )


def _names(vulnerability: _PipAuditVulnerability) -> set[str]:
    return {vulnerability.id, *(vulnerability.aliases or ())}


def _finding(package: str, name: str) -> Finding:
    # Neither version nor description: both change while the problem stays the same.
    return Finding("pip-audit", name, f"{package} is affected by {name}", Severity.UNRATED, package)


def _why_not(dependencies: list[_PipAuditDependency], skipped: int) -> str | None:
    if not dependencies:
        return (
            "pip-audit lists no dependency, so it audited none: run it inside the environment, or with `-r`."
        )
    if skipped == len(dependencies):
        first = dependencies[0]
        return (
            f"pip-audit skipped all {skipped} dependencies, the first ({first.name}) because:"
            f" {first.skip_reason}"
        )
    return None


READER = Reader(
    format="pip-audit",
    title="pip-audit JSON",
    kind=Kind.DEPENDENCIES,
    source="https://github.com/pypa/pip-audit",
    follows={
        "findings.total": (
            "Entries of `vulns` of all dependencies, each vulnerability once under all its aliases."
        ),
        "findings.unrated": (
            "The same: pip-audit gives no severity, so no measure of a severity is given either."
        ),
        "dependencies.total": "Dependencies listed, skipped ones included.",
        "dependencies.skipped": "Dependencies without `vulns`, or with a `skip_reason`: not audited.",
        "dependencies.vulnerable": "Dependencies with at least one entry of `vulns`.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "A report without any dependency counts as not run: it looks the same whether there was nothing"
            " to audit or nothing was found to audit, and only the second happens by mistake."
        ),
        (
            "An empty list alone (`[]`) is not recognised by its content, as several tools write it; named as"
            " pip-audit's it is read and counts as not run."
        ),
        "No severity is assumed where none is given.",
        "One finding a vulnerability and package; its path is the package's name.",
    ),
)
