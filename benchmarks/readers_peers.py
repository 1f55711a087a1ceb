"""Speed of the readers of TAP and of bills of materials, beside the libraries of these formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.readers_json import compare, faster, read_all, report_of
from benchmarks.table import Row
from tidegate.readers.base import Reader
from tidegate.readers.supply_chain import cyclonedx_xml, spdx_json, spdx_tv, spdx_xml
from tidegate.readers.test_results import tap

_TIMES = 2.0


def tap_speed() -> list[Row]:
    """Read 100,000 test points, one of a hundred failed or skipped, beside tap.py."""
    from tap.parser import Parser

    def peer(path: Path) -> None:
        for _ in Parser().parse_file(str(path)):
            pass

    return _beside("TAP, 100,000 points", _points(100_000), tap.READER, "tap.py", peer)


def cyclonedx_xml_speed() -> list[Row]:
    """Read an inventory of 5,000 components in XML, beside cyclonedx-python-lib."""
    from xml.etree import (  # nosec B405  # as the library's own documentation does, on a file of ours
        ElementTree,
    )

    from cyclonedx.model.bom import Bom

    def peer(path: Path) -> None:
        with path.open("rb") as stream:
            Bom.from_xml(ElementTree.parse(stream).getroot())

    parts, library = _components(5_000), "cyclonedx-python-lib"
    return _beside("CycloneDX XML, 5,000 components", parts, cyclonedx_xml.READER, library, peer)


def spdx_json_speed() -> list[Row]:
    """Read 5,000 packages as JSON, beside spdx-tools, which parses alone."""
    from spdx_tools.spdx.parser.json import json_parser

    def peer(path: Path) -> None:
        json_parser.parse_from_file(str(path))

    document = iter([json.dumps(_document(5_000))])
    return _beside("SPDX JSON, 5,000 packages", document, spdx_json.READER, "spdx-tools", peer)


def spdx_xml_speed() -> list[Row]:
    """Read 5,000 packages as XML, beside spdx-tools, which parses alone."""
    from spdx_tools.spdx.parser.xml import xml_parser

    def peer(path: Path) -> None:
        xml_parser.parse_from_file(str(path))

    document = _as_xml(_document(5_000))
    return _beside("SPDX XML, 5,000 packages", document, spdx_xml.READER, "spdx-tools", peer)


def spdx_tv_speed() -> list[Row]:
    """Read 200 packages as tags and values, beside spdx-tools, which parses alone."""
    from spdx_tools.spdx.parser.tagvalue import tagvalue_parser

    def peer(path: Path) -> None:
        tagvalue_parser.parse_from_file(str(path))

    document = _as_tags(_document(200))
    return _beside("SPDX tag-value, 200 packages", document, spdx_tv.READER, "spdx-tools", peer)


ROWS: tuple[Callable[[], list[Row]], ...] = (
    tap_speed,
    cyclonedx_xml_speed,
    spdx_json_speed,
    spdx_xml_speed,
    spdx_tv_speed,
)


def _beside(
    name: str, parts: Iterator[str], reader: Reader, library: str, peer: Callable[[Path], None]
) -> list[Row]:
    with report_of(parts) as path:
        ours, theirs = compare(lambda: read_all(reader, path, items=False), lambda: peer(path))
        return [faster(name, ours, library, theirs, _TIMES)]


def _points(count: int) -> Iterator[str]:
    yield f"TAP version 13\n1..{count}\n"
    for number in range(1, count + 1):
        if number % 100:
            yield f"ok {number} - the berth of ship {number} is free\n"
        else:
            yield (
                f"not ok {number} - ship {number} is moored\n"
                if number % 200
                else f"ok {number} # SKIP fog\n"
            )


def _components(count: int) -> Iterator[str]:
    yield '<bom xmlns="http://cyclonedx.org/schema/bom/1.5" version="1"><components>'
    for index in range(count):
        yield (
            f'<component type="library"><name>package-{index}</name><version>1.{index}.0</version>'
            f'<hashes><hash alg="SHA-256">{index:064x}</hash></hashes><licenses><license><id>MIT</id>'
            f"</license></licenses><purl>pkg:pypi/package-{index}@1.{index}.0</purl></component>"
        )
    yield "</components></bom>"


def _document(count: int) -> dict[str, object]:
    created = {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: harbour-1.0"]}
    packages = [_package(index) for index in range(count)]
    described = {
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relatedSpdxElement": "SPDXRef-0",
        "relationshipType": "DESCRIBES",
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "harbour",
        "documentNamespace": "https://harbour.example.org/bom",
        "creationInfo": created,
        "packages": packages,
        "relationships": [described],
    }


def _package(index: int) -> dict[str, object]:
    purl = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:pypi/package-{index}@1.{index}.0",
    }
    return {
        "name": f"package-{index}",
        "SPDXID": f"SPDXRef-{index}",
        "versionInfo": f"1.{index}.0",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "MIT",
        "licenseDeclared": "MIT",
        "copyrightText": "NOASSERTION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": f"{index:064x}"}],
        "externalRefs": [purl],
    }


def _as_xml(document: dict[str, object]) -> Iterator[str]:
    yield "<Document>"
    for name, value in document.items():
        yield from _elements(name, value)
    yield "</Document>"


def _elements(name: str, value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _elements(name, each)
    elif isinstance(value, dict):
        yield f"<{name}>"
        for inner, each in value.items():
            yield from _elements(inner, each)
        yield f"</{name}>"
    else:
        yield f"<{name}>{str(value).lower() if isinstance(value, bool) else value}</{name}>"


def _as_tags(document: dict[str, object]) -> Iterator[str]:
    yield (
        "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: harbour\n"
        "DocumentNamespace: https://harbour.example.org/bom\nCreator: Tool: harbour-1.0\n"
        "Created: 2026-01-01T00:00:00Z\n"
    )
    packages = document["packages"]
    for index in range(len(packages) if isinstance(packages, list) else 0):
        yield (
            f"\nPackageName: package-{index}\nSPDXID: SPDXRef-{index}\nPackageVersion: 1.{index}.0\n"
            "PackageDownloadLocation: NOASSERTION\nFilesAnalyzed: false\n"
            f"PackageChecksum: SHA256: {index:064x}\nPackageLicenseConcluded: MIT\n"
            "PackageLicenseDeclared: MIT\nPackageCopyrightText: NOASSERTION\n"
            f"ExternalRef: PACKAGE-MANAGER purl pkg:pypi/package-{index}@1.{index}.0\n"
        )
    yield "\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-0\n"
