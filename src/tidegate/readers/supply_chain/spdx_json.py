"""SPDX 2.2 and 2.3 in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import decode, decode_each, read_text
from tidegate.readers.supply_chain import spdx_document
from tidegate.readers.supply_chain.spdx_document import SpdxDocument, SpdxFault, check_header
from tidegate.readers.supply_chain.spdx_parts import (
    SpdxFile,
    SpdxHeader,
    SpdxPackage,
    SpdxRelationship,
    SpdxSnippet,
)

FORMAT = "spdx-json"
_REMAKE = "the generator's SPDX JSON output, such as `syft scan . -o spdx-json=sbom.spdx.json`"
_Element = TypeVar("_Element")
_Parts = list[msgspec.Raw]


class _External(msgspec.Struct, gc=False, rename="camel"):
    external_document_id: str


class _SpdxJsonDocument(SpdxHeader, rename="camel"):
    packages: _Parts | None = None
    files: _Parts | None = None
    snippets: _Parts | None = None
    relationships: _Parts | None = None
    external_document_refs: list[_External] | None = None
    document_describes: list[str] | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    return _is_wrapped(source) or (
        (seen.has("spdxVersion") or seen.has("SPDXID")) and "@graph" not in seen.keys
    )


def _is_wrapped(source: Source) -> bool:
    seen = preview(source)
    return seen.has("sbom") and not seen.has("spdxVersion") and "spdxVersion" in seen.inner


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()
    data = read_text(source, limits, remake=_REMAKE)
    if _is_wrapped(source):
        raise Unreadable(
            "The document is wrapped in what GitHub's API answers with: write the document alone with"
            " `gh api repos/OWNER/REPO/dependency-graph/sbom --jq .sbom > sbom.spdx.json`."
        )
    listed = decode(data, _SpdxJsonDocument, remake=_REMAKE)
    try:
        check_header(listed)
    except SpdxFault as fault:
        raise _refusal("", fault) from None
    document = SpdxDocument(FORMAT)
    for external in listed.external_document_refs or ():
        document.external(external.external_document_id)
    _each(listed.packages, SpdxPackage, "packages", document.package)
    _each(listed.files, SpdxFile, "files", document.file)
    _each(listed.snippets, SpdxSnippet, "snippets", document.snippet)
    _each(listed.relationships, SpdxRelationship, "relationships", document.relationship)
    for name in listed.document_describes or ():
        document.describes(name)
    try:
        return document.end(listed)
    except SpdxFault as fault:
        raise _refusal("", fault) from None


def _each(parts: _Parts | None, shape: type[_Element], name: str, meet: Callable[[_Element], None]) -> None:
    """Meet the elements of a list one by one, so that only one is held."""
    place = f"$.{name}"
    for index, element in enumerate(decode_each(parts or (), shape, remake=_REMAKE, at=place)):
        try:
            meet(element)
        except SpdxFault as fault:
            raise _refusal(f"At `{place}[{index}]`: ", fault) from None


def _refusal(place: str, fault: SpdxFault) -> Unreadable:
    what = str(fault)
    what = what if place else what[:1].upper() + what[1:]
    return Unreadable(f"{place}{what}. Write it again with {_REMAKE}.")


READER = Reader(
    format=FORMAT,
    title="SPDX JSON (2.2 and 2.3)",
    kind=Kind.SBOM,
    source=spdx_document.SOURCE,
    follows=spdx_document.FOLLOWS,
    sniff=_sniff,
    read=_read,
    notes=spdx_document.NOTES,
)
