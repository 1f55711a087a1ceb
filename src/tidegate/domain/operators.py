"""The operators of gate expressions: how each is written, how it binds, what it becomes turned round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator with two sides.

    `function` is its name in CEL's syntax tree. For comparisons, `words` is how it is read aloud, `mirrored`
    what it becomes where its sides change places, and `negated` what holds where it does not.
    """

    function: str
    sign: str
    rank: int
    words: str = ""
    mirrored: str = ""
    negated: str = ""


OPERATORS: Mapping[str, Operator] = {
    each.function: each
    for each in (
        Operator("_||_", "||", 1),
        Operator("_&&_", "&&", 2),
        Operator("_==_", "==", 3, "is", "_==_", "_!=_"),
        Operator("_!=_", "!=", 3, "is not", "_!=_", "_==_"),
        Operator("_>=_", ">=", 3, "is at least", "_<=_", "_<_"),
        Operator("_<=_", "<=", 3, "is at most", "_>=_", "_>_"),
        Operator("_>_", ">", 3, "is above", "_<_", "_<=_"),
        Operator("_<_", "<", 3, "is below", "_>_", "_>=_"),
        Operator("@in", "in", 3),
        Operator("_+_", "+", 4),
        Operator("_-_", "-", 4),
        Operator("_*_", "*", 5),
        Operator("_/_", "/", 5),
        Operator("_%_", "%", 5),
    )
}
UNARY: Mapping[str, str] = {"!_": "!", "-_": "-"}
COMPARISONS: Mapping[str, Operator] = {name: each for name, each in OPERATORS.items() if each.words}
MIRRORED: Mapping[str, str] = {name: each.mirrored for name, each in COMPARISONS.items()}
NEGATED: Mapping[str, str] = {name: each.negated for name, each in COMPARISONS.items()}
