"""Trivy's JSON, schema 1 and 2: vulnerabilities, misconfigurations and secrets, each judged by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tidegate.domain.evidence import ToolRun
from tidegate.domain.measures import Kind, Value, combine
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, decode_each, read_text
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.audits import FOLLOWS
from tidegate.readers.supply_chain.trivy_scan import MISCONFIGURATIONS, REMAKE, SECRETS, TrivyScan
from tidegate.readers.supply_chain.trivy_shapes import TrivyMetadata, TrivyReport, TrivyResult

FORMAT = "trivy"
_NO_PACKAGES = frozenset({"activestate"})  # distributions of packages of languages alone


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root == "[":
        return "Target" in seen.inner and bool(seen.inner & {"Type", "Class", "Vulnerabilities"})
    return seen.has("SchemaVersion") and (seen.has("ArtifactName") or seen.has("Results"))


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    report = _report(read_text(source, limits, remake=REMAKE))
    scan = TrivyScan(limits)
    for result in decode_each(report.results or (), TrivyResult, remake=REMAKE, at="$.Results"):
        for finding in scan.result(result):
            if items:
                yield finding
    return _reading(report, scan)


def _report(data: bytes) -> TrivyReport:
    if data.lstrip()[:1] == b"[":
        return TrivyReport(results=decode(data, list[msgspec.Raw], remake=REMAKE))
    report = decode(data, TrivyReport, remake=REMAKE)
    if report.cluster_name is not msgspec.UNSET:
        raise Unreadable(
            "This is Trivy's report of a cluster (`trivy k8s`): it tells of many workloads at once. Scan what"
            " is released instead: `trivy image --format json --output trivy.json IMAGE`, and its manifests"
            " with `trivy config`."
        )
    if report.schema_version != 2:
        raise Unreadable(
            f"The report has schema {report.schema_version} of Trivy's JSON, read are 2 and the list before"
            f" it: write it with {REMAKE}."
        )
    return report


def _reading(report: TrivyReport, scan: TrivyScan) -> Reading:
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


def _parts(metadata: TrivyMetadata, scan: TrivyScan, commits: tuple[str, ...]) -> Iterator[ToolRun]:
    if scan.has_packages:
        if scan.lists_packages:
            scan.audit.looked_at = scan.packages
        measures = scan.audit.measures(tells_suppressed=scan.shows_suppressed)
        yield _run(Kind.DEPENDENCIES, "trivy", measures, _why_not_looked(metadata, scan), commits)
    if scan.checks:
        why_not = _why_not_listed(scan)
        yield _run(Kind.SAST, MISCONFIGURATIONS, scan.measures(scan.misconfigurations), why_not, commits)
    if scan.found_secrets:
        yield _run(Kind.SECRETS, SECRETS, scan.measures(scan.secrets), None, commits)


def _run(
    kind: Kind, tool: str, measures: dict[str, Value], why_not: str | None, commits: tuple[str, ...]
) -> ToolRun:
    return ToolRun(kind, tool, measures, why_not is None, why_not, commits)


def _why_nothing(scan: TrivyScan) -> str:
    if scan.other:
        return (
            f"Trivy lists nothing but {', '.join(sorted(scan.other))[:80]}, which is not read: let it look"
            f" for vulnerabilities, with {REMAKE}."
        )
    return (
        "Trivy lists no result, so it does not show that it found anything to look at: run it where the lock"
        f" files are, with {REMAKE}."
    )


def _why_not_looked(metadata: TrivyMetadata, scan: TrivyScan) -> str | None:
    if metadata.os is not None and metadata.os.end_of_life:
        return (
            f"Trivy says that {metadata.os.family} {metadata.os.name} is past its end of life, so its"
            " vulnerabilities are not published any more: build on a distribution that is maintained."
        )
    family = metadata.os.family if metadata.os is not None else ""
    if family and family not in _NO_PACKAGES and scan.classes == {"lang-pkgs"}:
        # It leaves out what it does not support, and says so in its log alone.
        return (
            f"Trivy found the distribution {family[:40]} and lists nothing of it: it does not support"
            " that, or was told to leave it out. Build on one that Trivy supports, and scan with"
            " `--pkg-types os,library` (before 0.54 `--vuln-type`)."
        )
    if not scan.looked:
        return (
            "Trivy lists packages and no vulnerability, which it also does where it was told not to look for"
            " any (`--scanners`). Write it with `--scanners vuln --list-all-pkgs=false`: targets are then"
            " listed only where it looked."
        )
    return None


def _why_not_listed(scan: TrivyScan) -> str | None:
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
    kind=Kind.ANALYSIS,  # one that cannot be read may be of any of its scanners, and blocks what needs one
    source="https://trivy.dev/latest/docs/configuration/reporting/#json",
    follows=FOLLOWS
    | {
        "tool.ran": (
            "False where no result shows that a scanner looked, the distribution is past its end of life or"
            " not among the results, or fewer failed checks are listed than counted."
        ),
        "findings.total": (
            "`Vulnerabilities`, as `dependencies`; `Misconfigurations` that did not pass, as `sast`;"
            " `Secrets`, as `secrets`."
        ),
        "findings.suppressed": (
            "`ExperimentalModifiedFindings` that are ignored, not affected or fixed, and exceptions of"
            " checks; not measured where there are none: Trivy lists them with `--show-suppressed` alone."
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
        ("A report that cannot be read may be of any of the scanners, and blocks what needs one of them."),
        "The text of a secret (`Match`, `Code`) is never read: a finding holds its rule, file and line.",
        (
            "The report of a cluster (`trivy k8s`) is refused: it is of no one component. The `null` that old"
            " versions wrote of a clean run is refused, too: it shows nothing."
        ),
    ),
)
