"""Compose files: ports, volumes, images and health checks of the services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.domain.errors import Invalid
from tidegate.domain.facts import FactValue, checked_field, checked_value
from tidegate.domain.repository_facts import (
    Place,
    ReadFile,
    RepositoryFact,
    RepositoryFinding,
    joined,
    unreadable,
)
from tidegate.repositories.dockerfile import check_findings
from tidegate.repositories.yaml_nodes import NotYaml, entries, get, is_true, items, line_of, parse, text_of

if TYPE_CHECKING:
    import yaml

_DEFAULT = re.compile(r"\$\{\w+:?-([^}]*)\}")


def read_compose(path: str, text: str) -> ReadFile:
    """Read a compose file; what depends on a variable without a default is left out."""
    try:
        document = parse(text)
    except NotYaml as error:
        return unreadable(path, str(error), error.line)
    facts: list[RepositoryFact] = []
    findings: list[RepositoryFinding] = []
    for name, service in entries(get(document, "services")):
        facts += _facts(path, name.lower(), service)
        check = get(service, "healthcheck", "test")
        if check is not None and not is_true(get(service, "healthcheck", "disable")):
            command, place = _command(check), Place(path, line_of(check))
            facts += _fact(f"compose.{name.lower()}.healthcheck", command, place)
            findings += check_findings(command, place)
    return ReadFile(tuple(facts), tuple(findings))


def _facts(path: str, name: str, service: yaml.Node) -> Iterator[RepositoryFact]:
    image = text_of(get(service, "image"))
    if image is not None:
        place = Place(path, line_of(service))
        yield from _fact(f"compose.{name}.image", _filled(image), place)
    for field, key, target in (("port", "ports", _port), ("volumes", "volumes", _volume)):
        listed = get(service, key)
        found = [one for one in map(target, items(listed)) if one is not None and "$" not in one]
        if listed is not None and found:
            value = joined(found)
            number = int(value) if field == "port" and value.isdigit() else value
            yield from _fact(f"compose.{name}.{field}", number, Place(path, line_of(listed)))


def _fact(field: str, value: FactValue, place: Place) -> Iterator[RepositoryFact]:
    """Make a fact of what can be one: a service may have a name that no rule could write."""
    try:
        yield RepositoryFact(checked_field(field), checked_value(field, value), place)
    except Invalid:
        return


def _port(node: yaml.Node) -> str | None:
    """Return the port inside of the container."""
    short = text_of(node)
    found = text_of(get(node, "target")) if short is None else _filled(short).rpartition(":")[2]
    return found.partition("/")[0] if found is not None else None


def _volume(node: yaml.Node) -> str | None:
    """Return the folder inside of the container."""
    short = text_of(node)
    if short is None:
        found = text_of(get(node, "target"))
        return found.rstrip("/") if found is not None else None
    first, *more = _filled(short).split(":")
    return (more[0] if more else first).rstrip("/")


def _command(node: yaml.Node) -> str:
    words = [text_of(one) or "" for one in items(node)]
    if not words:
        return text_of(node) or ""
    if words[0] in ("CMD", "CMD-SHELL"):
        return " ".join(words[1:])
    return "none" if words[0] == "NONE" else " ".join(words)


def _filled(text: str) -> str:
    return _DEFAULT.sub(lambda found: found[1], text)
