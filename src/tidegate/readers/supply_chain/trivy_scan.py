"""What the results of one Trivy report say together, scanner by scanner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Value
from tidegate.readers.base import Limits, Unreadable
from tidegate.readers.jsons import cut, decode
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.audits import Audit, added, severity_of
from tidegate.readers.supply_chain.trivy_shapes import (
    Misconfiguration,
    Modified,
    TrivyResult,
    TrivySecret,
    TrivyVulnerability,
)

REMAKE = "`trivy fs --format json --output trivy.json .`"
# One name a scanner, so that a baseline compares each with itself; a gate's `needs` call them all trivy.
MISCONFIGURATIONS, SECRETS = "trivy-misconfig", "trivy-secret"
_PACKAGES = frozenset({"os-pkgs", "lang-pkgs"})
_TAKEN_OUT = frozenset({"ignored", "not_affected", "fixed"})


@dataclass(slots=True)
class TrivyScan:
    """What the results say together."""

    limits: Limits
    audit: Audit = field(default_factory=lambda: Audit("trivy"))
    misconfigurations: SeverityCounts = field(default_factory=SeverityCounts)
    secrets: SeverityCounts = field(default_factory=SeverityCounts)
    packages: int = 0
    lists_packages: bool = True  # of each target
    looked: bool = False  # for vulnerabilities, as some target shows
    has_packages: bool = False
    checks: int = 0
    declared: int = 0  # failures of checks
    found_secrets: bool = False
    shows_suppressed: bool = False
    classes: set[str] = field(default_factory=set)  # of results with packages
    other: set[str] = field(default_factory=set)  # classes of results that are not read

    def result(self, result: TrivyResult) -> Iterator[Finding]:
        """Count one result, and give its findings."""
        self._note(result)
        for each in result.vulnerabilities or ():
            yield self._vulnerability(each, suppressed=False)
        suppressed = self.misconfigurations.suppressed
        for check in result.misconfigurations or ():
            if check.status != "PASS":
                yield self._misconfiguration(check, result.target, suppressed=check.status == "EXCEPTION")
        for secret in result.secrets or ():
            yield self._secret(secret, result.target, suppressed=False)
        self.shows_suppressed = self.shows_suppressed or result.modified is not None
        for modified in result.modified or ():
            yield from self._modified(modified, result.target)
        if result.misconf_summary is not None:
            listed = self.misconfigurations.suppressed - suppressed
            more = max(0, result.misconf_summary.exceptions - listed)
            self.misconfigurations.suppressed = added(self.misconfigurations.suppressed, more)

    def measures(self, counts: SeverityCounts) -> dict[str, Value]:
        """Give the findings of one scanner; what was ignored only where Trivy shows it."""
        return counts.measures(tells_suppressed=self.shows_suppressed or counts.suppressed > 0)

    def _note(self, result: TrivyResult) -> None:
        unclassed = not result.class_ and not (result.misconfigurations or result.secrets)
        if result.class_ in _PACKAGES or result.vulnerabilities or unclassed:
            self.has_packages = True
            self.classes.add(result.class_)
            self.looked = self.looked or bool(result.vulnerabilities) or not result.packages
            self.lists_packages = self.lists_packages and result.packages is not None
            self.packages += len(result.packages or ())
        elif result.class_ not in ("", "config", "secret"):
            self.other.add(result.class_)
        summary = result.misconf_summary
        if summary is not None:
            self.checks += summary.successes + summary.failures + summary.exceptions
            self.declared += summary.failures
        self.checks += len(result.misconfigurations or ())

    def _vulnerability(self, each: TrivyVulnerability, *, suppressed: bool) -> Finding:
        severity, of = severity_of(each.severity), (each.installed_version, each.pkg_path)
        return self.audit.add(each.vulnerability_id, each.pkg_name, severity, of=of, suppressed=suppressed)

    def _misconfiguration(self, check: Misconfiguration, target: str, *, suppressed: bool) -> Finding:
        # A status that nobody knows may be worse than a failure, so it is no rating.
        severity = severity_of(check.severity) if check.status in ("FAIL", "EXCEPTION") else Severity.UNRATED
        self.misconfigurations.add(severity, suppressed)
        line = _line(check.cause_metadata.start_line if check.cause_metadata else None)
        text = cut(check.message or check.title, self.limits)
        return Finding(MISCONFIGURATIONS, check.id, text, severity, target, line, suppressed)

    def _secret(self, secret: TrivySecret, target: str, *, suppressed: bool) -> Finding:
        self.found_secrets = True
        severity = severity_of(secret.severity)
        self.secrets.add(severity, suppressed)
        text = cut(secret.title or secret.rule_id, self.limits)
        line = _line(secret.start_line)
        return Finding(SECRETS, secret.rule_id, text, severity, target, line, suppressed)

    def _modified(self, modified: Modified, target: str) -> Iterator[Finding]:
        """Count what was ignored, or what a VEX document says of it; what is still affected is a finding."""
        suppressed, at = modified.status in _TAKEN_OUT, "$.Results[].ExperimentalModifiedFindings[].Finding"
        if modified.type == "vulnerability":
            self.looked = self.has_packages = True
            found = decode(modified.finding, TrivyVulnerability, remake=REMAKE, at=at)
            yield self._vulnerability(found, suppressed=suppressed)
        elif modified.type == "misconfiguration":
            check = decode(modified.finding, Misconfiguration, remake=REMAKE, at=at)
            if check.status != "PASS":
                self.checks += 1
                yield self._misconfiguration(check, target, suppressed=suppressed)
        elif modified.type == "secret":
            secret = decode(modified.finding, TrivySecret, remake=REMAKE, at=at)
            yield self._secret(secret, target, suppressed=suppressed)
        elif modified.type != "license":
            raise Unreadable(
                f"The report took out a finding of the type {modified.type[:40]!r}, which is not known: write"
                f" it again with {REMAKE}."
            )


def _line(number: int | None) -> int | None:
    """Return a line that can be; Trivy writes 0 where it knows none."""
    return number if number is not None and number > 0 else None
