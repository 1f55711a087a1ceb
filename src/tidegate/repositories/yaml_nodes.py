"""YAML as nodes with their lines, found by path: compose files and workflows, whatever else they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

MOST_CHARACTERS = 1024 * 1024
_MERGES = 5


class NotYaml(Exception):
    """A text is no YAML document; `line` is where, from 1, 0 where that is not known."""

    def __init__(self, why: str, line: int = 0) -> None:
        self.line = line
        super().__init__(why)


def parse(text: str) -> yaml.Node | None:
    """Read the first document; raises `NotYaml`. Nodes are never built into objects."""
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise NotYaml(f"it has {len(text):,} characters, {MOST_CHARACTERS:,} are read")
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise NotYaml(error.problem or "it is not YAML", line) from None
    except yaml.YAMLError as error:
        raise NotYaml(" ".join(str(error).split())) from None
    except RecursionError:
        raise NotYaml("it is nested too deeply") from None


def entries(node: yaml.Node | None, merges: int = _MERGES) -> Iterator[tuple[str, yaml.Node]]:
    """Go through keys and values of a mapping, what is merged into it by `<<` last; of others nothing."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return
    merged: list[yaml.Node] = []
    for key, value in node.value:
        if key.value == "<<":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            yield key.value, value
    for other in merged if merges else ():
        yield from entries(other, merges - 1)


def get(node: yaml.Node | None, *path: str) -> yaml.Node | None:
    """Return what stands at a path of keys, None where nothing does."""
    for name in path:
        node = next((value for key, value in entries(node) if key == name), None)
    return node


def items(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """Go through the items of a list; of others nothing."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        yield from node.value


def text_of(node: yaml.Node | None) -> str | None:
    """Return a scalar's text, None of others."""
    import yaml

    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def line_of(node: yaml.Node) -> int:
    """Return where a node stands, from 1; the text of a block begins on the line below its sign."""
    import yaml

    block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return int(node.start_mark.line) + (2 if block else 1)


def is_true(node: yaml.Node | None) -> bool:
    """Tell whether a value is true as it stands; an expression is not known."""
    text = text_of(node)
    return text is not None and text.lower() in ("true", "yes", "on")
