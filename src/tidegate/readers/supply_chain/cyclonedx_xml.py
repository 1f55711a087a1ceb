"""CycloneDX in XML, 1.0 and later, with the vulnerabilities of 1.4 and of the extension before it."""

from __future__ import annotations

import re
from typing import Any

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream
from tidegate.readers.encodings import xml_in_utf8
from tidegate.readers.fields import Misfit, as_shape
from tidegate.readers.supply_chain import cyclonedx_bom
from tidegate.readers.supply_chain.cyclonedx_bom import (
    Bom,
    BomComponent,
    BomDependency,
    BomTool,
    BomVulnerability,
    Composition,
    SerialNumber,
    read_bom,
)
from tidegate.readers.xml import CHUNK_BYTES, Attributes, XmlFault, feed, printable
from tidegate.readers.xml_elements import ElementsDocument, ElementShape, XmlElement, texts_of
from tidegate.readers.xml_root import root_of

FORMAT = "cyclonedx-xml"
_SPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(\S*)")
_VERSION = re.compile(r"1\.\d{1,2}")
_AGAIN = "Write it again with the generator's CycloneDX XML output, by the generator itself"
_OLD_DEPENDENCIES = frozenset({"dg:dependencies", "dg:dependency"})  # an extension of 1.0 and 1.1


class _BomDocument(ElementsDocument):
    """Counts what a document lists as it is read; `bom` holds what is needed at its end."""

    def __init__(self, limits: Limits, keep_names: bool) -> None:
        self.bom = Bom()
        self._keep_names = keep_names
        super().__init__("bom", self._shape_of_bom(), limits.max_text, _OLD_DEPENDENCIES)

    def _shape_of_bom(self) -> ElementShape:
        named = ElementShape(texts_of("name", "version"))
        component = ElementShape(
            texts_of("name", "version", "purl", "cpe")
            | {
                "hashes": ElementShape(texts_of("hash")),
                "licenses": ElementShape(
                    {"license": ElementShape(texts_of("id", "name")), **texts_of("expression")}
                ),
            },
            done=self._component,
        )
        component.inside["components"] = ElementShape({"component": component})
        component.inside["v:vulnerabilities"] = self._shape_of_extension()
        dependency = ElementShape(done=self._dependency)
        dependency.inside["dependency"] = dependency
        composition = ElementShape(
            texts_of("aggregate") | {"assemblies": ElementShape(texts_of("assembly"))}, done=self._composition
        )
        return ElementShape(
            {
                "metadata": ElementShape(
                    texts_of("timestamp", "component")
                    | {
                        "tools": ElementShape(
                            {"tool": named, "components": ElementShape({"component": named})}
                        )
                    },
                    done=self._metadata,
                ),
                "components": ElementShape({"component": component}),
                "dependencies": ElementShape({"dependency": dependency}),
                "compositions": ElementShape({"composition": composition}),
                "vulnerabilities": self._shape_of_vulnerabilities(),
                "v:vulnerabilities": self._shape_of_extension(),
            },
            done=self._root,
        )

    def _shape_of_vulnerabilities(self) -> ElementShape:
        vulnerability = ElementShape(
            texts_of("id")
            | {
                "references": ElementShape({"reference": ElementShape(texts_of("id"))}),
                "ratings": ElementShape({"rating": ElementShape(texts_of("severity", "score", "method"))}),
                "analysis": ElementShape(texts_of("state")),
                "affects": ElementShape({"target": ElementShape(texts_of("ref"))}),
            },
            done=self._vulnerability,
        )
        return ElementShape({"vulnerability": vulnerability}, done=self._vulnerabilities)

    def _shape_of_extension(self) -> ElementShape:
        rating = ElementShape(
            texts_of("v:severity", "v:method") | {"v:score": ElementShape(texts_of("v:base"))}
        )
        vulnerability = ElementShape(
            texts_of("v:id") | {"v:ratings": ElementShape({"v:rating": rating})}, done=self._extension
        )
        return ElementShape({"v:vulnerability": vulnerability}, done=self._vulnerabilities)

    def starts(self) -> Any:
        """Check the root before anything inside it."""
        known = super().starts()
        start = known["bom"]

        def on_root(attributes: Attributes) -> None:
            if self.depth() == 1:
                _check_root(attributes)
            start(attributes)

        return known | {"bom": on_root}

    def _root(self, _: XmlElement) -> None:
        """Nothing is left to do: every part was handed over."""

    def _component(self, element: XmlElement) -> None:
        component = _converted(
            {
                **({"type": element.attributes["type"]} if "type" in element.attributes else {}),
                **({"name": name} if (name := element.value("name")) is not None else {}),
                "version": element.value("version"),
                "purl": element.value("purl"),
                "cpe": element.value("cpe"),
                "bom-ref": element.attributes.get("bom-ref"),
                "licenses": _licences(element),
                "hashes": [
                    {
                        **({"alg": each.attributes["alg"]} if "alg" in each.attributes else {}),
                        "content": each.text,
                    }
                    for each in element.all("hashes", "hash")
                ],
            },
            BomComponent,
            "component",
        )
        self.bom.add(component)
        if component.ref and self._keep_names:
            self.bom.names[component.ref] = component.name

    def _metadata(self, element: XmlElement) -> None:
        tools = element.all("tools", "tool") or element.all("tools", "components", "component")
        self.bom.tools = [BomTool(each.value("name"), each.value("version")) for each in tools]
        self.bom.timestamp = element.value("timestamp")
        self.bom.main_ref = next((each.attributes.get("bom-ref") for each in element.all("component")), None)

    def _dependency(self, element: XmlElement) -> None:
        _converted(dict(element.attributes), BomDependency, "dependency")

    def _composition(self, element: XmlElement) -> None:
        listed = [each.attributes.get("ref", "") for each in element.all("assemblies", "assembly")]
        self.bom.compose(Composition(element.value("aggregate"), listed))

    def _vulnerabilities(self, _: XmlElement) -> None:
        self.bom.vulnerabilities = self.bom.vulnerabilities or []

    def _vulnerability(self, element: XmlElement) -> None:
        ratings = [
            {
                "severity": each.value("severity"),
                "score": each.value("score") or None,
                "method": each.value("method"),
            }
            for each in element.all("ratings", "rating")
        ]
        self._add(
            {
                "id": element.value("id"),
                "references": [{"id": text} for text in element.texts("references", "reference", "id")],
                "ratings": ratings,
                "analysis": {"state": element.value("analysis", "state")},
                "affects": [{"ref": text} for text in element.texts("affects", "target", "ref")],
            }
        )

    def _extension(self, element: XmlElement) -> None:
        ratings = [
            {
                "severity": (each.value("v:severity") or "").casefold(),
                "score": each.value("v:score", "v:base") or None,
                "method": each.value("v:method"),
            }
            for each in element.all("v:ratings", "v:rating")
        ]
        affects = [{"ref": element.attributes.get("ref")}]
        self._add({"id": element.value("v:id"), "ratings": ratings, "affects": affects})

    def _add(self, found: dict[str, Any]) -> None:
        vulnerability: BomVulnerability = _converted(found, BomVulnerability, "vulnerability")
        self.bom.vulnerabilities = self.bom.vulnerabilities or []
        self.bom.vulnerabilities.append(vulnerability)


def _check_root(attributes: Attributes) -> None:
    space = _SPACE.fullmatch(attributes.get("xmlns", ""))
    if space is None:
        raise XmlFault("the root has no namespace of CycloneDX", _AGAIN)
    if _VERSION.fullmatch(space[1]) is None:
        raise XmlFault(
            f"the document has CycloneDX {printable(space[1])}, read are 1.0 and later 1.x",
            "Write it as one of these",
        )
    if "serialNumber" in attributes:
        _converted(attributes["serialNumber"], SerialNumber, "bom")


def _licences(element: XmlElement) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = [{"expression": text} for text in element.texts("licenses", "expression")]
    for each in element.all("licenses", "license"):
        listed.append({"license": {"id": each.value("id"), "name": each.value("name")}})
    return listed


def _converted(value: Any, shape: Any, name: str) -> Any:
    """Hold an element to what the JSON form asks of it, so that both forms refuse the same documents."""
    try:
        return as_shape(value, shape, f"<{name}>")
    except Misfit as misfit:
        raise XmlFault(str(misfit), _AGAIN) from None


def _sniff(source: Source) -> bool:
    root = root_of(source)
    if root is None or root.name.rpartition(":")[2] != "bom":
        return False
    return any("cyclonedx.org" in text for text in root.attributes.values()) or root.child in (
        "components",
        "metadata",
    )


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = _BomDocument(limits, keep_names=_mentions(source, b"vulnerability", limits))
    for _ in feed(source, limits, document):
        pass
    reading: Reading = yield from read_bom(document.bom, FORMAT, items)
    return reading


def _mentions(source: Source, word: bytes, limits: Limits) -> bool:
    """Tell whether a word stands anywhere in a report; without it, no component is asked for by name.

    One that goes on beyond the limit may have it there; reading it refuses that.
    """
    end, read = b"", 0
    with xml_in_utf8(source)[0].open() as stream:
        while read <= limits.max_bytes and (chunk := stream.read(CHUNK_BYTES)):
            if word in end + chunk:
                return True
            end, read = chunk[-len(word) :], read + len(chunk)
    return read > limits.max_bytes


READER = Reader(
    format=FORMAT,
    title="CycloneDX XML",
    kind=Kind.SBOM,
    source="https://cyclonedx.org/docs/latest/xml/",
    follows=cyclonedx_bom.FOLLOWS,
    sniff=_sniff,
    read=_read,
    notes=(
        "A document means what the same one in JSON means: both are judged by the same code.",
        (
            "Vulnerabilities of the extension for 1.0 to 1.3 (`v:vulnerabilities`) count like those of 1.4;"
            " they are recognised by the prefix `v`, any other is refused."
        ),
        "Components within a pedigree, an evidence or a service are none of the inventory.",
        *cyclonedx_bom.NOTES,
    ),
)
