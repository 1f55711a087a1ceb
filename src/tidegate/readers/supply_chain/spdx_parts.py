"""The parts of an SPDX 2 document that its readers look at, as typed structs (names as in its JSON form)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Named = Annotated[str, msgspec.Meta(pattern=r"\S")]


class SpdxChecksum(msgspec.Struct, gc=False, rename="camel"):
    """A digest and its algorithm."""

    algorithm: str
    checksum_value: str


class SpdxReference(msgspec.Struct, gc=False, rename="camel"):
    """Where a package is known by another name."""

    reference_category: str
    reference_type: str
    reference_locator: str


class _Annotation(msgspec.Struct, gc=False, rename="camel"):
    annotation_type: Literal["OTHER", "REVIEW"]


class SpdxPackage(msgspec.Struct, rename="camel"):
    """A package."""

    spdx_id: str = msgspec.field(name="SPDXID")
    name: Named
    download_location: Named
    version_info: str | None = None
    license_concluded: str | None = None
    license_declared: str | None = None
    copyright_text: str | None = None
    primary_package_purpose: str | None = None
    checksums: list[SpdxChecksum] | None = None
    external_refs: list[SpdxReference] | None = None
    annotations: list[_Annotation] | None = None
    has_files: list[str] | None = None


class SpdxFile(msgspec.Struct, rename="camel"):
    """A file: no component, and what others may refer to."""

    spdx_id: str = msgspec.field(name="SPDXID")
    file_name: Named
    checksums: list[SpdxChecksum] | None = None


class SpdxSnippet(msgspec.Struct, rename="camel"):
    """A part of a file, likewise."""

    spdx_id: str = msgspec.field(name="SPDXID")


class SpdxRelationship(msgspec.Struct, rename="camel"):
    """How one element stands to another."""

    spdx_element_id: str
    relationship_type: str
    related_spdx_element: str


class CreationInfo(msgspec.Struct):
    """Who made the document, and when."""

    created: str
    creators: list[str]


class SpdxHeader(msgspec.Struct, rename="camel"):
    """What the standard asks of each document."""

    spdx_version: str
    data_license: str
    spdx_id: str = msgspec.field(name="SPDXID")
    name: Named
    document_namespace: Named
    creation_info: CreationInfo
