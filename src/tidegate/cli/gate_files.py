"""Gates in files: a gate with its floors, what is wrong with it and in which of the files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

from tidegate.cli.lazy import NotDone
from tidegate.cli.terminal import read_text
from tidegate.domain.gate_documents import GateProblem, InvalidGate, Level, examine
from tidegate.domain.gate_yaml import read_yaml
from tidegate.domain.gates import Gate
from tidegate.domain.inheritance import floor_path, load
from tidegate.domain.lint import lint
from tidegate.domain.yaml_parts import gate_part
from tidegate.readers.registry import known_tools

DEFAULT_GATE = "tidegate.yml"
"""The gate that is taken where none is named."""


def find_gate(named: str | None) -> str:
    """Return the gate that was named, else the one in this folder; says what to do where neither is."""
    if named is not None:
        return named
    if Path(DEFAULT_GATE).is_file():
        return DEFAULT_GATE
    raise NotDone(
        f"No gate is named, and there is no {DEFAULT_GATE} here. Name one with --gate FILE, or let "
        "`tidegate init` write one that fits this project."
    )


def load_gate(path: str) -> Gate:
    """Read a gate with all its floors; every fault is reported with file, line and column."""
    place = Path(path).as_posix()
    read: list[str] = []
    try:
        return load(place, lambda name: _read(name, read))
    except InvalidGate as error:
        where, faults = _faulty(read, error)
        listed = "\n".join(f"  {at(where, fault)}: {advised(fault)}" for fault in faults)
        raise NotDone(f"{place}: the gate is not valid, so nothing is judged by it.\n{listed}") from error


def lint_file(path: str) -> list[tuple[str, GateProblem]]:
    """Return what is wrong or doubtful in a gate's file, and what is wrong with the floors below it."""
    place = Path(path).as_posix()
    found = [(place, problem) for problem in lint(gate_text(place), known_tools())]
    if any(problem.level is Level.ERROR for _, problem in found):
        return found
    read: list[str] = []
    try:
        load(place, lambda name: _read(name, read))
    except InvalidGate as error:
        where, faults = _faulty(read, error)
        found += [(where, fault) for fault in faults]
    return found


def documents_for_server(path: str) -> list[tuple[str, str, str]]:
    """Return the documents that put a gate in force on a server, the lowest floor first.

    Each is its file, the gate's name and its text as it was written, comments included, in which `extends` is
    the name that the floor has on the server and not the file that stands for it here. Raises `NotDone` for a
    gate that is not valid.
    """
    load_gate(path)  # every fault of the gate and its floors, before anything is sent
    place = Path(path).as_posix()
    text = gate_text(place)
    value = read_yaml(text).value
    document = value if isinstance(value, dict) else {}
    below: list[tuple[str, str, str]] = []
    if document.get("extends") is not None:
        below = documents_for_server(floor_path(place, str(document["extends"])))
        text = _extending(text, below[-1][1])
    return [*below, (place, str(document["name"]), text)]


def _extending(text: str, floor: str) -> str:
    """Return a gate's text with another floor, everything else as it stands.

    Raises `NotDone` where that is not what the text would say then.
    """
    import yaml  # see `gate_yaml`

    document = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(document, yaml.MappingNode)  # nosec B101  # `load_gate` takes nothing else
    named = next(value for key, value in document.value if key.value == "extends")
    first, end = named.start_mark.index, named.end_mark.index
    # Quoted where it was, as JSON has to be, and where it is a word that YAML takes for nothing (`null`).
    written = floor if named.style != '"' and read_yaml(floor).value == floor else f'"{floor}"'
    # A text on lines of its own (`>-`) ends where the next key begins; those lines stay, without it.
    lines = "\n" * text.count("\n", first, end) if named.style in ("|", ">") else ""
    sent = text[:first] + written + lines + text[end:]
    said, meant = read_yaml(sent), read_yaml(text).value
    if said.faults or not isinstance(meant, dict) or said.value != {**meant, "extends": floor}:
        raise NotDone(f"Write `extends` on one line, as in: extends: {floor}. Nothing was sent.")
    return sent


def gate_text(path: str, what: str = "gate") -> str:
    """Read the gate in a file that may declare components beside it; raises `NotDone` where it is alone."""
    text = gate_part(read_text(path, what))
    if text is None:
        raise NotDone(
            f"{path}: declares a component and holds no gate. Add one as a document of its own (`---`, then "
            f"`name:` and `rules:`), or import what it declares: tidegate inventory import {path}"
        )
    return text


def rule_lines(path: str) -> Mapping[str, int]:
    """Tell on which line of the gate's own file each of its rules stands."""
    draft, _ = examine(gate_text(path))
    places = draft.places if draft else {}
    rules = draft.rules if draft else ()
    return {rule.id: places[f"/rules/{i}"].line for i, rule in enumerate(rules) if f"/rules/{i}" in places}


def at(path: str, problem: GateProblem) -> str:
    """Write a problem's place as compilers do, so that editors can jump there."""
    return f"{path}:{problem.line}:{problem.column}" if problem.line else f"{path}:{problem.where or '/'}"


def advised(problem: GateProblem) -> str:
    """Tell a problem and how to fix it."""
    return f"{problem.what} {problem.suggestion}" if problem.suggestion else problem.what


def _read(path: str, read: list[str]) -> str:
    text = gate_text(path, "gate" if not read else "floor")
    read.append(posixpath.normpath(path))
    return text


def _faulty(read: list[str], error: InvalidGate) -> tuple[str, tuple[GateProblem, ...]]:
    """Find the lowest floor that is not valid by itself: its fault must not be reported for its child."""
    own, *floors = dict.fromkeys(read)
    for path in reversed(floors):
        try:
            load(path, lambda name: gate_text(name, "floor"))
        except InvalidGate as below:
            return path, below.faults
    return own, error.faults
