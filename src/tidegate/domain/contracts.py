"""Contracts of targets: which paths a probe asks, what must come back, and which facts are read from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tidegate.domain.canonical import Json, canonical_json, clean
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FieldName, checked_field

DEFAULT_PATHS = ("/health", "/healthz", "/readyz", "/status")
"""What is tried in this order where nothing says what to ask; what answers is remembered."""
MOST_CHECKS, MOST_FIELDS, MOST_STATUSES = 5, 50, 10
LONGEST_PATH = 500
LONGEST_CONTRACT = 16_384
"""Bytes of a contract that are kept."""
_PATH = re.compile(r"/[!-~]*")
_ESCAPE = re.compile(r"~(?![01])")
_RESERVED = ("health.state", "http.status", "tls.expires_at")

Place: TypeAlias = "tuple[str, ...]"


class BodyFormat(StrEnum):
    """How the body of an answer is read."""

    AUTO = "auto"
    JSON = "json"
    HEALTH_JSON = "health+json"
    TEXT = "text"
    FACTS = "facts"
    """As JSON for its facts alone: of its health the status says enough."""
    STATUS = "status"
    """Not at all: the status alone says how it is, because a contract says that it does."""


@dataclass(frozen=True, slots=True)
class PathCheck:
    """One path that is asked.

    `statuses` are those of a healthy answer, `state` is where a JSON body has the word for its health (None
    for the usual places), `facts` where it has further facts.
    """

    path: str
    statuses: frozenset[int] = frozenset({200})
    format: BodyFormat = BodyFormat.AUTO
    state: Place | None = None
    facts: tuple[tuple[FieldName, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeContract:
    """What is asked of a target: every check, or with `first_that_answers` the first path that is there.

    `remembered` is then the path at which it was the last time.
    """

    checks: tuple[PathCheck, ...]
    first_that_answers: bool = False
    remembered: str | None = None

    def remembering(self, path: str | None) -> ProbeContract:
        """Return the contract that asks first what answered the last time."""
        if not self.first_that_answers or path not in {check.path for check in self.checks}:
            return self
        return ProbeContract(tuple(sorted(self.checks, key=lambda check: check.path != path)), True, path)


DEFAULT_CONTRACT = ProbeContract(tuple(map(PathCheck, DEFAULT_PATHS)), first_that_answers=True)


def contract_of(document: Json) -> ProbeContract:
    """Read a contract, None standing for what every service answers; raises `Invalid` naming every fault."""
    if document is None:
        return DEFAULT_CONTRACT
    reading = _Reading()
    contract = reading.contract(document)
    if reading.problems:
        listed = " ".join(f"{where}: {what}." for where, what in reading.problems[:5])
        raise Invalid(f"The contract cannot be used. {listed}", tuple(reading.problems))
    return contract


def checked_contract(document: Json) -> Json:
    """Return a contract's document as it is kept; raises `Invalid` naming every fault by its pointer."""
    contract_of(document)
    if document is not None and len(canonical_json(document)) > LONGEST_CONTRACT:
        why = f"it has more than {LONGEST_CONTRACT:,} bytes"
        raise Invalid(f"The contract cannot be used: {why}.", (("/contract", why),))
    return document


def place_of(text: str) -> Place:
    """Read a JSON pointer (`/a/b`) or a dotted path (`a.b`); raises `ValueError`."""
    if text.startswith("/"):
        if _ESCAPE.search(text):
            raise ValueError("in a JSON pointer write ~ as ~0 and / as ~1")
        return tuple(part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/"))
    parts = tuple(text.split("."))
    if not all(parts):
        raise ValueError("write a JSON pointer such as /build/commit, or a dotted path such as build.commit")
    return parts


def value_at(document: Json, place: Place) -> Json:
    """Return what a document holds at a place; None where it holds nothing there."""
    found = document
    for part in place:
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, (list, tuple)) and part.isascii() and part.isdigit() and len(part) < 7:
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


class _Reading:
    """Collects the faults of one contract, each with its pointer."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def contract(self, document: Json) -> ProbeContract:
        if not isinstance(document, Mapping):
            self._fault("/contract", 'write an object such as {"checks": [{"path": "/health"}]}, or null')
            return DEFAULT_CONTRACT
        self._unknown("/contract", document, ("checks",))
        checks = document.get("checks")
        if not isinstance(checks, (list, tuple)) or not 1 <= len(checks) <= MOST_CHECKS:
            self._fault("/contract/checks", f"write a list of 1 to {MOST_CHECKS} checks")
            return DEFAULT_CONTRACT
        found = tuple(self._check(f"/contract/checks/{at}", one) for at, one in enumerate(checks))
        fields = [field for check in found for field, _ in check.facts]
        for field in sorted({field for field in fields if fields.count(field) > 1}):
            self._fault("/contract/checks", f"the field {field} is read in two places; leave one")
        return ProbeContract(found)

    def _check(self, at: str, document: Json) -> PathCheck:
        if not isinstance(document, Mapping):
            self._fault(at, 'write an object such as {"path": "/health"}')
            return PathCheck("/")
        self._unknown(at, document, ("path", "status", "format", "state", "facts"))
        form = self._format(f"{at}/format", document.get("format", "auto"))
        state = document.get("state")
        facts = self._facts(f"{at}/facts", document.get("facts"))
        if form is BodyFormat.FACTS and state is not None:
            self._fault(f"{at}/state", "with the format facts a body says nothing of health; leave it out")
        if form in (BodyFormat.TEXT, BodyFormat.STATUS) and (facts or state is not None):
            self._fault(f"{at}/format", f"facts and states are read from JSON; {form} has none")
        return PathCheck(
            self._path(f"{at}/path", document.get("path")),
            self._statuses(f"{at}/status", document.get("status", 200)),
            form,
            None if state is None else self._place(f"{at}/state", state),
            facts,
        )

    def _path(self, at: str, path: Json) -> str:
        if not isinstance(path, str) or not _PATH.fullmatch(path) or len(path) > LONGEST_PATH:
            self._fault(
                at, f"write a path that begins with /, without spaces, at most {LONGEST_PATH} characters"
            )
            return "/"
        if path.startswith("//") or "#" in path or "\\" in path:
            self._fault(at, "a path stays on its host: leave out // at the beginning, # and \\")
        return path

    def _statuses(self, at: str, given: Json) -> frozenset[int]:
        several = given if isinstance(given, (list, tuple)) else (given,)
        fine = frozenset(
            one
            for one in several
            if isinstance(one, int) and not isinstance(one, bool) and 200 <= one <= 599 and one // 100 != 3
        )
        if len(fine) != len(several) or not 1 <= len(fine) <= MOST_STATUSES:
            self._fault(
                at,
                f"write a status such as 200, or a list of 1 to {MOST_STATUSES} different ones; no redirects",
            )
        return fine or frozenset({200})

    def _format(self, at: str, given: Json) -> BodyFormat:
        if isinstance(given, str) and given in tuple(BodyFormat):
            return BodyFormat(given)
        self._fault(at, f"write one of {', '.join(BodyFormat)}")
        return BodyFormat.AUTO

    def _facts(self, at: str, given: Json) -> tuple[tuple[FieldName, Place], ...]:
        if given is None:
            return ()
        if not isinstance(given, Mapping) or len(given) > MOST_FIELDS:
            self._fault(
                at, f"write an object of field: place, such as version: /version; {MOST_FIELDS} at most"
            )
            return ()
        return tuple(
            (self._field(at, name), self._place(f"{at}/{name}", place)) for name, place in given.items()
        )

    def _field(self, at: str, name: str) -> FieldName:
        try:
            checked_field(name)
        except Invalid:
            self._fault(f"{at}/{clean(name)[:100]}", "a field is named such as version or modules.scheduler")
        if name in _RESERVED:
            self._fault(f"{at}/{name}", "each probe observes this itself; choose another name")
        return name

    def _place(self, at: str, given: Json) -> Place:
        if not isinstance(given, str) or not 1 <= len(given) <= LONGEST_PATH:
            self._fault(
                at, "write a JSON pointer such as /build/commit, or a dotted path such as build.commit"
            )
            return ()
        try:
            return place_of(given)
        except ValueError as error:
            self._fault(at, str(error))
            return ()

    def _unknown(self, at: str, document: Mapping[str, Json], known: tuple[str, ...]) -> None:
        for name in document:
            if name not in known:
                self._fault(
                    f"{at}/{clean(name)[:100]}", f"there is no such key; there are {', '.join(known)}"
                )

    def _fault(self, at: str, what: str) -> None:
        self.problems.append((at, what))
