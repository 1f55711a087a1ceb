"""Trivy's JSON, schema 1 and 2: vulnerabilities, misconfigurations and secrets, each judged by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from tidegate.domain.evidence import ToolRun
from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind, Value, combine
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import cut, decode, decode_each, read_text
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import SeverityCounts
from tidegate.readers.supply_chain.audits import FOLLOWS, Audit, added, severity_of
from tidegate.readers.supply_chain.trivy_shapes import (
    Misconfiguration,
    Modified,
    TrivyMetadata,
    TrivyReport,
    TrivyResult,
    TrivySecret,
    TrivyVulnerability,
)

FORMAT = "trivy"
_REMAKE = "`trivy fs --format json --output trivy.json .`"
# One name a scanner, so that a baseline compares each with itself; a gate's `needs` call them all trivy.
_MISCONFIGURATIONS, _SECRETS = "trivy-misconfig", "trivy-secret"
_PACKAGES = frozenset({"os-pkgs", "lang-pkgs"})
_TAKEN_OUT = frozenset({"ignored", "not_affected", "fixed"})


@dataclass(slots=True)
class _Scan:
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
        for modified in result.modified or ():
            yield from self._modified(modified, result.target)
        if result.misconf_summary is not None:
            listed = self.misconfigurations.suppressed - suppressed
            more = max(0, result.misconf_summary.exceptions - listed)
            self.misconfigurations.suppressed = added(self.misconfigurations.suppressed, more)

    def _note(self, result: TrivyResult) -> None:
        unclassed = not result.class_ and not (result.misconfigurations or result.secrets)
        if result.class_ in _PACKAGES or result.vulnerabilities or unclassed:
            self.has_packages = True
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
        return Finding(_MISCONFIGURATIONS, check.id, text, severity, target, line, suppressed)

    def _secret(self, secret: TrivySecret, target: str, *, suppressed: bool) -> Finding:
        self.found_secrets = True
        severity = severity_of(secret.severity)
        self.secrets.add(severity, suppressed)
        text = cut(secret.title or secret.rule_id, self.limits)
        line = _line(secret.start_line)
        return Finding(_SECRETS, secret.rule_id, text, severity, target, line, suppressed)

    def _modified(self, modified: Modified, target: str) -> Iterator[Finding]:
        """Count what was ignored, or what a VEX document says of it; what is still affected is a finding."""
        suppressed, at = modified.status in _TAKEN_OUT, "$.Results[].ExperimentalModifiedFindings[].Finding"
        if modified.type == "vulnerability":
            self.looked = self.has_packages = True
            found = decode(modified.finding, TrivyVulnerability, remake=_REMAKE, at=at)
            yield self._vulnerability(found, suppressed=suppressed)
        elif modified.type == "misconfiguration":
            check = decode(modified.finding, Misconfiguration, remake=_REMAKE, at=at)
            if check.status != "PASS":
                self.checks += 1
                yield self._misconfiguration(check, target, suppressed=suppressed)
        elif modified.type == "secret":
            secret = decode(modified.finding, TrivySecret, remake=_REMAKE, at=at)
            yield self._secret(secret, target, suppressed=suppressed)
        elif modified.type != "license":
            raise Unreadable(
                f"The report took out a finding of the type {modified.type[:40]!r}, which is not known: write"
                f" it again with {_REMAKE}."
            )


def _line(number: int | None) -> int | None:
    """Return a line that can be; Trivy writes 0 where it knows none."""
    return number if number is not None and number > 0 else None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        return "Target" in seen.inner and bool(seen.inner & {"Type", "Class", "Vulnerabilities"})
    return seen.has("SchemaVersion") and (seen.has("ArtifactName") or seen.has("Results"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _report(read_text(source, limits, remake=_REMAKE))
    scan = _Scan(limits)
    for result in decode_each(report.results or (), TrivyResult, remake=_REMAKE, at="$.Results"):
        for finding in scan.result(result):
            if items:
                yield finding
    return _reading(report, scan)


def _report(data: bytes) -> TrivyReport:
    if data.lstrip()[:1] == b"[":
        return TrivyReport(results=decode(data, list[msgspec.Raw], remake=_REMAKE))
    report = decode(data, TrivyReport, remake=_REMAKE)
    if report.cluster_name is not msgspec.UNSET:
        raise Unreadable(
            "This is Trivy's report of a cluster (`trivy k8s`): it tells of many workloads at once. Scan what"
            " is released instead: `trivy image --format json --output trivy.json IMAGE`, and its manifests"
            " with `trivy config`."
        )
    if report.schema_version != 2:
        raise Unreadable(
            f"The report has schema {report.schema_version} of Trivy's JSON, read are 2 and the list before"
            f" it: write it with {_REMAKE}."
        )
    return report


def _reading(report: TrivyReport, scan: _Scan) -> Reading:
    """Say what the report says: one scanner's part, or several as runs of their own."""
    metadata = report.metadata or TrivyMetadata()
    commits = (metadata.commit,) if metadata.commit else ()
    parts = list(_parts(metadata, scan, commits))
    if not parts:
        parts = [_run(Kind.DEPENDENCIES, "trivy", {}, _why_nothing(scan), commits)]
    version = report.trivy.version if report.trivy else ""
    made_at = own_time(report.created_at)
    first = parts[0]
    if len(parts) == 1:
        return Reading(
            FORMAT,
            first.kind,
            first.tool,
            first.measures,
            version,
            first.ran,
            first.why_not,
            made_at,
            commits,
        )
    why_not = next((part.why_not for part in parts if part.why_not), None)
    findings = [
        (
            Kind.ANALYSIS,
            {name: value for name, value in part.measures.items() if name.startswith("findings.")},
        )
        for part in parts
    ]
    return Reading(
        format=FORMAT,
        kind=Kind.ANALYSIS,
        tool=", ".join(part.tool for part in parts),
        tool_version=version,
        measures=combine(findings),
        ran=why_not is None,
        why_not=why_not,
        made_at=made_at,
        commits=commits,
        runs=tuple(parts),
    )


def _parts(metadata: TrivyMetadata, scan: _Scan, commits: tuple[str, ...]) -> Iterator[ToolRun]:
    if scan.has_packages:
        if scan.lists_packages:
            scan.audit.looked_at = scan.packages
        measures = scan.audit.measures(tells_suppressed=True)
        yield _run(Kind.DEPENDENCIES, "trivy", measures, _why_not_looked(metadata, scan), commits)
    if scan.checks:
        why_not = _why_not_listed(scan)
        yield _run(Kind.SAST, _MISCONFIGURATIONS, scan.misconfigurations.measures(), why_not, commits)
    if scan.found_secrets:
        yield _run(Kind.SECRETS, _SECRETS, scan.secrets.measures(), None, commits)


def _run(
    kind: Kind, tool: str, measures: dict[str, Value], why_not: str | None, commits: tuple[str, ...]
) -> ToolRun:
    return ToolRun(kind, tool, measures, why_not is None, why_not, commits)


def _why_nothing(scan: _Scan) -> str:
    if scan.other:
        return (
            f"Trivy lists nothing but {', '.join(sorted(scan.other))[:80]}, which is not read: let it look"
            f" for vulnerabilities, with {_REMAKE}."
        )
    return (
        "Trivy lists no result, so it does not show that it found anything to look at: run it where the lock"
        f" files are, with {_REMAKE}."
    )


def _why_not_looked(metadata: TrivyMetadata, scan: _Scan) -> str | None:
    if metadata.os is not None and metadata.os.end_of_life:
        return (
            f"Trivy says that {metadata.os.family} {metadata.os.name} is past its end of life, so its"
            " vulnerabilities are not published any more: build on a distribution that is maintained."
        )
    if not scan.looked:
        return (
            "Trivy lists packages and no vulnerability, which it also does where it was told not to look for"
            " any (`--scanners`). Write it with `--scanners vuln --list-all-pkgs=false`: targets are then"
            " listed only where it looked."
        )
    return None


def _why_not_listed(scan: _Scan) -> str | None:
    listed = scan.misconfigurations.total
    if scan.declared > listed:
        return (
            f"Trivy counted {scan.declared} failed checks and lists {listed}: the report was cut or edited."
            " Write it whole."
        )
    return None


READER = Reader(
    format=FORMAT,
    title="Trivy JSON",
    kind=Kind.DEPENDENCIES,
    source="https://trivy.dev/latest/docs/configuration/reporting/#json",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where no result shows that a scanner looked, the distribution is past its end of life, or"
            " fewer failed checks are listed than counted."
        ),
        "findings.total": (
            "`Vulnerabilities`, as `dependencies`; `Misconfigurations` that did not pass, as `sast`;"
            " `Secrets`, as `secrets`."
        ),
        "findings.suppressed": (
            "`ExperimentalModifiedFindings` that are ignored, not affected or fixed, and exceptions of"
            " checks."
        ),
        "findings.unrated": "Those with the severity `UNKNOWN`, with another word or without one.",
        "dependencies.total": "Entries of `Packages`; not measured where a target does not list them.",
        "dependencies.vulnerable": "Packages, by name, version and path, with a finding that counts.",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        (
            "Vulnerabilities, misconfigurations and secrets of one file are judged by themselves; licences"
            " are left out. A scanner that a file does not show is not measured, so a rule over it is"
            " `missing`."
        ),
        (
            "Trivy lists a target without vulnerabilities where it looked for them and found none. With"
            " `--list-all-pkgs`, the default of newer versions for JSON, it lists targets with their packages"
            " whether it looked or not: such a report counts as run only where it names a vulnerability,"
            " found or ignored."
        ),
        (
            "Trivy's secret scanner says nothing where it finds nothing, so a JSON report never shows that"
            " there are no secrets; what it finds counts. Gitleaks' report shows both."
        ),
        (
            "One finding an entry, as Trivy lists them: a vulnerability in two targets is two. `--severity`"
            " and `--ignore-unfixed` leave out entries without a trace: do not use them for a gate."
        ),
        "The text of a secret (`Match`, `Code`) is never read: a finding holds its rule, file and line.",
        (
            "The report of a cluster (`trivy k8s`) is refused: it is of no one component. The `null` that old"
            " versions wrote of a clean run is refused, too: it shows nothing."
        ),
    ),
)
