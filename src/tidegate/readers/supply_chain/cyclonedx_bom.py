"""What a CycloneDX bill of materials means, however it is written: its parts and its vulnerabilities."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Item, Reading
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts, severity_of_score
from tidegate.readers.supply_chain.aliases import best_name, grouped
from tidegate.readers.supply_chain.placeholders import names_licence
from tidegate.readers.supply_chain.sbom_counts import SbomCounts, is_cpe, is_digest, is_purl

# Tools that write CycloneDX only after they looked for vulnerabilities.
_SCANNERS = {"grype", "pip-audit", "osv-scanner", "dependency-check", "dependency-track", "snyk"}
_SETTLED = {"not_affected", "false_positive", "resolved", "resolved_with_pedigree"}
_WORST_FIRST = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)
_SEVERITIES = {str(severity): severity for severity in _WORST_FIRST} | {"none": Severity.INFO}

_Type = Literal[
    "application",
    "container",
    "cryptographic-asset",
    "data",
    "device",
    "device-driver",
    "file",
    "firmware",
    "framework",
    "library",
    "machine-learning-model",
    "operating-system",
    "platform",
]
_Algorithm = Literal[
    "BLAKE2b-256",
    "BLAKE2b-384",
    "BLAKE2b-512",
    "BLAKE3",
    "MD5",
    "SHA-1",
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA3-256",
    "SHA3-384",
    "SHA3-512",
    "Streebog-256",
    "Streebog-512",
]
Named = Annotated[str, msgspec.Meta(min_length=1)]
SerialNumber = Annotated[
    str, msgspec.Meta(pattern=r"^urn:uuid:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
]


class _Hash(msgspec.Struct, gc=False):
    alg: _Algorithm
    content: str


class _License(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None


class _Choice(msgspec.Struct, gc=False):
    license: _License | None = None
    expression: str | None = None


class BomComponent(msgspec.Struct):
    """A part, with the parts that it has itself."""

    type: _Type
    name: str
    version: str | None = None
    purl: str | None = None
    cpe: str | None = None
    ref: str | None = msgspec.field(name="bom-ref", default=None)
    licenses: list[_Choice] | None = None
    hashes: list[_Hash] | None = None
    components: list[BomComponent] | None = None


class BomTool(msgspec.Struct, gc=False):
    """A tool that took part in making the document."""

    name: str | None = None
    version: str | None = None


class BomDependency(msgspec.Struct, gc=False):
    """Whose dependencies an entry lists."""

    ref: Named


class Composition(msgspec.Struct):
    """What the document says of its own completeness."""

    aggregate: str | None = None
    assemblies: list[str] | None = None


class _Rating(msgspec.Struct, gc=False):
    severity: str | None = None
    score: float | None = None
    method: str | None = None

    def severity_of(self) -> Severity:
        """Rate by the word, else by the score where it is one of CVSS: EPSS and OWASP count otherwise."""
        is_cvss = not self.method or self.method.upper().startswith("CVSS")
        return _SEVERITIES.get(self.severity or "") or severity_of_score(self.score if is_cvss else None)


class _Analysis(msgspec.Struct, gc=False):
    state: str | None = None


class _Affected(msgspec.Struct, gc=False):
    ref: str | None = None


class _Reference(msgspec.Struct, gc=False):
    id: str | None = None


class BomVulnerability(msgspec.Struct):
    """A vulnerability, with what it affects."""

    id: str | None = None
    references: list[_Reference] | None = None
    ratings: list[_Rating] | None = None
    analysis: _Analysis | None = None
    affects: list[_Affected] | None = None


@dataclass(slots=True)
class Bom:
    """What was met of a document; its components are counted and not kept.

    `vulnerabilities` is None where the document has no such list, which is not the same as an empty one.
    """

    counts: SbomCounts = field(default_factory=SbomCounts)
    names: dict[str, str] = field(default_factory=dict)
    vulnerabilities: list[BomVulnerability] | None = None
    tools: Sequence[BomTool] = ()
    timestamp: object = None
    main_ref: str | None = None  # of the component that the document describes
    complete: set[str] = field(default_factory=set)  # what it says is complete as listed

    def add(self, component: BomComponent) -> None:
        """Count one component, without those inside it."""
        self.counts.add(
            version=component.version,
            identified=is_purl(component.purl) or is_cpe(component.cpe),
            licensed=_names_licence(component.licenses or ()),
            hashed=any(is_digest(each.content) for each in component.hashes or ()),
        )

    def compose(self, composition: Composition) -> None:
        """Remember what the document says is complete."""
        if composition.aggregate == "complete":
            self.complete.update(composition.assemblies or ())


def read_bom(bom: Bom, format: str, items: bool) -> Generator[Item, None, Reading]:
    """Give the findings of a document and what it says, once all of it was met."""
    counts = SeverityCounts()
    for group in grouped(bom.vulnerabilities or (), _names):
        finding = _finding(group, bom.names)
        counts.add(finding.severity, finding.suppressed)
        if items:
            yield finding
    measures: dict[str, Value] = counts.measures() if bom.vulnerabilities or _scanned(bom) else {}
    why_not = None
    if bom.counts.components or bom.main_ref in bom.complete:
        measures |= bom.counts.measures()
    elif not bom.vulnerabilities:
        why_not = (
            "The report lists no component: an empty inventory may also be one that failed. Run the"
            " generator where the lock file or the environment is, or state a complete composition."
        )
    tool = bom.tools[0] if bom.tools else BomTool()
    return Reading(
        format,
        Kind.SBOM,
        tool.name or "cyclonedx",
        measures,
        tool.version or "",
        why_not is None,
        why_not,
        own_time(bom.timestamp),
    )


def _names_licence(choices: Iterable[_Choice]) -> bool:
    """Tell whether a component's licences are given: at least one is, and none of them is a placeholder."""
    texts: list[str] = []
    for choice in choices:
        licence = choice.license or _License()
        texts += (text for text in (choice.expression, licence.id or licence.name) if text and text.strip())
    return bool(texts) and all(names_licence(text) for text in texts)


def _finding(group: list[BomVulnerability], names: Mapping[str, str]) -> Finding:
    """Make one finding of one vulnerability, under whichever names and however often it is listed."""
    path = ", ".join(sorted({names.get(ref, ref) for each in group for ref in _affected(each)}))
    name = best_name(each.id for each in group if each.id)
    settled = all(each.analysis is not None and each.analysis.state in _SETTLED for each in group)
    message = f"{path or 'A component'} is affected by {name or 'an unnamed vulnerability'}"
    ratings = [rating for each in group for rating in each.ratings or ()]
    return Finding("cyclonedx", name, message, _rate(ratings), path, None, settled)


def _affected(vulnerability: BomVulnerability) -> set[str]:
    return {affected.ref for affected in vulnerability.affects or () if affected.ref}


def _names(vulnerability: BomVulnerability) -> list[tuple[str, str]]:
    """Name a vulnerability by each of its ids and aliases together with each component that it affects."""
    ids = {vulnerability.id, *(each.id for each in vulnerability.references or ())} - {None, ""}
    return [(str(id).casefold(), ref) for id in ids for ref in _affected(vulnerability) or {""}]


def _rate(ratings: list[_Rating]) -> Severity:
    """Take the worst of the ratings; each by its word, else by its score."""
    rated = {each.severity_of() for each in ratings}
    return next((severity for severity in _WORST_FIRST if severity in rated), Severity.UNRATED)


def _scanned(bom: Bom) -> bool:
    """Tell whether an empty list of vulnerabilities is the result of a search for them.

    Trivy and others write the empty list always, whether they searched or not, so it says something only of
    scanners that are known to search.
    """
    if bom.vulnerabilities is None:
        return False
    return any((each.name or "").casefold() in _SCANNERS for each in bom.tools)


FOLLOWS = {
    "sbom.components": (
        "Entries of `components`, nested ones included; `metadata.component` is not one of them."
    ),
    "sbom.versioned": (
        "Components with a `version` that names one: no blank, no `latest`, `UNKNOWN` or other word"
        " without a digit, no range and no template."
    ),
    "sbom.identified": "Components with a package URL (`pkg:…`) or a CPE (`cpe:…`).",
    "sbom.licensed": (
        "Components with a licence id, name or expression, of which none is NOASSERTION, NONE, UNKNOWN or"
        " another placeholder."
    ),
    "sbom.hashed": "Components with a digest.",
    "findings.total": (
        "`vulnerabilities` that are not settled, each once under all its aliases; given where the list"
        " has entries, or is empty and its tool is a scanner that is known to look for them."
    ),
    "findings.suppressed": "Those whose `analysis.state` is not_affected, false_positive or resolved.",
    "findings.unrated": "Those without a severity or a score of CVSS.",
    **RATED_FOLLOWS,
}
NOTES = (
    "The worst of several ratings counts, whoever gave it.",
    "One finding a vulnerability, however many components it affects.",
    (
        "Entries that share an id or an alias (`references`) and a component are one vulnerability, under"
        " its CVE where it has one, rated by the worst, and settled only where each entry is."
    ),
    (
        "An empty list of vulnerabilities measures nothing unless a scanner wrote it: Trivy writes it"
        " always and does not look by default (`trivy fs --scanners vuln --format cyclonedx` looks, but"
        " its empty list looks the same: submit Trivy's JSON for a result that says none)."
    ),
    (
        "A report without components counts as not run unless a complete composition says that the"
        " component has no parts. One with vulnerabilities alone (VEX) gives findings and no `sbom.*`,"
        " which are not measured then."
    ),
    (
        "Types of component, digest algorithms, references and the serial number must be those of the"
        " standard; licence ids are counted as given, without the SPDX list, which grows between"
        " versions."
    ),
)
