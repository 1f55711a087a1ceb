"""How two values of a field are compared: as texts, numbers, sets or versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from tidegate.domain.canonical import canonical_json
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactValue
from tidegate.domain.versions import Version

_SHORT_VERSION = re.compile(r"(0|[1-9][0-9]*)(\.(?:0|[1-9][0-9]*))?((?:[-+].*)?)")
_LONGEST_NUMBER = 60


class Comparison(StrEnum):
    """What makes two values the same."""

    TEXT = "text"
    NO_CASE = "no-case"
    NUMBER = "number"
    SET = "set"
    VERSION = "version"
    AT_LEAST = "at-least"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """By how much two numbers may differ: `amount`, or that share of the left one where it is `relative`."""

    amount: Decimal = Decimal(0)
    relative: bool = False

    def __str__(self) -> str:
        """Write it as rules do: `0.5`, `5%`."""
        return f"{(self.amount * 100).normalize():f}%" if self.relative else f"{self.amount:f}"


NO_TOLERANCE = Tolerance()


def written(value: FactValue) -> str:
    """Write a value as text: `true`, `3`, `2.5`."""
    return value if isinstance(value, str) else canonical_json(value).decode()


def agree(
    comparison: Comparison, left: FactValue, right: FactValue, tolerance: Tolerance = NO_TOLERANCE
) -> bool:
    """Tell whether two values are the same by a comparison; what is not understood never is.

    `left` is what should be: by `at-least`, a higher version on the right agrees.
    """
    if comparison is Comparison.NUMBER:
        return _same_number(left, right, tolerance)
    return _COMPARISONS[comparison](left, right)


def _same_text(left: FactValue, right: FactValue) -> bool:
    if type(left) is type(right):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        # Spreadsheets write TRUE; a number is none.
        return written(left).lower() == written(right).lower() and not _numbers(left, right)
    return written(left) == written(right)


def _numbers(left: FactValue, right: FactValue) -> bool:
    return not isinstance(left, str) and not isinstance(right, str)


def _same_letters(left: FactValue, right: FactValue) -> bool:
    return written(left).strip().casefold() == written(right).strip().casefold()


def _same_number(left: FactValue, right: FactValue, tolerance: Tolerance) -> bool:
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return False
    allowed = abs(one) * tolerance.amount if tolerance.relative else tolerance.amount
    return abs(one - other) <= allowed


def _number(value: FactValue) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        text = written(value).strip()
        number = Decimal(text) if len(text) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number.adjusted()) < 400 else None


def _same_set(left: FactValue, right: FactValue) -> bool:
    return _members(left) == _members(right)


def _members(value: FactValue) -> frozenset[str]:
    """Read `a, b` or `["a", "b"]`; the order and what stands there twice do not count."""
    text = written(value).strip()
    if text.startswith("["):
        try:
            listed = json.loads(text)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list) and all(isinstance(one, (str, int, float)) for one in listed):
            return frozenset(written(one) for one in listed)
    return frozenset(filter(None, (part.strip() for part in text.split(","))))


def _same_version(left: FactValue, right: FactValue) -> bool:
    one, other = version_of(left), version_of(right)
    if one is None or other is None:
        return _same_text(left, right)
    return one == other and not (one.build and other.build and one.build != other.build)


def _is_at_least(left: FactValue, right: FactValue) -> bool:
    least, there = version_of(left), version_of(right)
    if least is None or there is None:
        return _same_text(left, right)
    return there >= least


def version_of(value: FactValue) -> Version | None:
    """Read `1.2.3`, also with a `v` before it, and `1.2` or `1` as `1.2.0` and `1.0.0`; None for no version.

    Of a number only the text counts: 1.1 that once was 1.10 cannot be told, so versions should be texts.
    """
    if isinstance(value, bool):
        return None
    text = written(value).strip()
    text = text[1:] if text[:1] in ("v", "V") else text
    short = _SHORT_VERSION.fullmatch(text) if len(text) < 200 else None
    if short:
        text = f"{short[1]}{short[2] or '.0'}.0{short[3]}"
    try:
        return Version.parse(text)
    except Invalid:
        return None


_COMPARISONS: Mapping[Comparison, Callable[[FactValue, FactValue], bool]] = {
    Comparison.TEXT: _same_text,
    Comparison.NO_CASE: _same_letters,
    Comparison.SET: _same_set,
    Comparison.VERSION: _same_version,
    Comparison.AT_LEAST: _is_at_least,
}
