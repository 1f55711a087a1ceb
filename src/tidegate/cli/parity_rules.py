"""The rules file of `tidegate parity`: YAML or JSON, refused whole with the place of each fault."""

from __future__ import annotations

from pathlib import Path

from tidegate.cli.terminal import read_text
from tidegate.domain.errors import Invalid
from tidegate.domain.gate_yaml import Tree, read_yaml
from tidegate.domain.parity_rules import ParityRules, parse_rules


def read_rules(path: str) -> ParityRules:
    """Read a rules file; raises `Invalid`."""
    tree = read_yaml(read_text(path, "parity rules"))
    name = Path(path).name
    if tree.faults:
        places = tuple((_mark(name, tree, fault.path), fault.what) for fault in tree.faults)
        raise Invalid(f"{name}: the parity rules cannot be read.", places)
    try:
        return parse_rules(tree.value)
    except Invalid as error:
        places = tuple((_place(name, tree, where), f"{where}: {what}") for where, what in error.problems)
        raise Invalid(f"{name}: the parity rules are not valid.", places) from None


def _place(name: str, tree: Tree, where: str) -> str:
    """Write as compilers do where a key stands, else the rule that lacks it."""
    path = tuple(int(part) if part.isdigit() else part for part in where.split("/"))
    return _mark(name, tree, path)


def _mark(name: str, tree: Tree, path: tuple[str | int, ...]) -> str:
    while path:
        mark = tree.marks.get((*path, "key")) or tree.marks.get(path)
        if mark is not None:
            return f"{name}:{mark.line}:{mark.column}"
        path = path[:-1]
    return name
