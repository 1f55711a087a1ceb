"""Counting the components of a bill of materials into the measures that every such format gives."""

from __future__ import annotations

import re

from tidegate.domain.measures import Value
from tidegate.readers.supply_chain.placeholders import names_version

_PURL = re.compile(r"\s*pkg:[A-Za-z0-9.+-]+/.*[^/\s]")
_CPE = re.compile(r"\s*cpe:(?:/[aho]|2\.3:[aho*-]):[^:\s]")
_DIGEST = re.compile(r"[0-9A-Fa-f]{2,128}")


class SbomCounts:
    """Counts components, and how many of them have a version, an identifier, a licence and a digest."""

    __slots__ = ("components", "versioned", "identified", "licensed", "hashed")

    def __init__(self) -> None:
        self.components = self.versioned = self.identified = self.licensed = self.hashed = 0

    def add(self, *, version: str | None, identified: bool, licensed: bool, hashed: bool) -> None:
        """Count one component."""
        self.components += 1
        self.versioned += names_version(version)
        self.identified += identified
        self.licensed += licensed
        self.hashed += hashed

    def measures(self) -> dict[str, Value]:
        """Give `sbom.*`."""
        return {
            "sbom.components": self.components,
            "sbom.versioned": self.versioned,
            "sbom.identified": self.identified,
            "sbom.licensed": self.licensed,
            "sbom.hashed": self.hashed,
        }


def is_purl(text: str | None) -> bool:
    """Tell whether a text is a package URL."""
    return _PURL.match(text or "") is not None


def is_cpe(text: str | None) -> bool:
    """Tell whether a text is a CPE, of version 2.2 or 2.3."""
    return _CPE.match(text or "") is not None


def is_digest(text: str) -> bool:
    """Tell whether a text can be a digest: digits of a hexadecimal number and nothing else."""
    return _DIGEST.fullmatch(text) is not None
