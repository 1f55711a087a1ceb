"""Rules of parity: for which fields what counts as the same, how old it may be, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fnmatch import translate
from typing import TypeVar, cast

from tidegate.domain.canonical import Json, canonical_json, clean, digest_of
from tidegate.domain.errors import Invalid
from tidegate.domain.gates import format_duration, parse_duration
from tidegate.domain.nearest import nearest
from tidegate.domain.parity_values import NO_TOLERANCE, Comparison, Tolerance
from tidegate.domain.probing import UNASKED_FIELDS

MOST_RULES = 200
MOST_GLOBS = 50
LONGEST_GLOB = 100
_GLOB = re.compile(r"[a-z0-9_.*?-]+")
_Choice = TypeVar("_Choice", bound=StrEnum)
_KEYS = ("fields", "subjects", "ignore", "compare", "tolerance", "max_age", "expect")


class Subjects(StrEnum):
    """Which subjects a rule is for: components in environments, components as such, or both."""

    ALL = "all"
    TARGETS = "targets"
    COMPONENTS = "components"


class Expect(StrEnum):
    """On which sides a field has to be; where one is enough, the other may say nothing of it."""

    BOTH = "both"
    LEFT = "declared"
    RIGHT = "observed"


@dataclass(frozen=True, slots=True)
class ParityRule:
    """What holds for the fields that one of the globs matches; `max_age` is of what was observed."""

    fields: tuple[str, ...]
    subjects: Subjects = Subjects.ALL
    ignore: bool = False
    compare: Comparison = Comparison.TEXT
    tolerance: Tolerance = NO_TOLERANCE
    max_age: timedelta | None = None
    expect: Expect = Expect.BOTH

    @property
    def comparison(self) -> str:
        """The comparison in words: `version`, `number, within 5%`."""
        return f"{self.compare}, within {self.tolerance}" if self.tolerance.amount else str(self.compare)

    def to_document(self) -> dict[str, Json]:
        """Write the rule as its document; what is as usual is left out."""
        document: dict[str, Json] = {"fields": list(self.fields)}
        usual = ParityRule(self.fields)
        for key in ("subjects", "compare", "expect"):
            if getattr(self, key) != getattr(usual, key):
                document[key] = str(getattr(self, key))
        if self.ignore:
            document["ignore"] = True
        if self.tolerance.amount:
            document["tolerance"] = str(self.tolerance)
        if self.max_age is not None:
            document["max_age"] = format_duration(self.max_age)
        return document


@dataclass(frozen=True, slots=True)
class ParityRules:
    """Rules in their order: of each field the first that matches counts; without one texts are compared."""

    rules: tuple[ParityRule, ...]
    _known: dict[tuple[str, bool], ParityRule] = field(default_factory=dict, compare=False, repr=False)

    def of(self, name: str, *, target: bool) -> ParityRule:
        """Return the rule of a field; `target` tells whether its subject is a component in an environment."""
        key = (name, target)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = next(self._matching(name, target), _PLAIN)
        return found

    def _matching(self, name: str, target: bool) -> Iterator[ParityRule]:
        other = Subjects.COMPONENTS if target else Subjects.TARGETS
        for rule in self.rules:
            if rule.subjects is not other and any(re.match(translate(glob), name) for glob in rule.fields):
                yield rule

    def to_document(self) -> dict[str, Json]:
        """Write the rules as their document: what the digest is taken of."""
        return {"rules": [rule.to_document() for rule in self.rules]}

    @property
    def digest(self) -> str:
        """The digest that names these rules."""
        return digest_of(canonical_json(self.to_document()))


_PLAIN = ParityRule(("*",))
_VERSIONS = ("version", "*.version", "version.*", "*_version")
DEFAULT_MAX_AGE = timedelta(hours=24)
OBSERVED_RULES = ParityRules(
    (
        ParityRule(_VERSIONS, Subjects.TARGETS, compare=Comparison.VERSION, max_age=DEFAULT_MAX_AGE),
        ParityRule(_VERSIONS, compare=Comparison.VERSION),
        ParityRule(("*",), Subjects.TARGETS, max_age=DEFAULT_MAX_AGE),
    )
)
"""Versions by their precedence; what runs must have been seen within a day, what a repository holds ever."""

DEFAULT_RULES = ParityRules(
    (
        ParityRule(UNASKED_FIELDS, Subjects.TARGETS, max_age=DEFAULT_MAX_AGE, expect=Expect.RIGHT),
        *OBSERVED_RULES.rules,
    )
)
"""For declared beside observed: the same, and what probes tell unasked need not be declared."""

FILE_RULES = ParityRules((ParityRule(_VERSIONS, compare=Comparison.VERSION),))
"""For files, which seldom tell times: versions by their precedence, whatever the age."""


def parse_rules(document: object) -> ParityRules:
    """Read rules from their document; raises `Invalid` that names every fault by its place.

    Numbers, truth values and texts are taken alike, since YAML hands over texts.
    """
    listed = document.get("rules") if isinstance(document, Mapping) else None
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        what = "Rules are a mapping with `rules`, and below it one `- fields: …` for each."
        raise Invalid(f"The parity rules are not valid. {what}", (("rules", what),))
    faults: list[tuple[str, str]] = []
    unknown = sorted(str(key) for key in cast("Mapping[object, object]", document) if key != "rules")
    faults += [(clean(key)[:100], "is not known here: write `rules` alone.") for key in unknown]
    if len(listed) > MOST_RULES:
        faults.append(("rules", f"{len(listed)} rules; at most {MOST_RULES} can be."))
    rules = [_RuleReader(f"rules/{number}", entry, faults).rule() for number, entry in enumerate(listed)]
    if faults:
        told = "; ".join(f"{where}: {what}" for where, what in faults[:3])
        raise Invalid(f"The parity rules are not valid. {told}", tuple(faults))
    return ParityRules(tuple(rules))


class _RuleReader:
    """Reads one rule and notes what is wrong with it."""

    def __init__(self, place: str, entry: object, faults: list[tuple[str, str]]) -> None:
        self._place = place
        self._faults = faults
        self._entry: Mapping[object, object] = entry if isinstance(entry, Mapping) else {}
        if not isinstance(entry, Mapping):
            self._fault("", "A rule is a mapping that begins with `fields`.")

    def rule(self) -> ParityRule:
        for key in self._entry:
            if key not in _KEYS:
                close = nearest(str(key), _KEYS)
                self._fault(str(key), "is not known." + (f" Did you mean `{close}`?" if close else ""))
        compare = self._choice("compare", Comparison, Comparison.TEXT)
        tolerance = self._tolerance()
        if tolerance.amount and compare is not Comparison.NUMBER:
            self._fault("tolerance", "needs `compare: number`.")
        return ParityRule(
            fields=self._fields(),
            subjects=self._choice("subjects", Subjects, Subjects.ALL),
            ignore=self._flag("ignore"),
            compare=compare,
            tolerance=tolerance,
            max_age=self._max_age(),
            expect=self._choice("expect", Expect, Expect.BOTH),
        )

    def _fields(self) -> tuple[str, ...]:
        given = self._entry.get("fields")
        globs = [given] if isinstance(given, str) else given
        if not isinstance(globs, Sequence) or not 1 <= len(globs) <= MOST_GLOBS:
            self._fault("fields", f"Name a field, or 1 to {MOST_GLOBS} of them; * stands for any letters.")
            return ()
        for number, glob in enumerate(globs):
            if not isinstance(glob, str) or len(glob) > LONGEST_GLOB or not _GLOB.fullmatch(glob):
                why = f"{clean(str(glob))[:100]!r} cannot match a field: write such as health.* or version."
                self._fault("fields" if isinstance(given, str) else f"fields/{number}", why)
        return tuple(map(str, globs))

    def _choice(self, key: str, kind: type[_Choice], default: _Choice) -> _Choice:
        given = self._entry.get(key)
        if given is None:
            return default
        known = [str(one) for one in kind]
        if not isinstance(given, str) or given not in known:
            self._fault(key, f"{clean(str(given))[:50]!r}: write one of {', '.join(known)}.")
            return default
        return kind(given)

    def _flag(self, key: str) -> bool:
        given = self._entry.get(key)
        if given not in (None, True, False, "true", "false"):
            self._fault(key, "write true or false.")
        return given in (True, "true")

    def _tolerance(self) -> Tolerance:
        given = self._entry.get("tolerance")
        if given is None:
            return NO_TOLERANCE
        text = str(given).strip()
        relative = text.endswith("%")
        try:
            amount = Decimal(text.removesuffix("%").strip()) if len(text) < 40 else Decimal("NaN")
        except InvalidOperation:
            amount = Decimal("NaN")
        if isinstance(given, bool) or not amount.is_finite() or amount < 0 or abs(amount.adjusted()) > 30:
            self._fault("tolerance", f"{clean(text)[:50]!r}: write a number such as 0.5, or a share as 5%.")
            return NO_TOLERANCE
        return Tolerance(amount / 100 if relative else amount, relative)

    def _max_age(self) -> timedelta | None:
        given = self._entry.get("max_age")
        if given is None:
            return None
        age = parse_duration(given) if isinstance(given, str) else None
        if age is None:
            self._fault("max_age", f"{clean(str(given))[:50]!r}: write a number and s, m, h, d or w: 24h.")
        return age

    def _fault(self, key: str, what: str) -> None:
        self._faults.append((f"{self._place}/{clean(key)[:100]}" if key else self._place, what))
