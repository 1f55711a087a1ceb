"""The documents of a `tidegate.yml`: a gate and declarations may share the file, told apart by their keys."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.domain.gate_yaml import MAX_CHARACTERS

GATE_KEYS = frozenset({"rules", "extends"})
"""What makes a document a gate."""
DECLARATION_KEY = "component"

# YAML counts more signs as ends of a line than most editors do (YAML 1.1, 4.2).
_IN_LINES = re.compile("[^\r\n\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class _Part:
    """A document: its characters from 0, the keys that it begins with, and whether nothing stands there."""

    first: int
    end: int
    keys: frozenset[str]
    is_empty: bool

    @property
    def declares(self) -> bool:
        return DECLARATION_KEY in self.keys and not self.keys & GATE_KEYS


def gate_part(text: str) -> str | None:
    """Return a file's text without its declarations; what stands below one keeps its line's number.

    None where it holds declarations and nothing else. What is no YAML is returned as it is.
    """
    parts = _parts(text)
    declared = [part for part in parts if part.declares]
    if not declared:
        return text
    gates = [part for part in parts if not (part.declares or part.is_empty)]
    if not gates:
        return None
    last = max(part.end for part in gates)
    kept, at = "", 0
    for part in parts:
        if part in gates:
            continue
        # Empty lines below the gate would become part of a text that keeps them (`|+`).
        if part.first < last:
            kept += text[at : part.first] + _IN_LINES.sub("", text[part.first : part.end])
            at = part.end
    return kept + text[at:last]


def declared_part(text: str) -> str | None:
    """Return the declarations of a file without its gate, "" where it declares nothing.

    None where that cannot be told: the file is no YAML, or larger than is read, and names a component.
    """
    parts = _parts(text)
    if not parts:
        return None if DECLARATION_KEY in text else ""
    above = text[: parts[0].first] if parts[0].declares else ""
    return above + "".join(f"{text[part.first : part.end].strip()}\n" for part in parts if part.declares)


def _parts(text: str) -> list[_Part]:
    if DECLARATION_KEY not in text or len(text) > MAX_CHARACTERS:
        return []
    import yaml  # takes longer to load than all of the domain

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    starts: list[int] = []
    found: list[tuple[frozenset[str], bool]] = []
    keys, depth, is_key, maps, is_empty = set[str](), 0, True, False, False
    try:
        for event in yaml.parse(text, Loader=loader):
            match type(event).__name__:
                case "DocumentStartEvent":
                    # Marks count characters; their lines are YAML's own.
                    starts.append(event.start_mark.index if event.start_mark is not None else 0)
                    keys, depth, is_key, maps, is_empty = set(), 0, True, False, False
                case "DocumentEndEvent":
                    found.append((frozenset(keys), is_empty))
                case "MappingStartEvent" | "SequenceStartEvent" as kind:
                    maps = kind == "MappingStartEvent" if depth == 0 else maps
                    depth += 1
                case "MappingEndEvent" | "SequenceEndEvent":
                    depth -= 1
                    is_key = not is_key if depth == 1 else is_key
                case "ScalarEvent" if depth == 0:
                    is_empty = not getattr(event, "value")
                case "ScalarEvent" if depth == 1:
                    if is_key and maps:
                        keys.add(getattr(event, "value"))
                    is_key = not is_key
                case "AliasEvent" if depth == 1:
                    is_key = not is_key
    except (yaml.YAMLError, UnicodeError):
        return []
    ends = [*starts[1:], len(text)]
    return [_Part(first, end, *one) for first, end, one in zip(starts, ends, found, strict=True)]
