"""Writes one SPDX document or CycloneDX bill of materials, given as its JSON form, in the other forms too."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

_PACKAGE_TAGS = {
    "name": "PackageName",
    "SPDXID": "SPDXID",
    "versionInfo": "PackageVersion",
    "downloadLocation": "PackageDownloadLocation",
    "licenseConcluded": "PackageLicenseConcluded",
    "licenseDeclared": "PackageLicenseDeclared",
    "copyrightText": "PackageCopyrightText",
    "primaryPackagePurpose": "PrimaryPackagePurpose",
}
_DOCUMENT_TAGS = {
    "spdxVersion": "SPDXVersion",
    "dataLicense": "DataLicense",
    "SPDXID": "SPDXID",
    "name": "DocumentName",
    "documentNamespace": "DocumentNamespace",
}


def spdx_package(name: str = "lib", **more: Any) -> dict[str, Any]:
    """Make a package with what both versions of SPDX ask for, and what is known of it: `None` leaves out."""
    fields = {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "downloadLocation": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    } | more
    return {key: value for key, value in fields.items() if value is not None}


def spdx_document(*packages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Make a document that describes its first package; `None` leaves a field out."""
    fields = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "bom",
        "documentNamespace": "https://example.com/bom",
        "creationInfo": {"created": "2026-01-02T03:04:05Z", "creators": ["Tool: syft-1.2.3"]},
        "packages": list(packages),
        "relationships": [
            *([related(packages[0].get("SPDXID", ""), "DEPENDS_ON", "NONE")] if len(packages) == 1 else []),
            *(related("SPDXRef-DOCUMENT", "DESCRIBES", each.get("SPDXID", "")) for each in packages[:1]),
        ],
    } | more
    return {key: value for key, value in fields.items() if value is not None}


def related(first: str, kind: str, second: str) -> dict[str, str]:
    """Make a relationship."""
    return {"spdxElementId": first, "relationshipType": kind, "relatedSpdxElement": second}


def spdx_xml(document: dict[str, Any]) -> str:
    """Write a document as SPDX XML: an element for each field, a list as elements of one name."""
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<Document>{_inner(document)}</Document>\n"


def _inner(fields: dict[str, Any]) -> str:
    return "".join(
        f"<{key}>{_inner(each) if isinstance(each, dict) else escape(str(each))}</{key}>"
        for key, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    )


def spdx_tags(document: dict[str, Any]) -> str:
    """Write a document as tags and values."""
    lines = [f"{tag}: {document[key]}" for key, tag in _DOCUMENT_TAGS.items() if key in document]
    info = document.get("creationInfo", {})
    lines += [f"Creator: {each}" for each in info.get("creators", [])]
    lines += [f"Created: {info['created']}"] if "created" in info else []
    for each in document.get("externalDocumentRefs", []):
        lines.append(
            f"ExternalDocumentRef: {each['externalDocumentId']} https://example.com SHA1: {'0' * 40}"
        )
    for package in document.get("packages", []):
        lines += ["", *(f"{tag}: {package[key]}" for key, tag in _PACKAGE_TAGS.items() if key in package)]
        lines += _checksums("PackageChecksum", package)
        for each in package.get("externalRefs", []):
            parts = (each["referenceCategory"], each["referenceType"], each["referenceLocator"])
            lines.append(f"ExternalRef: {' '.join(parts)}")
        for each in package.get("annotations", []):
            lines.append(f"AnnotationType: {each['annotationType']}")
    for file in document.get("files", []):
        lines += ["", f"FileName: {file['fileName']}", f"SPDXID: {file['SPDXID']}"]
        lines += _checksums("FileChecksum", file)
    lines += [f"SnippetSPDXID: {each['SPDXID']}" for each in document.get("snippets", [])]
    for each in document.get("relationships", []):
        lines.append(f"Relationship: {' '.join(each.values())}")
    return "\n".join(lines) + "\n"


def _checksums(tag: str, holder: dict[str, Any]) -> list[str]:
    return [f"{tag}: {each['algorithm']}: {each['checksumValue']}" for each in holder.get("checksums", [])]


def bom_xml(bom: dict[str, Any]) -> str:
    """Write a bill of materials as CycloneDX XML."""
    number = bom.get("serialNumber")
    serial = f" serialNumber={quoteattr(number)}" if number is not None else ""
    space = f"http://cyclonedx.org/schema/bom/{bom['specVersion']}"
    inner = _metadata(bom["metadata"]) if "metadata" in bom else ""
    if bom.get("components") is not None:
        inner += _tag("components", map(_component, bom["components"]))
    if "dependencies" in bom:
        listed = (f"<dependency{_attribute('ref', each.get('ref'))}/>" for each in bom["dependencies"])
        inner += _tag("dependencies", listed)
    if "compositions" in bom:
        inner += _tag("compositions", map(_composition, bom["compositions"]))
    if "vulnerabilities" in bom:
        inner += _tag("vulnerabilities", map(_vulnerability, bom["vulnerabilities"]))
    return f'<?xml version="1.0"?>\n<bom xmlns="{space}"{serial} version="1">{inner}</bom>\n'


def _tag(name: str, inner: Any) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"


def _texts(holder: dict[str, Any], *names: str) -> str:
    return "".join(
        f"<{name}>{escape(str(holder[name]))}</{name}>" for name in names if holder.get(name) is not None
    )


def _attribute(name: str, value: str | None) -> str:
    return "" if value is None else f" {name}={quoteattr(value)}"


def _component(part: dict[str, Any]) -> str:
    inner = _texts(part, "name", "version")
    hashes = part.get("hashes") or ()
    inner += _tag("hashes", (f"<hash alg={quoteattr(h['alg'])}>{h['content']}</hash>" for h in hashes))
    inner += _tag("licenses", map(_licence, part.get("licenses") or ()))
    inner += _texts(part, "cpe", "purl")
    inner += _tag("components", map(_component, part["components"])) if "components" in part else ""
    attributes = _attribute("type", part.get("type")) + _attribute("bom-ref", part.get("bom-ref"))
    return f"<component{attributes}>{inner}</component>"


def _licence(choice: dict[str, Any]) -> str:
    if "license" in choice:
        return _tag("license", _texts(choice["license"] or {}, "id", "name"))
    return _texts(choice, "expression")


def _metadata(metadata: dict[str, Any]) -> str:
    inner = _texts(metadata, "timestamp")
    tools = metadata.get("tools")
    if isinstance(tools, list):
        inner += _tag("tools", (_tag("tool", _texts(each, "name", "version")) for each in tools))
    elif tools is not None:
        inner += _tag("tools", [_tag("components", map(_component, tools.get("components", [])))])
    return _tag("metadata", inner + (_component(metadata["component"]) if "component" in metadata else ""))


def _composition(composition: dict[str, Any]) -> str:
    refs = (f"<assembly ref={quoteattr(ref)}/>" for ref in composition.get("assemblies", ()))
    return _tag("composition", _texts(composition, "aggregate") + _tag("assemblies", refs))


def _vulnerability(found: dict[str, Any]) -> str:
    inner = _texts(found, "id")
    inner += _tag("references", (_tag("reference", _texts(e, "id")) for e in found.get("references", ())))
    rated = found.get("ratings") or ()
    inner += _tag("ratings", (_tag("rating", _texts(each, "score", "severity", "method")) for each in rated))
    inner += _tag("analysis", _texts(found["analysis"], "state")) if "analysis" in found else ""
    inner += _tag("affects", (_tag("target", _texts(each, "ref")) for each in found.get("affects", ())))
    return _tag("vulnerability", inner)
