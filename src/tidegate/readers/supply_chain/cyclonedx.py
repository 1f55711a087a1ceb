"""CycloneDX in JSON, 1.2 and later: what a component consists of, and the vulnerabilities listed with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

import msgspec

from tidegate.domain.findings import Finding, Severity
from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
from tidegate.readers.own_times import own_time
from tidegate.readers.severity_counts import RATED_FOLLOWS, SeverityCounts, severity_of_score
from tidegate.readers.supply_chain.aliases import best_name, grouped
from tidegate.readers.supply_chain.placeholders import names_licence, names_version

_REMAKE = "the generator's CycloneDX JSON output, written to a file by the generator itself"
_VERSION = re.compile(r"1\.(\d{1,2})")
# Tools that write CycloneDX only after they looked for vulnerabilities.
_SCANNERS = {"grype", "pip-audit", "osv-scanner", "dependency-check", "dependency-track", "snyk"}
_PURL = re.compile(r"\s*pkg:[A-Za-z0-9.+-]+/.*[^/\s]")
_CPE = re.compile(r"\s*cpe:(?:/[aho]|2\.3:[aho*-]):[^:\s]")
_DIGEST = re.compile(r"[0-9A-Fa-f]{2,128}")
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
_Named = Annotated[str, msgspec.Meta(min_length=1)]
_SerialNumber = Annotated[
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


class _Component(msgspec.Struct):
    type: _Type
    name: str
    version: str | None = None
    purl: str | None = None
    cpe: str | None = None
    ref: str | None = msgspec.field(name="bom-ref", default=None)
    licenses: list[_Choice] | None = None
    hashes: list[_Hash] | None = None
    components: list[_Component] | None = None


class _Generator(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None


class _Generators(msgspec.Struct):
    components: list[_Generator] = []


class _Metadata(msgspec.Struct):
    tools: list[_Generator] | _Generators | None = None
    component: _Component | None = None
    timestamp: object = None


class _CycloneDxDependency(msgspec.Struct, gc=False):
    ref: _Named


class _Composition(msgspec.Struct):
    aggregate: str | None = None
    assemblies: list[str] | None = None


class _Rating(msgspec.Struct, gc=False):
    severity: str | None = None
    score: float | None = None


class _Analysis(msgspec.Struct, gc=False):
    state: str | None = None


class _Affected(msgspec.Struct, gc=False):
    ref: str | None = None


class _Reference(msgspec.Struct, gc=False):
    id: str | None = None


class _CycloneDxVulnerability(msgspec.Struct):
    id: str | None = None
    references: list[_Reference] | None = None
    ratings: list[_Rating] | None = None
    analysis: _Analysis | None = None
    affects: list[_Affected] | None = None


class _Bom(msgspec.Struct, rename="camel"):
    spec_version: str
    bom_format: Literal["CycloneDX"] = "CycloneDX"  # 1.2 and 1.3 did without
    serial_number: _SerialNumber | None = None
    metadata: _Metadata | None = None
    components: list[_Component] | None = None
    dependencies: list[_CycloneDxDependency] | None = None
    compositions: list[_Composition] | None = None
    vulnerabilities: list[_CycloneDxVulnerability] | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root != "{":
        return False
    return seen.keys.get("bomFormat") == "CycloneDX" or "cyclonedx.org" in seen.keys.get("$schema", "")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    bom = load(source, limits, _Bom, remake=_REMAKE)
    version = _VERSION.fullmatch(bom.spec_version)
    if version is None or int(version[1]) < 2:
        raise Unreadable(
            f"The report has CycloneDX {bom.spec_version[:20]}, read are 1.2 and later 1.x: write it as one"
            " of these."
        )
    counts = SeverityCounts()
    names = {part.ref: part.name for part in _walk(bom.components) if part.ref} if bom.vulnerabilities else {}
    for group in grouped(bom.vulnerabilities or (), _names):
        finding = _finding(group, names)
        counts.add(finding.severity, finding.suppressed)
        if items:
            yield finding
    measures: dict[str, Value] = counts.measures() if bom.vulnerabilities or _scanned(bom) else {}
    why_not = None
    if bom.components or _says_it_has_none(bom):
        measures |= _inventory(bom.components)
    elif not bom.vulnerabilities:
        why_not = (
            "The report lists no component: an empty inventory may also be one that failed. Run the"
            " generator where the lock file or the environment is, or state a complete composition."
        )
    tool, tool_version = _generator(bom.metadata)
    made_at = own_time(bom.metadata.timestamp) if bom.metadata else None
    return Reading("cyclonedx", Kind.SBOM, tool, measures, tool_version, why_not is None, why_not, made_at)


def _walk(components: list[_Component] | None) -> Iterator[_Component]:
    """Give every component, nested ones too, without recursion: depth is the report's choice."""
    waiting = list(components or ())
    while waiting:
        component = waiting.pop()
        yield component
        waiting.extend(component.components or ())


def _inventory(components: list[_Component] | None) -> dict[str, Value]:
    total = versioned = identified = licensed = hashed = 0
    for component in _walk(components):
        total += 1
        versioned += names_version(component.version)
        identified += _identifies(component)
        licensed += _names_licence(component.licenses or ())
        hashed += any(_DIGEST.fullmatch(each.content) for each in component.hashes or ())
    return {
        "sbom.components": total,
        "sbom.versioned": versioned,
        "sbom.identified": identified,
        "sbom.licensed": licensed,
        "sbom.hashed": hashed,
    }


def _identifies(component: _Component) -> bool:
    return bool(_PURL.match(component.purl or "") or _CPE.match(component.cpe or ""))


def _names_licence(choices: Iterable[_Choice]) -> bool:
    """Tell whether a component's licences are given: at least one is, and none of them is a placeholder."""
    texts: list[str] = []
    for choice in choices:
        licence = choice.license or _License()
        texts += (text for text in (choice.expression, licence.id or licence.name) if text and text.strip())
    return bool(texts) and all(names_licence(text) for text in texts)


def _says_it_has_none(bom: _Bom) -> bool:
    """Tell whether the report states that the component it describes is complete as listed, with no parts."""
    ref = bom.metadata.component.ref if bom.metadata and bom.metadata.component else None
    if ref is None:
        return False
    return any(
        each.aggregate == "complete" and ref in (each.assemblies or ()) for each in bom.compositions or ()
    )


def _finding(group: list[_CycloneDxVulnerability], names: dict[str, str]) -> Finding:
    """Make one finding of one vulnerability, under whichever names and however often it is listed."""
    path = ", ".join(sorted({names.get(ref, ref) for each in group for ref in _affected(each)}))
    name = best_name(each.id for each in group if each.id)
    settled = all(each.analysis is not None and each.analysis.state in _SETTLED for each in group)
    message = f"{path or 'A component'} is affected by {name or 'an unnamed vulnerability'}"
    ratings = [rating for each in group for rating in each.ratings or ()]
    return Finding("cyclonedx", name, message, _rate(ratings), path, None, settled)


def _affected(vulnerability: _CycloneDxVulnerability) -> set[str]:
    return {affected.ref for affected in vulnerability.affects or () if affected.ref}


def _names(vulnerability: _CycloneDxVulnerability) -> list[tuple[str, str]]:
    """Name a vulnerability by each of its ids and aliases together with each component that it affects."""
    ids = {vulnerability.id, *(each.id for each in vulnerability.references or ())} - {None, ""}
    return [(str(id).casefold(), ref) for id in ids for ref in _affected(vulnerability) or {""}]


def _rate(ratings: list[_Rating] | None) -> Severity:
    """Take the worst of the ratings; each by its word, else by its score."""
    rated = {_SEVERITIES.get(each.severity or "") or severity_of_score(each.score) for each in ratings or ()}
    return next((severity for severity in _WORST_FIRST if severity in rated), Severity.UNRATED)


def _generator(metadata: _Metadata | None) -> tuple[str, str]:
    listed = _generators(metadata)
    first = listed[0] if listed else _Generator()
    return first.name or "cyclonedx", first.version or ""


def _generators(metadata: _Metadata | None) -> list[_Generator]:
    tools = metadata.tools if metadata else None
    return tools.components if isinstance(tools, _Generators) else tools or []


def _scanned(bom: _Bom) -> bool:
    """Tell whether an empty list of vulnerabilities is the result of a search for them.

    Trivy and others write the empty list always, whether they searched or not, so it says something only of
    scanners that are known to search.
    """
    if bom.vulnerabilities is None:
        return False
    return any((each.name or "").casefold() in _SCANNERS for each in _generators(bom.metadata))


READER = Reader(
    format="cyclonedx",
    title="CycloneDX JSON",
    kind=Kind.SBOM,
    source="https://cyclonedx.org/specification/overview/",
    follows={
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
        "findings.unrated": "Those without a severity or score.",
        **RATED_FOLLOWS,
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "The worst of several ratings counts, whoever gave it.",
        "One finding a vulnerability, however many components it affects.",
        (
            "Entries that share an id or an alias (`references`) and a component are one vulnerability, under"
            " its CVE where it has one, rated by the worst, and settled only where each entry is."
        ),
        (
            "An empty list of vulnerabilities measures nothing unless a scanner wrote it: Trivy writes it"
            " always and does not look by default (`trivy fs --scanners vuln --format cyclonedx` looks, but"
            " its empty list looks the same: submit Trivy's SARIF for a result that says none)."
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
    ),
)
