"""Facts in files: a row for each fact, or a row for each subject with a column for each field."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from io import StringIO
from itertools import chain, islice
from typing import Any, TextIO

from tidegate.domain.canonical import clean
from tidegate.domain.catalog import checked_name
from tidegate.domain.errors import Invalid
from tidegate.domain.facts import NO_TIME, Fact, FactSubject, FactValue, Side, checked_field, checked_value
from tidegate.domain.times import read_time
from tidegate.domain.workbooks import plain_value

SORTED_IN_MEMORY = 500_000
"""So many facts of a file are put in order; a file with more must be in order already."""

_MOST_JSON = 256 * 1024 * 1024
_LONG = ("component", "environment", "field", "value", "source", "since", "seen_at")
_SUBJECT = ("component", "environment")


def read_facts(file: TextIO, name: str, side: Side) -> Iterator[Fact]:
    """Return the facts of a CSV or JSON file in the order of subjects and fields.

    CSV has a heading `component,environment,field,value` (and `source`, `seen_at`), or
    `component,environment` and a column for each field, where an empty cell is no fact. What is written as
    JSON writes numbers, `true` and `false` is read as that, but for versions and commits. JSON is a list of
    objects with those members, or what the API answers for facts. Raises `Invalid` that names the line.
    """
    found = _json(file, name, side) if name.lower().endswith(".json") else _csv(file, name, side)
    held = list(islice(found, SORTED_IN_MEMORY))
    following = next(found, None)
    if following is None:
        held.sort(key=_place)
        return iter(held)
    return chain(held, (following,), found)


def read_told_facts(text: str, name: str) -> tuple[Fact, ...]:
    """Return the facts of a YAML, JSON or CSV file that says of each whether it was declared or observed.

    A list of facts, or what the API answers for facts: each with component, field and value, and as far as
    they are known environment, side (observed, if it is left out), source, since, seen_at and until. A CSV
    file holds observed facts. Raises `Invalid` that names the fact.
    """
    if name.lower().endswith(".csv"):
        return tuple(read_facts(StringIO(text), name, Side.OBSERVED))
    facts: list[Fact] = []
    for where, entry in _entries(_json_or_yaml(text, name), name):
        side = str(entry.get("side", Side.OBSERVED))
        if side not in set(Side):
            raise _fault(where, f"{clean(side)[:50]!r} is no side: write declared or observed")
        until = None if entry.get("until") in (None, "") else _time(entry["until"], where)
        facts += [replace(fact, until=until) for fact in _long(entry, where, Side(side), name)]
    return tuple(facts)


def _json_or_yaml(text: str, name: str) -> object:
    if name.lower().endswith(".json"):
        return _loaded(text, name)
    import yaml  # see `gate_yaml`

    class TextLoader(yaml.SafeLoader):
        """Leaves moments texts: they are read with their zone, as everywhere."""

        yaml_implicit_resolvers = {
            first: [one for one in found if not one[0].endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            """Refuse what is said twice: the last would stand, and the first be lost."""
            made: dict[Any, Any] = super().construct_mapping(node, deep)
            if len(made) != len(node.value):
                what = f"line {node.start_mark.line + 1} begins a mapping that has a key twice"
                raise yaml.YAMLError(what)
            return made

    try:
        document: object = yaml.load(text, Loader=TextLoader)  # nosec B506  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _fault(name, f"this is no YAML: {' '.join(str(error).split())}") from None
    return document


def _place(fact: Fact) -> tuple[str, str, str]:
    return fact.subject.component, fact.subject.environment, fact.field


def _csv(file: TextIO, name: str, side: Side) -> Iterator[Fact]:
    reader = csv.reader(file, strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        heading[:1] = [cell.removeprefix("\ufeff") for cell in heading[:1]]
        _check_heading(heading, name)
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            if len(cells) != len(heading):
                if not any(cells):
                    continue
                raise _fault(where, f"it has {len(cells)} cells, the heading has {len(heading)}")
            row = dict(zip(heading, cells, strict=True))
            if "field" not in row:
                yield from facts_of_row(row, where, side, name)
                continue
            value = cell_value(row["field"], row["value"])
            yield from _long({**row, "value": value}, where, side, name)
    except (csv.Error, UnicodeDecodeError) as error:
        raise _fault(f"{name}:{reader.line_num}", f"this is no CSV in UTF-8: {error}") from None


def _check_heading(heading: list[str], name: str) -> None:
    if "component" not in heading:
        raise _fault(f"{name}:1", "the heading names no column `component`")
    twice = sorted({cell for cell in heading if heading.count(cell) > 1})
    if twice:
        raise _fault(f"{name}:1", f"the column {twice[0]!r} is there twice")
    if "field" not in heading:
        for cell in heading:
            if cell not in _SUBJECT:
                _checked(f"{name}:1", checked_field, cell)
        return
    unknown = [cell for cell in heading if cell not in _LONG]
    if unknown or "value" not in heading:
        what = f"the column {unknown[0]!r} is not known" if unknown else "there is no column `value`"
        raise _fault(f"{name}:1", f"{what}; columns are {', '.join(_LONG)}")


def _json(file: TextIO, name: str, side: Side) -> Iterator[Fact]:
    text = file.read(_MOST_JSON + 1)
    if len(text) > _MOST_JSON:
        raise _fault(name, f"it has more than {_MOST_JSON:,} characters; write it as CSV")
    for where, entry in _entries(_loaded(text, name), name):
        yield from _long(entry, where, side, name)


def _loaded(text: str, name: str) -> object:
    try:
        document: object = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise _fault(name, f"this is no JSON: {error}") from None
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object of JSON; raises `ValueError` where a key is there twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} is there twice in one object")
    return made


def _entries(document: object, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each fact of a list, or of what the API answers, with its place."""
    listed = document.get("items") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        raise _fault(
            name, "write a list of facts, such as: [{component: shop, field: version, value: 1.4.0}]"
        )
    for number, entry in enumerate(listed):
        where = f"{name}: fact {number + 1}"
        if not isinstance(entry, dict) or not {"component", "field", "value"} <= entry.keys():
            raise _fault(where, "a fact has component, field and value")
        yield where, entry


def facts_of_row(row: Mapping[str, str], where: str, side: Side, name: str) -> Iterator[Fact]:
    """Return the facts of a row that has a column for each field; raises `Invalid`."""
    subject = _subject(row, where)
    for field, cell in row.items():
        if cell and field not in _SUBJECT:
            value: FactValue = _checked(where, checked_value, field, cell_value(field, cell))
            yield Fact(subject, side, field, value, name, NO_TIME, NO_TIME)


def cell_value(field: str, cell: str) -> FactValue:
    """Return what a cell of CSV holds, the same as in an inventory's (`workbooks.plain_value`)."""
    value = plain_value(field, cell)
    return value.removeprefix("'") if isinstance(value, str) else cell if value is None else value


def _long(row: Mapping[str, Any], where: str, side: Side, name: str) -> Iterator[Fact]:
    field = _checked(where, checked_field, str(row["field"]))
    value = _checked(where, checked_value, field, row["value"])
    since, seen = (_time(row.get(key), where) for key in ("since", "seen_at"))
    yield Fact(_subject(row, where), side, field, value, str(row.get("source") or name), since, seen)


def _subject(row: Mapping[str, Any], where: str) -> FactSubject:
    component, environment = (str(row.get(key) or "") for key in _SUBJECT)
    _checked(where, checked_name, "component", component)
    if environment:
        _checked(where, checked_name, "environment", environment)
    return FactSubject(component, environment)


def _time(given: object, where: str) -> datetime:
    if given in (None, ""):
        return NO_TIME
    try:
        return read_time(str(given))
    except ValueError:
        what = f"{clean(str(given))[:50]!r} is no moment with its zone, such as 2026-11-21T02:26:48Z"
        raise _fault(where, what) from None


def _checked(where: str, check: Any, *given: object) -> Any:
    try:
        return check(*given)
    except Invalid as error:
        raise _fault(where, str(error)) from None


def _fault(where: str, what: str) -> Invalid:
    return Invalid(f"{where}: {what.rstrip('.')}.", ((where, what),))
