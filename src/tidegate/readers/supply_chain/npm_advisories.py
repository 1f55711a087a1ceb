"""The answer of npm's audit service, version 1, as npm 6, pnpm and yarn pass it on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.readers.jsons import decode
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.aliases import best_name
from tidegate.readers.supply_chain.audits import SEVERITIES, Audit, Count, fewer_than_declared, severity_of


class _NpmPlace(msgspec.Struct, gc=False):
    """A version of the package that is installed, and the ways that lead to it."""

    version: str = ""
    paths: list[str] | None = None


class Advisory(msgspec.Struct):
    """What is wrong with a package, wherever it is installed."""

    module_name: str
    severity: str | None = None
    findings: list[_NpmPlace] | None = None
    id: int | str | None = None
    github_advisory_id: str | None = None
    cves: list[str] | None = None
    url: str | None = None

    def name(self) -> str:
        """Return the name that the problem is known by: its CVE, else its GHSA, else npm's number."""
        known = best_name([*(self.cves or ()), self.github_advisory_id or ""])
        return known or advisory_name(self.id, self.url)

    def ways(self) -> int:
        """Count the ways by which the package is needed, as the totals of the service do."""
        return sum(len(place.paths or ()) or 1 for place in self.findings or ()) or 1


class NpmTotals(msgspec.Struct):
    """What the service counted: problems by severity, and packages."""

    vulnerabilities: dict[str, Count] | None = None
    total_dependencies: Count | None = msgspec.field(name="totalDependencies", default=None)


def advisory_name(id: int | str | None, url: str | None) -> str:
    """Name an advisory by its GHSA, which its page's address ends with, else by its number."""
    last = (url or "").rstrip("/").rpartition("/")[2]
    return last if last.startswith("GHSA-") else f"npm-{id}" if id is not None else last


def declared(counts: Mapping[str, int] | None) -> Counter[Severity]:
    """Give the totals of a report by severity; `total`, where it is given, is no severity."""
    totals: Counter[Severity] = Counter()
    for word, count in (counts or {}).items():
        if word != "total":
            totals[SEVERITIES.get(word, Severity.UNRATED)] += count
    return totals


class Advisories:
    """Counts advisories, and the ways to them, which the service's own totals are made of."""

    def __init__(self, audit: Audit, tool: str) -> None:
        self._audit = audit
        self._tool = tool
        self._ways = SeverityCounts()

    def add(self, advisory: Advisory, ways: int) -> Finding:
        """Count one advisory, which so many ways lead to."""
        severity = severity_of(advisory.severity)
        self._ways.add_several(severity, ways)
        versions = {place.version for place in advisory.findings or ()} or {""}
        self._audit.vulnerable.update((advisory.module_name, version) for version in versions)
        return self._audit.add(advisory.name(), advisory.module_name, severity, of=(min(versions),))

    def read(self, parts: Mapping[str, msgspec.Raw], *, remake: str) -> Iterator[Finding]:
        """Count the `advisories` of a report one by one."""
        for key, part in parts.items():
            advisory = decode(part, Advisory, remake=remake, at=f'$.advisories["{key[:60]}"]')
            yield self.add(advisory, advisory.ways())

    def why_not(self, totals: NpmTotals | None) -> str | None:
        """Say how the service's totals show that nothing was looked at, or not all is listed."""
        if totals is None or not totals.vulnerabilities or totals.total_dependencies is None:
            return (
                f"The report of {self._tool} does not say how much was audited (`metadata`): it was cut or"
                " edited. Write it whole."
            )
        return why_none(totals.total_dependencies, self._tool) or fewer_than_declared(
            declared(totals.vulnerabilities), self._ways, self._tool
        )


def why_none(packages: int, tool: str) -> str | None:
    """Say that no package was audited; None where some were."""
    if packages > 0:
        return None
    return f"{tool} audited no package: run it where the lock file is, with the dependencies installed."


def is_followed(head: bytes) -> bool:
    """Tell whether a line of yarn's own follows the answer, which yarn 2 and 3 write into one line."""
    return b'\n{"type":' in head
