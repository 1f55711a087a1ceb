"""How gate expressions name facts: `facts.FIELD` for what is observed, or what else is known of the field."""

from __future__ import annotations

import dataclasses
import re
from enum import StrEnum
from functools import lru_cache

from tidegate.domain.facts import FIELD_PATTERN, LONGEST_FIELD, FieldName, Side

FACTS = "facts"
"""The name under which expressions find facts, and what `needs` says of a rule that reads some."""

_DOTTED = re.compile(r"facts\.([\w.]+)")
_INDEXED = re.compile(r'facts\["([^"\\]+)"\]')
_FIELD = re.compile(FIELD_PATTERN)


class Aspect(StrEnum):
    """What is asked of a field: one of its two values, how long ago it was seen, since when it holds."""

    OBSERVED = "observed"
    DECLARED = "declared"
    AGE = "age"
    SINCE = "since"


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class FactName:
    """A fact as an expression names it; `text` is how it is written there."""

    field: FieldName
    aspect: Aspect
    text: str = dataclasses.field(compare=False)

    @property
    def side(self) -> Side:
        """Return the side that has it: all but the declared value is observed."""
        return Side.DECLARED if self.aspect is Aspect.DECLARED else Side.OBSERVED

    @property
    def key(self) -> str | None:
        """Return the text between the brackets of `facts["…"]`; None where it is written with dots."""
        found = _INDEXED.fullmatch(self.text)
        return found[1] if found else None


@lru_cache(maxsize=4_096)
def fact_name(text: str) -> FactName | None:
    """Read `facts.FIELD`, `facts.FIELD.declared` or `facts["FIELD.age"]`; None for what names no fact.

    The last word says what is asked of the field where it is one of `observed`, `declared`, `age` and
    `since` and something stands before it; otherwise all of it is the field, and its observed value is asked.
    """
    found = _DOTTED.fullmatch(text) or _INDEXED.fullmatch(text)
    if found is None:
        return None
    name, dot, last = found[1].rpartition(".")
    aspect = Aspect.OBSERVED
    if dot and last in set(Aspect):
        aspect = Aspect(last)
    else:
        name = found[1]
    if len(name) > LONGEST_FIELD or not _FIELD.fullmatch(name):
        return None
    return FactName(name, aspect, text)


def indexed(key: str) -> str:
    """Write the name of a fact whose field CEL cannot spell with dots, such as one with a hyphen."""
    return f'{FACTS}["{key}"]'
