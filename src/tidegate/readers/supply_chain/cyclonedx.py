"""CycloneDX in JSON, 1.2 and later: what a component consists of, and the vulnerabilities listed with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from tidegate.domain.measures import Kind
from tidegate.readers.base import Limits, Reader, Reading, Source, Stream, Unreadable
from tidegate.readers.json_preview import preview
from tidegate.readers.jsons import load
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

_REMAKE = "the generator's CycloneDX JSON output, written to a file by the generator itself"
_VERSION = re.compile(r"1\.(\d{1,2})")


class _Tools(msgspec.Struct):
    components: list[BomTool] = []


class _Metadata(msgspec.Struct):
    tools: list[BomTool] | _Tools | None = None
    component: BomComponent | None = None
    timestamp: object = None


class _BomJson(msgspec.Struct, rename="camel"):
    spec_version: str
    bom_format: Literal["CycloneDX"] = "CycloneDX"  # 1.2 and 1.3 did without
    serial_number: SerialNumber | None = None
    metadata: _Metadata | None = None
    components: list[BomComponent] | None = None
    dependencies: list[BomDependency] | None = None
    compositions: list[Composition] | None = None
    vulnerabilities: list[BomVulnerability] | None = None


def _sniff(source: Source) -> bool:
    seen = preview(source)
    if seen.root != "{":
        return False
    return seen.keys.get("bomFormat") == "CycloneDX" or "cyclonedx.org" in seen.keys.get("$schema", "")


def _read(source: Source, limits: Limits, items: bool) -> Stream:
    document = load(source, limits, _BomJson, remake=_REMAKE)
    version = _VERSION.fullmatch(document.spec_version)
    if version is None or int(version[1]) < 2:
        raise Unreadable(
            f"The report has CycloneDX {document.spec_version[:20]}, read are 1.2 and later 1.x: write it as"
            " one of these."
        )
    bom = Bom(vulnerabilities=document.vulnerabilities)
    for component in _walk(document.components):
        bom.add(component)
        if component.ref and document.vulnerabilities:
            bom.names[component.ref] = component.name
    if document.metadata is not None:
        tools = document.metadata.tools
        bom.tools = tools.components if isinstance(tools, _Tools) else tools or ()
        bom.timestamp = document.metadata.timestamp
        bom.main_ref = document.metadata.component.ref if document.metadata.component else None
    for composition in document.compositions or ():
        bom.compose(composition)
    reading: Reading = yield from read_bom(bom, "cyclonedx", items)
    return reading


def _walk(components: list[BomComponent] | None) -> Iterator[BomComponent]:
    """Give every component, nested ones too, without recursion: depth is the report's choice."""
    waiting = list(components or ())
    while waiting:
        component = waiting.pop()
        yield component
        waiting.extend(component.components or ())


READER = Reader(
    format="cyclonedx",
    title="CycloneDX JSON",
    kind=Kind.SBOM,
    source="https://cyclonedx.org/specification/overview/",
    follows=cyclonedx_bom.FOLLOWS,
    sniff=_sniff,
    read=_read,
    notes=cyclonedx_bom.NOTES,
)
