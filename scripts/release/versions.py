"""The version of a release as somebody typed it; one that is nearly right is suggested as it should be."""

from __future__ import annotations

import re

from tidegate.domain.errors import Invalid
from tidegate.domain.versions import Version

_NEARLY = re.compile(r"(?:prod/)?[vV]?\.?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?")
_EXAMPLE = "1.4.0"


class NotAVersion(Invalid):
    """What was typed cannot ship; `suggestion` is the command with the version that was meant."""

    def __init__(self, message: str, suggestion: str) -> None:
        self.suggestion = suggestion
        super().__init__(f"{message} Did you mean: {suggestion}")


def read_version(typed: str, command: str) -> Version:
    """Read a version that can ship; `command` is what comes before it. Raises `NotAVersion`."""
    try:
        version = Version.parse(typed)
        version.tag  # noqa: B018  # raises for what cannot ship
    except Invalid as bad:
        raise NotAVersion(str(bad), command + suggestion(typed)) from None
    return version


def suggestion(typed: str) -> str:
    """Return the version that was most likely meant: `v1.0.0` and `1.0` are 1.0.0."""
    found = _NEARLY.fullmatch(typed.strip())
    if found is None:
        return _EXAMPLE
    return ".".join(str(int(part or 0)) for part in found.groups())
