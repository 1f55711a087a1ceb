"""The section of a version in CHANGELOG.md, which becomes the notes of its release.

python -m scripts.release.changelog 1.0.0    prints the notes
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_HEADING = re.compile(r"## \[(?P<version>[^\]]+)\](?P<rest>.*)")
_DATED = re.compile(r" - (?P<date>\d{4}-\d{2}-\d{2})\s*")
_LINK = re.compile(r"\[[^\]]+\]: \S+\s*")
_FENCE = ("```", "~~~")


class BadChangelog(Exception):
    """What is wrong with a section; the text says what it should look like."""


@dataclass(frozen=True, slots=True)
class Section:
    """What a version brings: its day, and its notes in Markdown."""

    day: date
    notes: str


def section(text: str, version: str) -> Section:
    """Return the section of a version; raises `BadChangelog` unless it is there once, dated and not empty."""
    wanted = f"## [{version}] - YYYY-MM-DD"
    found = [one for one in _sections(text) if one[0] == version]
    if not found:
        raise BadChangelog(f"CHANGELOG.md has no section of {version}. Head what it brings with: {wanted}")
    if len(found) > 1:
        raise BadChangelog(f"CHANGELOG.md has {len(found)} sections of {version}. Make one of them.")
    _, rest, lines = found[0]
    dated = _DATED.fullmatch(rest)
    try:
        day = date.fromisoformat(dated["date"]) if dated else None
    except ValueError:
        day = None
    if day is None:
        raise BadChangelog(f"The section of {version} in CHANGELOG.md has no date. Head it with: {wanted}")
    kept = [line for line in lines if not _LINK.fullmatch(line)]
    if not any(line.strip() and not line.startswith("#") for line in kept):
        raise BadChangelog(f"The section of {version} in CHANGELOG.md is empty. Say what it brings to users.")
    return Section(day, "\n".join(kept).strip() + "\n")


def _sections(text: str) -> list[tuple[str, str, list[str]]]:
    """Cut the text at its second-level headings: version, the rest of the heading, the lines below."""
    found: list[tuple[str, str, list[str]]] = []
    inside = fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(_FENCE)
        if line.startswith("## ") and not fenced:
            heading = _HEADING.fullmatch(line)
            inside = heading is not None
            if heading:
                found.append((heading["version"], heading["rest"], []))
        elif inside:
            found[-1][2].append(line)
    return found


def main(arguments: Sequence[str], path: Path = Path("CHANGELOG.md")) -> int:
    """Print the notes of a version."""
    if len(arguments) != 1:
        print("usage: python -m scripts.release.changelog VERSION", file=sys.stderr)
        return 2
    try:
        print(section(path.read_text("utf-8"), arguments[0]).notes, end="")
    except (BadChangelog, OSError) as bad:
        print(bad, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
