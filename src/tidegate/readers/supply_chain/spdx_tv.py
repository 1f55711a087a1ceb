"""SPDX 2.2 and 2.3 as tags and values, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Source, Stream, Unreadable
from tidegate.readers.fields import Misfit, as_shape
from tidegate.readers.lines import read_all_lines
from tidegate.readers.supply_chain import spdx_document
from tidegate.readers.supply_chain.spdx_document import SpdxDocument, SpdxFault
from tidegate.readers.supply_chain.spdx_parts import (
    SpdxFile,
    SpdxHeader,
    SpdxPackage,
    SpdxRelationship,
    SpdxSnippet,
)
from tidegate.readers.supply_chain.spdx_words import TAGS

FORMAT = "spdx-tv"
_REMAKE = "Write it again with the tool that made it, such as `syft scan . -o spdx-tag-value=sbom.spdx`"
_TAG = re.compile(r"([A-Za-z]+):[ \t]*(.*)", re.DOTALL)
_BEGINS = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*SPDXVersion:[ \t]*(?:<text>)?SPDX-", re.MULTILINE)
_CODE = re.compile(r"([^:]+):\s*(\S+)")
_OPEN, _CLOSE = "<text>", "</text>"

# Tags that begin an element, and what the element is.
_SECTIONS: dict[str, type[Any] | None] = {
    "PackageName": SpdxPackage,
    "FileName": SpdxFile,
    "SnippetSPDXID": SpdxSnippet,
    "LicenseID": None,
}
# Tags that stand after what they belong to is complete.
_AFTER = frozenset({"Relationship", "LicenseID", "SnippetSPDXID", "Annotator", "Reviewer"})
# What tags are called in the JSON form; those of an element stand once in it.
_FIELDS: dict[str, tuple[type[Any], str]] = {
    "SPDXVersion": (SpdxHeader, "spdxVersion"),
    "DataLicense": (SpdxHeader, "dataLicense"),
    "DocumentName": (SpdxHeader, "name"),
    "DocumentNamespace": (SpdxHeader, "documentNamespace"),
    "PackageName": (SpdxPackage, "name"),
    "PackageVersion": (SpdxPackage, "versionInfo"),
    "PackageDownloadLocation": (SpdxPackage, "downloadLocation"),
    "PackageLicenseConcluded": (SpdxPackage, "licenseConcluded"),
    "PackageLicenseDeclared": (SpdxPackage, "licenseDeclared"),
    "PackageCopyrightText": (SpdxPackage, "copyrightText"),
    "PrimaryPackagePurpose": (SpdxPackage, "primaryPackagePurpose"),
    "PackageChecksum": (SpdxPackage, "checksums"),
    "ExternalRef": (SpdxPackage, "externalRefs"),
    "FileName": (SpdxFile, "fileName"),
    "FileChecksum": (SpdxFile, "checksums"),
    "SnippetSPDXID": (SpdxSnippet, "SPDXID"),
}


class _TagDocument:
    """Puts the tags of one element together and hands it over when the next one begins."""

    def __init__(self) -> None:
        self.spdx = SpdxDocument(FORMAT)
        self._header: dict[str, Any] = {"creationInfo": {"creators": []}}
        self._shape: type[Any] | None = SpdxHeader  # of what is being put together; None for a licence
        self._fields = self._header
        self.open_end = False  # whether the last thing met is a package or file, which may go on

    def meet(self, tag: str, value: str) -> None:
        """Take a tag with its value; raises `SpdxFault` for one that stands where it cannot."""
        if tag in _SECTIONS:
            self._hand_over()
            self._shape, self._fields = _SECTIONS[tag], {}
            self.open_end = self._shape is not None
        if tag in _AFTER:
            self.open_end = False
        if tag == "SPDXID":
            self._set(tag, "SPDXID", value)
        elif tag == "Creator":
            self._header["creationInfo"]["creators"].append(value)
        elif tag == "Created":
            self._once(self._header["creationInfo"], tag, "created", value)
        elif tag == "ExternalDocumentRef":
            self.spdx.external(value.split(None, 1)[0] if value else "")
        elif tag == "Relationship":
            self.spdx.relationship(_relationship(value))
        elif tag == "AnnotationType" and value not in ("OTHER", "REVIEW"):
            raise SpdxFault(f"{value[:40]!r} is no type of annotation that the standard knows")
        elif tag in _FIELDS:
            self._field(tag, value)
        elif tag not in TAGS:
            raise SpdxFault(f"the tag {tag[:40]!r} is none of SPDX 2.3")

    def end(self) -> SpdxHeader:
        """Hand over the last element and give the document's own fields."""
        self._hand_over()
        header: SpdxHeader = _converted(self._header, SpdxHeader, "document")
        return header

    def _field(self, tag: str, value: str) -> None:
        shape, name = _FIELDS[tag]
        if shape is SpdxHeader:
            self._once(self._header, tag, name, value)
            return
        if shape is not self._shape:
            raise SpdxFault(f"the tag {tag} stands outside of what it belongs to")
        if name == "checksums":
            code = _CODE.fullmatch(value)
            if code is None:
                raise SpdxFault(f"{value[:40]!r} is no algorithm and digest")
            self._fields.setdefault(name, []).append({"algorithm": code[1], "checksumValue": code[2]})
        elif name == "externalRefs":
            parts = value.split(None, 2)
            if len(parts) != 3:
                raise SpdxFault(f"{value[:40]!r} is no category, type and locator")
            keys = ("referenceCategory", "referenceType", "referenceLocator")
            self._fields.setdefault(name, []).append(dict(zip(keys, parts, strict=True)))
        else:
            self._once(self._fields, tag, name, value)

    def _set(self, tag: str, name: str, value: str) -> None:
        if self._shape is None:
            raise SpdxFault(f"the tag {tag} stands outside of what it belongs to")
        self._once(self._fields, tag, name, value)

    def _once(self, fields: dict[str, Any], tag: str, name: str, value: str) -> None:
        if name in fields:
            raise SpdxFault(f"the tag {tag} stands twice in one element")
        fields[name] = value

    def _hand_over(self) -> None:
        if self._shape is SpdxPackage:
            self.spdx.package(_converted(self._fields, SpdxPackage, "package"))
        elif self._shape is SpdxFile:
            self.spdx.file(_converted(self._fields, SpdxFile, "file"))
        elif self._shape is SpdxSnippet:
            self.spdx.snippet(_converted(self._fields, SpdxSnippet, "snippet"))
        self._shape = None


def _relationship(value: str) -> SpdxRelationship:
    parts = value.split()
    if len(parts) != 3:
        raise SpdxFault(f"{value[:60]!r} is no relationship: an element, a type and another element")
    return SpdxRelationship(*parts)


def _converted(fields: dict[str, Any], shape: Any, what: str) -> Any:
    """Hold an element to what the JSON form asks of it, so that all forms refuse the same documents."""
    try:
        return as_shape(fields, shape, f"the {what} before this line")
    except Misfit as misfit:
        raise SpdxFault(str(misfit)) from None


def _tags(source: Source, limits: Limits) -> Iterator[tuple[int, str, str]]:
    """Give each tag with the line at which its value ends; texts of several lines in one piece."""
    tag, text, room, began = "", "", 0, 0
    for number, line in read_all_lines(source, limits):
        if began:
            before, closed, _ = line.partition(_CLOSE)
            if room > 0:
                text += "\n" + before[:room]
                room -= len(before)
            if closed:
                yield number, tag, text.strip()
                began = 0
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _TAG.fullmatch(line.strip())
        if found is None:
            raise Unreadable(f"{source.name}, line {number}: this is no tag with a value. {_REMAKE}.")
        tag, text = found[1], found[2]
        if text.startswith(_OPEN):
            text, closed, _ = text.removeprefix(_OPEN).partition(_CLOSE)
            if not closed:
                began, room = number, limits.max_text
                continue
        yield number, tag, text.strip()
    if began:
        raise Unreadable(
            f"{source.name}, line {began}: the text that begins here does not end: the report was cut off."
            f" {_REMAKE}."
        )


def _sniff(source: Source) -> bool:
    return _BEGINS.search(source.head) is not None


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()
    document = _TagDocument()
    number = 0
    try:
        for number, tag, value in _tags(source, limits):
            document.meet(tag, value)
        header = document.end()
        return document.spdx.end(header, open_end=document.open_end)
    except SpdxFault as fault:
        raise Unreadable(f"{source.name}, line {number}: {fault}. {_REMAKE}.") from None


READER = Reader(
    format=FORMAT,
    title="SPDX tag-value (2.2 and 2.3)",
    kind=Kind.SBOM,
    source=spdx_document.SOURCE,
    follows=spdx_document.FOLLOWS,
    sniff=_sniff,
    read=_read,
    notes=(
        "A document means what the same one in JSON means: both are judged by the same code.",
        (
            "The format has no end, so a document that ends with a package or a file counts as not run: it"
            " may be the beginning of a longer one. What writes relationships or licences after the packages,"
            " as the tools do, is believed."
        ),
        *spdx_document.NOTES,
    ),
)
