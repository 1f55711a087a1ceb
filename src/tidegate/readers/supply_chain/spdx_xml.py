"""SPDX 2.2 and 2.3 in XML: the JSON form, element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Source, Stream, Unreadable
from tidegate.readers.fields import Misfit, as_shape
from tidegate.readers.supply_chain import spdx_document
from tidegate.readers.supply_chain.spdx_document import SpdxDocument, SpdxFault
from tidegate.readers.supply_chain.spdx_parts import (
    SpdxFile,
    SpdxHeader,
    SpdxPackage,
    SpdxRelationship,
    SpdxSnippet,
)
from tidegate.readers.xml import XmlFault, feed
from tidegate.readers.xml_elements import ElementsDocument, ElementShape, XmlElement, texts_of
from tidegate.readers.xml_root import root_of

FORMAT = "spdx-xml"
_AGAIN = "Write it again with the tool that made it, such as `pyspdxtools -i SBOM -o sbom.spdx.xml`"
_LISTS = frozenset({"checksums", "externalRefs", "annotations", "hasFiles", "creators"})
_CHECKSUMS = {"checksums": ElementShape(texts_of("algorithm", "checksumValue"))}


class _XmlDocument(ElementsDocument):
    """Hands over each element of the document as it ends; `header` is what is left at the end."""

    def __init__(self, limits: Limits) -> None:
        self.spdx = SpdxDocument(FORMAT)
        self.header: SpdxHeader | None = None
        super().__init__("Document", self._shape_of_document(), limits.max_text)

    def _shape_of_document(self) -> ElementShape:
        package = ElementShape(
            texts_of(
                "SPDXID",
                "name",
                "downloadLocation",
                "versionInfo",
                "licenseConcluded",
                "licenseDeclared",
                "copyrightText",
                "primaryPackagePurpose",
                "hasFiles",
            )
            | _CHECKSUMS
            | {
                "externalRefs": ElementShape(
                    texts_of("referenceCategory", "referenceType", "referenceLocator")
                ),
                "annotations": ElementShape(texts_of("annotationType")),
            },
            done=self._meet(SpdxPackage, self.spdx.package),
        )
        file = ElementShape(
            texts_of("SPDXID", "fileName") | _CHECKSUMS, done=self._meet(SpdxFile, self.spdx.file)
        )
        snippet = ElementShape(texts_of("SPDXID"), done=self._meet(SpdxSnippet, self.spdx.snippet))
        relationship = ElementShape(
            texts_of("spdxElementId", "relationshipType", "relatedSpdxElement"),
            done=self._meet(SpdxRelationship, self.spdx.relationship),
        )
        return ElementShape(
            texts_of("SPDXID", "spdxVersion", "name", "dataLicense", "documentNamespace")
            | {
                "creationInfo": ElementShape(texts_of("created", "creators")),
                "packages": package,
                "files": file,
                "snippets": snippet,
                "relationships": relationship,
                "documentDescribes": ElementShape(done=lambda element: self.spdx.describes(element.text)),
                "externalDocumentRefs": ElementShape(
                    texts_of("externalDocumentId"),
                    done=lambda element: self.spdx.external(element.value("externalDocumentId") or ""),
                ),
            },
            done=self._root,
        )

    def _meet(self, shape: Any, meet: Callable[[Any], None]) -> Callable[[XmlElement], None]:
        def done(element: XmlElement) -> None:
            try:
                meet(_converted(element, shape))
            except SpdxFault as fault:
                raise XmlFault(str(fault), _AGAIN) from None

        return done

    def _root(self, element: XmlElement) -> None:
        self.header = _converted(element, SpdxHeader)


def _converted(element: XmlElement, shape: Any) -> Any:
    """Hold an element to what the JSON form asks of it, so that both refuse the same documents."""
    try:
        return as_shape(_fields(element), shape, f"<{element.name}>")
    except Misfit as misfit:
        raise XmlFault(str(misfit), _AGAIN) from None


def _fields(element: XmlElement) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for each in element.elements:
        value = _fields(each) if each.shape.inside else each.text
        if each.name in _LISTS:
            fields.setdefault(each.name, []).append(value)
        elif each.name in fields:
            raise XmlFault(f"<{each.name}> stands twice in <{element.name}>", _AGAIN)
        else:
            fields[each.name] = value
    return fields


def _sniff(source: Source) -> bool:
    root = root_of(source)
    return (
        root is not None
        and root.name == "Document"
        and any(word in source.head for word in (b"<spdxVersion>", b"<SPDXID>"))
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    yield from ()
    document = _XmlDocument(limits)
    for _ in feed(source, limits, document):
        pass
    try:
        if document.header is None:
            raise SpdxFault("the document has no header")
        return document.spdx.end(document.header)
    except SpdxFault as fault:
        what = str(fault)
        raise Unreadable(f"{what[:1].upper()}{what[1:]}. {_AGAIN}.") from None


READER = Reader(
    format=FORMAT,
    title="SPDX XML (2.2 and 2.3)",
    kind=Kind.SBOM,
    source=spdx_document.SOURCE,
    follows=spdx_document.FOLLOWS,
    sniff=_sniff,
    read=_read,
    notes=(
        "A document means what the same one in JSON means: both are judged by the same code.",
        *spdx_document.NOTES,
    ),
)
