"""SPDX 3.0 in JSON-LD: the packages of a graph of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tidegate.domain.measures import Kind, Value
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, decode_each, read_text
from tidegate.readers.own_times import own_time
from tidegate.readers.supply_chain.placeholders import names_licence
from tidegate.readers.supply_chain.sbom_counts import SbomCounts, is_cpe, is_digest, is_purl
from tidegate.readers.supply_chain.spdx_document import name_and_version, why_nothing
from tidegate.readers.supply_chain.spdx_words import ALGORITHMS_3, RELATIONSHIPS_3

FORMAT = "spdx3"
_REMAKE = "the generator's SPDX 3 JSON-LD output, written to a file by the generator itself"
_CONTEXT = re.compile(r"https?://spdx\.org/rdf/3\.\d+(?:\.\d+)?/spdx-context\.jsonld")
_VERSION = re.compile(r"3\.\d+(?:\.\d+)?")
_LISTED = re.compile(r"https?://spdx\.org/licenses/([^/#]+?)(?:\.(?:html|json))?")
_PACKAGES = frozenset({"software_Package", "ai_AIPackage", "dataset_DatasetPackage"})
_LICENCES = frozenset(
    {
        "expandedlicensing_CustomLicense",
        "expandedlicensing_ListedLicense",
        "expandedlicensing_OrLaterOperator",
        "expandedlicensing_WithAdditionOperator",
        "simplelicensing_SimpleLicensingText",
    }
)
_SETS = frozenset({"expandedlicensing_ConjunctiveLicenseSet", "expandedlicensing_DisjunctiveLicenseSet"})
_NO_ID = frozenset({"CreationInfo"})  # of what is no element, the one kind that stands in the graph itself


class _Spdx3Hash(msgspec.Struct, gc=False, rename="camel"):
    type: str
    algorithm: str | None = None
    hash_value: str | None = None


class _Spdx3Identifier(msgspec.Struct, gc=False, rename="camel"):
    external_identifier_type: str
    identifier: str


class _Spdx3Node(msgspec.Struct, rename="camel"):
    """An element of any type, with what matters of any."""

    type: str
    spdx_id: str | None = None
    blank_id: str | None = msgspec.field(name="@id", default=None)
    name: str | None = None
    creation_info: Any = None
    spec_version: str | None = None
    created: str | None = None
    created_using: list[Any] | None = None
    version: str | None = msgspec.field(name="software_packageVersion", default=None)
    purl: str | None = msgspec.field(name="software_packageUrl", default=None)
    verified_using: list[_Spdx3Hash] | None = None
    external_identifier: list[_Spdx3Identifier] | None = None
    relationship_type: str | None = None
    from_: Any = msgspec.field(name="from", default=None)
    to: Any = None
    root_element: Any = None
    expression: str | None = msgspec.field(name="simplelicensing_licenseExpression", default=None)
    members: list[Any] | None = msgspec.field(name="expandedlicensing_member", default=None)

    @property
    def id(self) -> str:
        return self.spdx_id or self.blank_id or ""


class _Graph(msgspec.Struct):
    context: Any = msgspec.field(name="@context", default=None)
    graph: list[msgspec.Raw] | None = msgspec.field(name="@graph", default=None)


class _Spdx3Document:
    """Counts the packages of a graph; licences are told by relationships, which may stand anywhere."""

    def __init__(self) -> None:
        self._counts = SbomCounts()
        self._packages: set[str] = set()
        self._ids: set[str] = set()
        self._blank: set[str] = set()  # names that hold within the document alone, referred to
        self._described: set[str] = set()
        self._complete: set[str] = set()
        self._licensing: list[tuple[str, str, tuple[str, ...]]] = []
        self._licences: dict[str, bool] = {}
        self._sets: dict[str, tuple[str, ...]] = {}
        self._tools: dict[str, str] = {}
        self._infos: dict[str, _Spdx3Node] = {}
        self._info_of_document = ""

    def meet(self, node: _Spdx3Node) -> str | None:
        """Count an element; returns what is wrong with it."""
        if not node.id and node.type not in _NO_ID:
            return "an element has no `spdxId`"
        if node.id and node.id in self._ids:
            return f"{node.id[:80]!r} stands for two elements, each must have its own"
        self._ids.add(node.id)
        if node.type == "CreationInfo":
            return self._meet_info(node)
        if node.creation_info is None:
            return f"the element {node.id[:80]!r} has no `creationInfo`"
        self._refer(node.creation_info)
        self._described.update(_ids(node.root_element))
        if node.type in _PACKAGES:
            return self._meet_package(node)
        if node.relationship_type is not None or node.type.endswith("Relationship"):
            return self._meet_relationship(node)
        if node.type == "SpdxDocument":
            self._info_of_document = _id(node.creation_info)
        elif node.type == "Tool":
            self._tools[node.id] = node.name or ""
        elif node.type == "simplelicensing_LicenseExpression":
            self._licences[node.id] = names_licence(node.expression or "")
        elif node.type in _LICENCES:
            self._licences[node.id] = True
        elif node.type in _SETS:
            self._sets[node.id] = tuple(_id(member) for member in node.members or ())
        return None

    def end(self) -> Reading:
        """Return what the graph says; raises `Unreadable` where it does not hold together."""
        missing = min(self._blank - self._ids, default=None)
        if missing is not None:
            raise _refusal("", f"{missing[:80]!r} is referred to and not listed: a part is missing")
        if not self._infos:
            raise _refusal("", "nothing says which version of SPDX it is (`CreationInfo` with `specVersion`)")
        self._counts.licensed = len(self._licensed())
        info = self._infos.get(self._info_of_document) or next(iter(self._infos.values()))
        tools = (self._tools.get(_id(tool), "") for tool in info.created_using or ())
        tool, version = name_and_version(next((name for name in tools if name.strip()), "spdx"))
        why_not = why_nothing(self._packages, self._described, self._complete)
        measures: dict[str, Value] = {} if why_not else self._counts.measures()
        made_at = own_time(info.created)
        return Reading(FORMAT, Kind.SBOM, tool, measures, version, why_not is None, why_not, made_at)

    def _meet_info(self, node: _Spdx3Node) -> str | None:
        if node.spec_version is None or _VERSION.fullmatch(node.spec_version) is None:
            return f"the version of SPDX is {str(node.spec_version)[:20]!r}, read are 3.0 and later 3.x"
        if node.created is None:
            return "a `CreationInfo` has no `created`"
        self._infos[node.id] = node
        return None

    def _meet_package(self, node: _Spdx3Node) -> str | None:
        if not (node.name or "").strip():
            return f"the package {node.id[:80]!r} has no name"
        hashed = False
        for each in node.verified_using or ():
            if each.type == "Hash":
                if each.algorithm not in ALGORITHMS_3:
                    return f"{str(each.algorithm)[:40]!r} is no algorithm of a digest that the standard knows"
                hashed |= is_digest(each.hash_value or "")
        named = [each.identifier for each in node.external_identifier or () if _may_identify(each)]
        identified = is_purl(node.purl) or any(is_purl(text) or is_cpe(text) for text in named)
        self._counts.add(version=node.version, identified=identified, licensed=False, hashed=hashed)
        self._packages.add(node.id)
        return None

    def _meet_relationship(self, node: _Spdx3Node) -> str | None:
        kind = node.relationship_type
        if kind not in RELATIONSHIPS_3:
            return f"{str(kind)[:40]!r} is no type of relationship that the standard knows"
        first, others = _id(node.from_), tuple(_ids(node.to))
        if not first or not others:
            return "a relationship lacks one of its ends (`from`, `to`)"
        for name in (first, *others):
            self._refer(name)
        if kind == "describes":
            self._described.update(others)
        elif kind in ("contains", "dependsOn") and all(_is_none(each) for each in others):
            self._complete.add(first)
        if kind in ("hasConcludedLicense", "hasDeclaredLicense"):
            self._licensing.append((kind, first, others))
        return None

    def _refer(self, value: Any) -> None:
        name = _id(value)
        if name.startswith("_:"):
            self._blank.add(name)

    def _licensed(self) -> set[str]:
        """Name the packages with a licence; a conclusion that there is none outweighs a declaration."""
        found: set[str] = set()
        none: set[str] = set()
        for kind, package, licences in self._licensing:
            if all(self._names(licence) for licence in licences):
                found.add(package)
            if kind == "hasConcludedLicense" and any(_is_none(licence) for licence in licences):
                none.add(package)
        return (found & self._packages) - none

    def _names(self, licence: str) -> bool:
        """Tell whether a licence names one: it is listed, or described in the graph; a set, if each does."""
        waiting, seen = [licence], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            members = self._sets.get(name)
            if members is not None:
                waiting += members or ("",)
                continue
            listed = _LISTED.fullmatch(name)
            if not self._licences.get(name, listed is not None and names_licence(listed[1])):
                return False
        return True


def _is_none(licence: str) -> bool:
    return licence.endswith(("/None", "NoneLicense", "NoneElement"))


def _may_identify(identifier: _Spdx3Identifier) -> bool:
    return identifier.external_identifier_type in ("packageUrl", "purl", "cpe22", "cpe23")


def _id(value: Any) -> str:
    """Return what an element is referred to by: its name alone, or that of one written out in place."""
    if isinstance(value, dict):
        value = value.get("spdxId") or value.get("@id")
    return value if isinstance(value, str) else ""


def _ids(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        name = _id(each)
        if name:
            yield name


def _sniff(source: Source) -> bool:
    seen = preview(source)
    context = seen.keys.get("@context", "")
    return seen.has("@context") and (
        _CONTEXT.fullmatch(context) is not None or (seen.has("@graph") and "spdxId" in seen.inner)
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()
    found = decode(read_text(source, limits, remake=_REMAKE), _Graph, remake=_REMAKE)
    contexts = found.context if isinstance(found.context, list) else [found.context]
    if not any(isinstance(each, str) and _CONTEXT.fullmatch(each) for each in contexts):
        raise _refusal("", "the `@context` is none of SPDX 3")
    if found.graph is None:
        raise _refusal("", "the document has no `@graph`")
    document = _Spdx3Document()
    for index, node in enumerate(decode_each(found.graph, _Spdx3Node, remake=_REMAKE, at="$.@graph")):
        wrong = document.meet(node)
        if wrong is not None:
            raise _refusal(f"At `$.@graph[{index}]`: ", wrong)
    return document.end()


def _refusal(place: str, what: str) -> Unreadable:
    what = what if place else what[:1].upper() + what[1:]
    return Unreadable(f"{place}{what}. Write it again with {_REMAKE}.")


READER = Reader(
    format=FORMAT,
    title="SPDX 3.0 JSON-LD",
    kind=Kind.SBOM,
    source="https://spdx.github.io/spdx-spec/v3.0.1/",
    follows={
        "sbom.components": "Elements that are packages, of software, AI models and data sets.",
        "sbom.versioned": (
            "Packages with a version that names one: no blank, no NOASSERTION, `latest` or other word"
            " without a digit, no range and no template."
        ),
        "sbom.identified": "Packages with a package URL, or a CPE or package URL as external identifier.",
        "sbom.licensed": (
            "Packages with a relationship to a declared or concluded licence that is listed by SPDX or"
            " described in the document; an expression must name one, and of a set each member."
        ),
        "sbom.hashed": "Packages verified by a digest (`Hash`).",
    },
    sniff=_sniff,
    read=_read,
    notes=(
        "Every package counts, the root element as well; one that is the only package and the root counts as"
        " not run, unless it says that it contains nothing or depends on nothing (`NoneElement`).",
        (
            "Vulnerabilities of the security profile are not counted: nothing is measured of them, neither"
            " that there are some nor that there are none."
        ),
        (
            "Elements may be described in other documents, so a reference to one that is not listed is"
            " refused only where its name holds in this document alone (`_:…`)."
        ),
        (
            "A package whose licence was concluded to be none is not licensed, whatever it declares: who"
            " looked found none."
        ),
        "A document without packages counts as not run.",
    ),
)
