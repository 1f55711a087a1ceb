"""What an SPDX 2 document means, however it is written: its packages, and what the standard asks of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Reading
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.placeholders import names_licence
from tidegate.readers.supply_chain.sbom_counts import SbomCounts, is_cpe, is_digest, is_purl
from tidegate.readers.supply_chain.spdx_parts import (
    SpdxChecksum,
    SpdxFile,
    SpdxHeader,
    SpdxPackage,
    SpdxReference,
    SpdxRelationship,
    SpdxSnippet,
)
from tidegate.readers.supply_chain.spdx_words import (
    CATEGORIES,
    DIGITS,
    PURPOSES,
    RELATIONSHIPS,
    VERSIONS,
    plain,
)

SOURCE = "https://spdx.github.io/spdx-spec/v2.3/"
_ID = re.compile(r"SPDXRef-\S+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_CREATOR = re.compile(r"(Tool|Person|Organization):\s*(\S.*)", re.DOTALL)
_VERSIONED = re.compile(r"(.*\S)[-@ ]v?(\d\S*|\[?(?:not provided|dev\S*)\]?)")
_DOCUMENT_ID = "SPDXRef-DOCUMENT"
_NO_ELEMENT = frozenset({"NONE", "NOASSERTION"})
_OLD = "SPDX-2.2"


class SpdxFault(Exception):
    """What the standard does not allow; each reader says where it stands."""


class SpdxDocument:
    """Counts what a document lists as it is met, and knows at its end whether it holds together."""

    def __init__(self, format: str) -> None:
        self._format = format
        self._counts = SbomCounts()
        self._ids = {_DOCUMENT_ID}
        self._pending: set[str] = set()  # referred to before, or without, being listed
        self._external: set[str] = set()
        self._others = 0  # files and snippets
        self._describes = False
        self._described: set[str] = set()
        self._packages: set[str] = set()
        self._complete: set[str] = set()  # what is said to consist of nothing
        self._incomplete = ""  # the first package without what 2.2 alone asks for

    def package(self, package: SpdxPackage) -> None:
        """Count a package; raises `SpdxFault` for one that the standard does not allow."""
        self._add(package.spdx_id)
        self._packages.add(package.spdx_id)
        hashed = _check_checksums(package.checksums or ())
        if package.primary_package_purpose is not None:
            _check("purpose", package.primary_package_purpose, PURPOSES)
        for each in package.external_refs or ():
            _check("category of a reference", each.reference_category, CATEGORIES)
        for name in package.has_files or ():
            self._refer(name)
        if None in (package.license_concluded, package.license_declared, package.copyright_text):
            self._incomplete = self._incomplete or package.name
        self._counts.add(
            version=package.version_info,
            identified=any(_identifies(each) for each in package.external_refs or ()),
            licensed=is_licensed(package.license_concluded, package.license_declared),
            hashed=hashed,
        )

    def file(self, file: SpdxFile) -> None:
        """Remember a file."""
        self._others += 1
        self._add(file.spdx_id)
        _check_checksums(file.checksums or ())

    def snippet(self, snippet: SpdxSnippet) -> None:
        """Remember a snippet."""
        self._others += 1
        self._add(snippet.spdx_id)

    def external(self, name: str) -> None:
        """Remember another document whose elements may be referred to."""
        self._external.add(name)

    def describes(self, name: str) -> None:
        """Meet an element that the document says it describes."""
        self._describes = True
        self._described.add(name)
        self._refer(name)

    def relationship(self, relationship: SpdxRelationship) -> None:
        """Meet a relationship; its ends may be listed later."""
        kind = plain(relationship.relationship_type)
        if kind not in RELATIONSHIPS:
            _check("type of relationship", relationship.relationship_type, RELATIONSHIPS)
        first, second = relationship.spdx_element_id.strip(), relationship.related_spdx_element.strip()
        self._refer(first)
        if second not in _NO_ELEMENT:
            self._refer(second)
        elif second == "NONE" and kind in ("CONTAINS", "DEPENDS_ON"):
            self._complete.add(first)
        if kind == "DESCRIBES" and first == _DOCUMENT_ID:
            self.describes(second)
        elif kind == "DESCRIBED_BY" and second == _DOCUMENT_ID:
            self.describes(first)

    def end(self, header: SpdxHeader, *, open_end: bool = False) -> Reading:
        """Return what the document says; raises `SpdxFault` where it does not hold together.

        One that may be the beginning of a longer one (`open_end`) is not believed.
        """
        check_header(header)
        if header.spdx_version == _OLD and self._incomplete:
            raise SpdxFault(
                f"package {_short(self._incomplete)} lacks a concluded licence, a declared licence or a"
                " copyright text, which SPDX 2.2 requires (NOASSERTION will do)"
            )
        self._check_references()
        if not self._describes and (self._counts.components > 1 or self._others):
            raise SpdxFault(
                "no relationship says what the document describes (SPDXRef-DOCUMENT DESCRIBES …), which it"
                " must unless it has a single package; it may have been cut off"
            )
        tool, version = _tool(header.creation_info.creators)
        why_not = why_nothing(self._packages, self._described, self._complete)
        measures: dict[str, Value] = {} if why_not else self._counts.measures()
        if why_not is None and open_end:
            why_not = (
                "Nothing follows the last package or file, and the form has no end: the document may have"
                " been cut off. Write it as JSON, or with the relationships after the packages."
            )
        return Reading(
            self._format,
            Kind.SBOM,
            tool,
            measures,
            version,
            why_not is None,
            why_not,
            own_time(header.creation_info.created),
        )

    def _add(self, name: str) -> None:
        if _ID.fullmatch(name) is None:
            raise SpdxFault(f"{_short(name)} is no identifier of an element: these begin with SPDXRef-")
        if name in self._ids:
            raise SpdxFault(f"{_short(name)} stands for two elements, each must have its own")
        self._ids.add(name)
        self._pending.discard(name)

    def _refer(self, name: str) -> None:
        if name not in self._ids:
            self._pending.add(name)

    def _check_references(self) -> None:
        for name in sorted(self._pending):
            document, colon, inner = name.partition(":")
            if colon and document in self._external and _ID.fullmatch(inner):
                continue
            raise SpdxFault(
                f"{_short(name)} is referred to and not listed: a part of the document is missing"
            )


def why_nothing(
    packages: Collection[str], described: Collection[str], complete: Collection[str]
) -> str | None:
    """Say that a document lists no part of what it describes; None where it does, or says there is none.

    Generators write what they were run on as a package, whether they found anything in it or not.
    """
    if not packages:
        return (
            "The report lists no package: an empty inventory may also be one that failed. Run the generator"
            " where the lock file, the environment or the image is."
        )
    alone = next(iter(packages))
    if len(packages) > 1 or alone not in described or alone in complete:
        return None
    return (
        f"The report lists no package but the one that it describes ({_short(alone)}): an empty inventory"
        " may also be one that failed. Run the generator where the lock file, the environment or the image"
        f" is, or state that there is nothing to list: {_short(alone)} DEPENDS_ON NONE (SPDX 3: dependsOn"
        " NoneElement)."
    )


def is_licensed(concluded: str | None, declared: str | None) -> bool:
    """Tell whether a licence is given: concluded or declared, and not concluded to be none."""
    if (concluded or "").strip().upper() == "NONE":
        return False
    return any(names_licence(text) for text in (concluded, declared) if text)


def _identifies(reference: SpdxReference) -> bool:
    kind = reference.reference_type.rpartition("/")[2]
    if kind == "purl":
        return is_purl(reference.reference_locator)
    return kind in ("cpe22Type", "cpe23Type") and is_cpe(reference.reference_locator)


def _check_checksums(checksums: Iterable[SpdxChecksum]) -> bool:
    """Tell whether there is a digest among these; raises `SpdxFault` for one that cannot be."""
    any_given = False
    for each in checksums:
        algorithm = plain(each.algorithm)
        if algorithm not in DIGITS:
            _check("algorithm of a digest", each.algorithm, DIGITS)
        value = each.checksum_value.strip()
        digits = DIGITS[algorithm]
        if not is_digest(value) or (digits is not None and len(value) != digits):
            raise SpdxFault(f"{_short(value)} is no {algorithm} digest")
        any_given = True
    return any_given


def check_header(header: SpdxHeader) -> None:
    """Refuse a document of another version, or without what each has to say of itself."""
    if header.spdx_version not in VERSIONS:
        raise SpdxFault(f"the document is {_short(header.spdx_version)}, read are SPDX-2.2 and SPDX-2.3")
    if header.data_license != "CC0-1.0":
        raise SpdxFault(f"the document's data licence is {_short(header.data_license)}, not CC0-1.0")
    if header.spdx_id != _DOCUMENT_ID:
        raise SpdxFault(f"the document's own identifier is {_short(header.spdx_id)}, not {_DOCUMENT_ID}")
    if "#" in header.document_namespace or ":" not in header.document_namespace:
        raise SpdxFault("the document's namespace is no URI without a fragment")
    if _TIME.fullmatch(header.creation_info.created.strip()) is None:
        raise SpdxFault(f"the time of creation is {_short(header.creation_info.created)}, no such time")
    if not header.creation_info.creators:
        raise SpdxFault("no creator of the document is named")
    for creator in header.creation_info.creators:
        if _CREATOR.fullmatch(creator.strip()) is None:
            raise SpdxFault(f"{_short(creator)} is no creator: Tool:, Person: or Organization: and a name")


def _tool(creators: Iterable[str]) -> tuple[str, str]:
    """Name the first tool among the creators."""
    named = (_CREATOR.fullmatch(creator.strip()) for creator in creators)
    return name_and_version(next((found[2] for found in named if found and found[1] == "Tool"), "spdx"))


def name_and_version(name: str) -> tuple[str, str]:
    """Tell a tool's name from the version that stands behind it, as in `syft-1.0.0`."""
    name = name.strip()
    parts = _VERSIONED.fullmatch(name)
    return (parts[1], parts[2].strip("[]")) if parts else (name, "")


def _check(what: str, word: str, known: Iterable[str]) -> None:
    if plain(word) not in known:
        raise SpdxFault(f"{_short(word)} is no {what} that the standard knows")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


FOLLOWS = {
    "sbom.components": "Packages; files and snippets are none.",
    "sbom.versioned": (
        "Packages with a version that names one: no blank, no NOASSERTION, `latest` or other word without a"
        " digit, no range and no template."
    ),
    "sbom.identified": "Packages with a package URL (`purl`) or a CPE among their external references.",
    "sbom.licensed": (
        "Packages with a concluded or declared licence that names one: NOASSERTION, NONE and other"
        " placeholders do not, alone or within an expression."
    ),
    "sbom.hashed": "Packages with a checksum; the verification code of their files is none.",
}
NOTES = (
    "Every package counts, the one that the document describes as well: SPDX does not set it apart.",
    (
        "A package whose licence was concluded to be NONE is not licensed, whatever it declares: who looked"
        " found none."
    ),
    (
        "Refused by name, as the SPDX project's own tools do: required fields that are missing, words that"
        " the standard does not know, two elements of one identifier, references to elements that are not"
        " listed, and a document of several elements that describes none of them."
    ),
    (
        "Taken where those tools complain and no measure depends on it: digests in capitals, characters of"
        " identifiers, types of references, licences that are not on the SPDX list."
    ),
    "A document without packages counts as not run, and so does one of a single package that the document"
    " describes: tools write it of an empty project too. One that says that it consists of nothing (CONTAINS"
    " or DEPENDS_ON NONE) is believed.",
)
