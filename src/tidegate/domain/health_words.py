"""What services call their health, and where their JSON bodies say it: words, usual keys, facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from tidegate.domain.canonical import Json, clean
from tidegate.domain.contracts import Place, value_at
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactValue, FieldName, checked_field, checked_value


class HealthState(StrEnum):
    """How a target is; `unknown` is what was not understood, and never counts as `pass`."""

    PASS = "pass"  # nosec B105  # a state, no password
    WARN = "warn"
    UNKNOWN = "unknown"
    FAIL = "fail"

    @property
    def badness(self) -> int:
        """Order states from the best to the worst."""
        return _BADNESS[self]


_BADNESS: Mapping[HealthState, int] = {state: place for place, state in enumerate(HealthState)}
_WORDS: Mapping[HealthState, frozenset[str]] = {
    HealthState.PASS: frozenset(
        "pass passed passing ok okay up healthy ready alive live green good available running serving"
        " operational success true".split()
    ),
    HealthState.WARN: frozenset("warn warning degraded yellow partial impaired unstable".split()),
    HealthState.FAIL: frozenset(
        "fail failed failing failure error down unhealthy red bad dead unavailable critical stopped broken"
        " offline out_of_service notready not_serving false".split()
    ),
}
_STATES: Mapping[str, HealthState] = {word: state for state, words in _WORDS.items() for word in words}
_STATE_KEYS = ("status", "state", "health", "healthy", "ok", "ready")
_CHECK_KEYS = ("checks", "components", "details", "dependencies")
_MODULE_KEYS = ("modules", "features", "plugins")
_VERSION_KEYS = ("version", "app_version", "appVersion", "release", "releaseId")
_COMMIT_KEYS = ("commit", "commit_sha", "commitSha", "git_commit", "git_sha", "revision", "sha")
_MOST_MODULES = 50
_MOST_CHECKS = 200
_NOT_A_NAME = re.compile(r"[^a-z0-9_-]+")


def state_of_word(word: object) -> HealthState | None:
    """Return what a word or a truth value says of health; None for any other."""
    if isinstance(word, bool):
        return HealthState.PASS if word else HealthState.FAIL
    if not isinstance(word, str):
        return None
    plain = word.strip().lower().replace(" ", "_").replace("-", "_")
    return _STATES.get(plain) or _STATES.get(plain.replace("_", ""))


def state_in(document: Json, place: Place | None) -> tuple[HealthState, str]:
    """Return what a JSON body says of health, and why where it is not `pass`."""
    if not isinstance(document, Mapping):
        return HealthState.UNKNOWN, "its body is no JSON object"
    words = [value_at(document, place)] if place is not None else list(_usual_words(document))
    if not words or words[0] is None:
        where = f"at /{'/'.join(place)}" if place is not None else f"under any of {', '.join(_STATE_KEYS)}"
        return HealthState.UNKNOWN, f"its JSON has no word for health {where}"
    states = [state_of_word(word) for word in words]
    if None in states:
        return HealthState.UNKNOWN, "its word for health is not known: a contract can name another place"
    worst = max((state for state in states if state is not None), key=lambda state: state.badness)
    if worst is HealthState.PASS:
        failing = next(_failing_checks(document), None)
        if failing is not None:
            return HealthState.WARN, f"it says that it is well, and that {failing} is not"
        return worst, ""
    return worst, f"it says {clean(str(words[states.index(worst)]))[:60]!r}"


def facts_in(
    document: Mapping[str, Json], wanted: tuple[tuple[FieldName, Place], ...]
) -> dict[FieldName, FactValue]:
    """Return the facts of a JSON body: version, commit, modules where they usually are, and what is wanted.

    What is not there, or is no value of a fact, is left out: it was not observed.
    """
    found: dict[FieldName, FactValue] = {}
    for name, keys in (("version", _VERSION_KEYS), ("commit", _COMMIT_KEYS)):
        _note(found, name, next((document[key] for key in keys if isinstance(document.get(key), str)), None))
    for key in _MODULE_KEYS:
        for module, value in _modules(document.get(key)):
            _note(found, f"modules.{module}", value)
    for name, place in wanted:
        _note(found, name, _plain(value_at(document, place)))
    return found


def _usual_words(document: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the words for health; of several, such as `status` and `healthy`, the worst counts."""
    for key in _STATE_KEYS:
        value = document.get(key)
        if isinstance(value, (str, bool)):
            yield value


def _failing_checks(document: Mapping[str, Json]) -> Iterator[str]:
    """Yield the names of the parts that a body says are failing."""
    for key in _CHECK_KEYS:
        parts = document.get(key)
        if isinstance(parts, Mapping):
            for name, part in list(parts.items())[:_MOST_CHECKS]:
                for one in part if isinstance(part, (list, tuple)) else (part,):
                    if _part_state(one) is HealthState.FAIL:
                        yield f"{key}.{clean(name)[:60]}"


def _part_state(part: Json) -> HealthState | None:
    if isinstance(part, Mapping):
        return next((state_of_word(part[key]) for key in _STATE_KEYS if key in part), None)
    return state_of_word(part)


def _modules(given: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(given, Mapping):
        for name, value in list(given.items())[:_MOST_MODULES]:
            yield _name(name), _module_value(value)
    elif isinstance(given, (list, tuple)):
        for value in given[:_MOST_MODULES]:
            if isinstance(value, str):
                yield _name(value), True
            elif isinstance(value, Mapping) and isinstance(value.get("name"), str):
                yield _name(str(value["name"])), _module_value(value)


def _module_value(value: Json) -> Json:
    if not isinstance(value, Mapping):
        return value
    keys = (*_STATE_KEYS, "enabled", "available", "version")
    return next((value[key] for key in keys if key in value), None)


def _name(text: str) -> str:
    return _NOT_A_NAME.sub("-", text.lower()).strip("-_") or "unnamed"


def _plain(value: Json) -> Json:
    """Write a list of texts as one text, in their order of the alphabet: modules come in any order."""
    if isinstance(value, (list, tuple)) and value and all(isinstance(one, str) for one in value):
        return ", ".join(sorted(map(str, value)))
    return value


def _note(found: dict[FieldName, FactValue], name: str, value: Json) -> None:
    if value is None:
        return
    try:
        found[checked_field(name)] = checked_value(name, value)
    except Invalid:
        return  # what others send may be anything; it is no fact
